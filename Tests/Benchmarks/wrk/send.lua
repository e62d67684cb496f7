-- POST /send-message: a text to the sender's own room of ten members.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
local letters = { [0] = "A", "B", "C", "D", "E", "F", "G", "H" }
local function code(n)
  return "zzzz" .. letters[math.floor(n / 512) % 8] .. letters[math.floor(n / 64) % 8] .. letters[math.floor(n / 8) % 8] .. letters[n % 8]
end
function init() load.seed(number) end
function request()
  local user = load.anyone()
  local body = string.format('{"room_gid":"%s","msg":"a text of some forty characters, as people write"}', code(math.floor((user - 1) / 10)))
  return wrk.format("POST", "/send-message", load.headers(user), body)
end
function response(status) if status ~= 200 then wrong = wrong + 1 end end
