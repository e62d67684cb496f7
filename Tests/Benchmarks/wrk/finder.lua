-- GET /events/{eid}/preferred of the poll with POLL people, by its creator.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
local path = string.format("/events/0000000000004000b000%012d/preferred", 100000000000 + tonumber(os.getenv("POLL")))
function init() load.seed(number) end
function request() return wrk.format("GET", path, load.headers(1)) end
function response(status) if status ~= 200 then wrong = wrong + 1 end end
