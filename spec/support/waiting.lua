--- Waiting for what others do without trusting the clock: what never comes fails the spec.
local celements = require "celements"
local core = require "celements.core"
local scheduler = require "celements.runtime.scheduler"

local waiting = {}

-- Seconds; passed only when something is wrong.
local LIMIT = 60

--- Asks again and again until the answer is true. The condition must give others their turn.
---@param condition fun(): any
---@param what string
function waiting.till(condition, what)
  local limit = core.now() + LIMIT
  while not condition() do assert(core.now() < limit, "never came: " .. what) end
end

--- Holds requests back at the sandbox for longer than any spec lasts.
---@param server celements.Sandbox
---@param times integer
---@param match table? `method`, `path`
function waiting.hold(server, times, match)
  assert(server:fault { name = "delay", seconds = 3600, times = times, match = match })
end

--- Returns how many requests are held back at the sandbox.
---@param server celements.Sandbox
---@return integer
function waiting.held(server)
  local count = 0
  for _, entry in ipairs(assert(server:journal())) do
    if entry.status == nil then count = count + 1 end
  end
  return count
end

--- Returns when so many requests are held back at the sandbox, all at once.
---@param server celements.Sandbox
---@param count integer
function waiting.arrive(server, count)
  waiting.till(function() return waiting.held(server) >= count end, count .. " requests")
end

--- Waits for a task, and returns whether it ended while another one slept, which a stall does not change.
---@param task celements.Task
---@return boolean
function waiting.overtakes_sleep(task)
  local sleeper = celements.spawn(function() celements.sleep(2) end)
  task:wait()
  local overtook = not sleeper.done
  sleeper:cancel()
  sleeper:wait()
  return overtook
end

--- Returns how many tasks have not ended.
---@return integer
function waiting.tasks()
  return scheduler.live
end

return waiting
