-- POST /login: one Argon2id hash each; what the bounded queue turns away with 503 is counted apart.
local load = dofile("Tests/Benchmarks/wrk/common.lua")
setup, done = load.setup, load.done
wrong = 0
function init() load.seed(number) end
function request()
  return wrk.format("POST", "/login", { ["Content-Type"] = "application/json" },
    '{"login":"bench","password":"a password for the bench"}')
end
function response(status) if status ~= 200 then wrong = wrong + 1 end end
