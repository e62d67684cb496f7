-- POST /courses/{courseId}: one session's numbers, new or replaced.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
function init() load.seed(number) end
function request()
  local body = string.format('{"sessionId":"%s","totalModulesStudied":%d,"averageScore":80.5,"timeStudied":120000}',
    load.any_session(), math.random(100))
  return wrk.format("POST", "/courses/" .. load.any_course(), load.headers(load.anyone()), body)
end
function response(status) if status ~= 201 then wrong = wrong + 1 end end
