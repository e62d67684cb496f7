-- GET /courses/{courseId}/sessions/{sessionId}: a point read.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
function init() load.seed(number) end
function request()
  local path = "/courses/" .. load.any_course() .. "/sessions/" .. load.any_session()
  return wrk.format("GET", path, load.headers(load.anyone()))
end
function response(status) if status ~= 200 then wrong = wrong + 1 end end
