-- POST /send: a message to oneself, for tomorrow. BENCH_TOKEN and BENCH_USER say whose.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
local headers = {
  ["Cookie"] = "carillon_session=" .. os.getenv("BENCH_TOKEN"),
  ["Content-Type"] = "application/x-www-form-urlencoded",
}
local body = 'message=A message of some length, as people write them&delivery_option={"type":"day"}&receiver_ids=["id'
  .. os.getenv("BENCH_USER") .. '"]'
function request() return wrk.format("POST", "/send", headers, body) end
function response(status) if status ~= 200 then wrong = wrong + 1 end end
