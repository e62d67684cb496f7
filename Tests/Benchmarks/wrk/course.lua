-- GET /courses/{courseId}: the sums of twenty sessions.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
function init() load.seed(number) end
function request() return wrk.format("GET", "/courses/" .. load.any_course(), load.headers(load.anyone())) end
function response(status) if status ~= 200 then wrong = wrong + 1 end end
