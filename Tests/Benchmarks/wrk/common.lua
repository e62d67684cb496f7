-- What every load shares: users with their tokens, courses and sessions, drawn at random per request.
local M = {}
local users, courses, sessions = 2000, 5, 20

function M.seed(thread)
  math.randomseed(os.time() * 1000 + thread)
end

-- The same ids and tokens that seed.sql makes.
function M.token(n) return string.format("bench-token-%030d", n) end
function M.course(n) return string.format("00000000-0000-4000-9000-%012d", 100000000000 + n) end
function M.session(n) return string.format("00000000-0000-4000-a000-%012d", 100000000000 + n) end
function M.anyone() return math.random(users) end
function M.any_course() return M.course(math.random(courses)) end
function M.any_session() return M.session(math.random(sessions)) end

function M.headers(user)
  return { ["Authorization"] = "Bearer " .. M.token(user), ["Content-Type"] = "application/json" }
end

local threads = {}
function M.setup(thread)
  thread:set("number", #threads + 1)
  table.insert(threads, thread)
end

-- One line for the table: rate, p50 and p99 in ms, answers of another status than the expected one.
function M.done(summary, latency)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + (thread:get("wrong") or 0) end
  local errors = summary.errors
  wrong = wrong + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %.0f %.2f %.2f %d\n", summary.requests,
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, wrong))
end

return M
