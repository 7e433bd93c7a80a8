--- `make bench-outage`: how many requests a platform that answers 503 is sent by many clients, with and without their
-- retry budgets, and without retries.
--
-- usage: make bench-outage [SECONDS=30] [CALLS=4]
-- SECONDS of outage; CALLS that each client begins in a second, whatever becomes of the ones before.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local setting = require "bench.setting"

local CLIENTS = 100
local seconds, rate = setting.number("SECONDS", 30), setting.number("CALLS", 4)

local server = assert(sandbox.start())

local function new_client(retries, has_budget)
  local client = celements.new {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    retries = retries,
  }
  if not has_budget then client._context.budget.spent = -math.huge end
  return client
end

-- The calls of one client: none waits for another.
local function call_until(client, due, sent)
  return function()
    local tasks = {}
    celements.sleep(math.random() / rate)
    while core.now() < due do
      table.insert(tasks, celements.spawn(function()
        local _, err = client:request("GET", "/elements/keys")
        for _, try in ipairs(err.tries) do -- so that each was received
          if try.status ~= 503 then error("met something else: " .. tostring(err), 0) end
        end
        sent.calls, sent.requests = sent.calls + 1, sent.requests + #err.tries
        return true
      end))
      celements.sleep(1 / rate)
    end
    local _, failure = next((select(2, celements.wait_all(tasks))))
    return failure or true
  end
end

local function run(what, retries, has_budget)
  assert(server:reset())
  assert(server:fault { name = "status", status = 503, times = 1e9 })
  local sent, tasks, due = { calls = 0, requests = 0 }, {}, core.now() + seconds
  for index = 1, CLIENTS do
    tasks[index] = celements.spawn(call_until(new_client(retries, has_budget), due, sent))
  end
  for _, outcome in ipairs(celements.wait_all(tasks)) do assert(outcome == true, tostring(outcome)) end
  print(("  %-34s %7d calls  %7d requests  %7.1f a second  %5.2f for a call"):format(
    what, sent.calls, sent.requests, sent.requests / seconds, sent.requests / sent.calls))
end

print(("%d clients begin %g calls a second each, and meet 503 for %g s"):format(CLIENTS, rate, seconds))
local ok, err = pcall(function()
  run("without retries", 0, true)
  run("2 retries, with the budget", 2, true)
  run("2 retries, without the budget", 2, false)
end)
server:stop()
if not ok then error(err, 0) end
