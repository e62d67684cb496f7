#!/usr/bin/env bash
# Measures Socket.IO fan-out: our server, Node's parts, python-socketio, and a raw writer that only writes, in turn, all
# under the same compiled load client on this machine's loopback.
# usage: fanout.sh   SOCKETS="1000 5000" ROUNDS=3 SECONDS_EACH=3 and FANOUT_PORT=3190 can be set
# single: the next click comes when everybody has the last; burst: 10 clicks at a time, 20 on their way.
source "$(dirname "$0")/../../infra/dev/environment.sh"
rounds=${ROUNDS:-3} each=${SECONDS_EACH:-3} port=${FANOUT_PORT:-3190}
read -ra sizes <<<"${SOCKETS:-1000 5000}"
folder=Tests/Benchmarks/fanout
out=$state/bench/fanout
server=

build() {
  clang -O2 -o "$out/load" "$folder/load.c"
  clang -O2 -o "$out/raw" "$folder/raw.c"
  "$dev/build.sh" program carillon-socketio-echo >"$out/build.log" 2>&1 ||
    die "the echo server does not build: $(tail -n 20 "$out/build.log")"
  python=$("$dev/venv.sh" bench)
}

start() {
  case $1 in
    ours) CARILLON_ECHO_PORT=$port .build/release/carillon-socketio-echo >"$out/$1.log" 2>&1 & ;;
    node) NODE_PATH=/usr/share/nodejs node "$folder/node.js" "$port" >"$out/$1.log" 2>&1 & ;;
    python) "$python" "$folder/server.py" "$port" >"$out/$1.log" 2>&1 & ;;
    raw-1) "$out/raw" "$port" 1 >"$out/$1.log" 2>&1 & ;;
    raw-10) "$out/raw" "$port" 10 >"$out/$1.log" 2>&1 & ;;
  esac
  server=$!
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$server" 2>/dev/null || die "$1 did not start: $(cat "$out/$1.log")"
    sleep 0.1
  done
}

stop() {
  [[ -z $server ]] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  server=
}

path_of() { case $1 in ours) echo /fan/ ;; *) echo /socket.io/ ;; esac }

# One run: its line goes to $out/<server>.<sockets>.<load>.
measure() {
  local name=$1 size=$2 load=$3 window=$4 line
  start "$name"
  if line=$("$out/load" "$port" "$(path_of "$name")" "$size" "$each" "$window" | grep '^RESULT'); then
    echo "${line#RESULT }" >>"$out/$name.$size.$load"
  else
    say "$name lost clients at $size sockets"
  fi
  stop
}

pss() { awk '/^Pss:/ { print $2 * 1024 }' "/proc/$server/smaps_rollup"; }

# Bytes of a server's own memory for each idle socket: after one run with fewer has made it warm.
idle_memory() {
  local name=$1 size=$2 before client
  start "$name"
  "$out/load" "$port" "$(path_of "$name")" 100 1 10 >/dev/null
  before=$(pss)
  mkfifo "$out/hold"
  "$out/load" "$port" "$(path_of "$name")" "$size" 0 1 <"$out/hold" >"$out/idle" &
  client=$!
  exec 9>"$out/hold"
  until grep -q idle "$out/idle"; do kill -0 "$client" && sleep 0.1; done
  echo "$name $((($(pss) - before) / size))"
  exec 9>&-
  wait "$client" || true
  rm "$out/hold"
  stop
}

column() { [[ ! -e $1 ]] || sort -n -k "$2,$2" "$1" | awk -v c="$2" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'; }

row() {
  local file=$out/$1.$2.$3
  [[ -e $file ]] || return 0
  printf '%-8s %8s %-7s %12s %6s %8s %8s %11s\n' "$1" "$2" "$3" "$(column "$file" 2)" \
    "$(awk '{ lost += $3 } END { print lost }' "$file")" "$(column "$file" 4)" "$(column "$file" 5)" "$(column "$file" 1)"
}

rm -rf "$out"
mkdir -p "$out"
trap stop EXIT
trap 'exit 130' INT TERM
build
servers=(ours node python raw-1 raw-10)
for round in $(seq "$rounds"); do
  for size in "${sizes[@]}"; do
    say "round $round: fan-out to $size sockets"
    for name in "${servers[@]}"; do
      [[ $name == raw-10 ]] || measure "$name" "$size" single 1
      measure "$name" "$size" burst 20
    done
  done
done
printf '\nSocket.IO fan-out, medians of %s rounds of %s s; lost is a sum\n\n' "$rounds" "$each"
printf '%-8s %8s %-7s %12s %6s %8s %8s %11s\n' server sockets load 'delivered/s' lost 'p50 ms' 'p99 ms' 'connects/s'
for size in "${sizes[@]}"; do
  for load in single burst; do
    for name in "${servers[@]}"; do row "$name" "$size" "$load"; done
  done
done
printf '\nmemory of the server for each of %s idle sockets, bytes (PSS): %s\n' "${sizes[-1]}" \
  "$(for name in ours node; do idle_memory "$name" "${sizes[-1]}"; done | paste -sd, | sed 's/,/, /g')"
