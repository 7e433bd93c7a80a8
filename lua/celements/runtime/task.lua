--- Work in a coroutine of its own, under the scheduler or an event loop.

local errors = require "celements.errors"
local reactor = require "celements.runtime.reactor"

--- A piece of work that was started by `celements.spawn`.
---@class celements.Task
---@field private host celements.Host
---@field private work fun(item: any): any, any
---@field private item any
---@field private waiter celements.Waiter? while it runs
---@field cancelled boolean whether it was cancelled
---@field done boolean whether it has ended
---@field private raised boolean
---@field value any what the work returned first, when it is done
---@field err any what it returned second, or raised
local Task = { __name = "celements.Task" }
Task.__index = Task

local task = {}

--- Spawns a task.
---@param host celements.Host
---@param work fun(item: any): any, any
---@param item any
---@param on_end fun(task: celements.Task)? called when it is done; must not wait
---@return celements.Task? task
---@return string? reason
function task.spawn(host, work, item, on_end)
  local self = setmetatable({
    host = host, work = work, item = item, on_end = on_end, cancelled = false, done = false, raised = false,
  }, Task)
  local ok, why = host.spawn(self)
  if not ok then return nil, why end
  return self
end

--- Whether a value is a task.
---@param value any
---@return boolean
function task.is(value)
  return getmetatable(value) == Task
end

--- For the host: does the work.
---@private
---@param waiter celements.Waiter the one it runs in
---@return any value
---@return any err
function Task:run(waiter)
  self.waiter, waiter.task = waiter, self
  if self.cancelled then
    return nil, errors.new { kind = "cancelled", message = "the task was cancelled before it began" }
  end
  return self.work(self.item)
end

--- For the host: takes what came of the work.
---@private
---@param ok boolean false when it raised
---@param value any
---@param err any
function Task:finish(ok, value, err)
  self.done, self.waiter = true, nil
  if ok then
    self.value, self.err = value, err
  else
    self.raised = true
    self.err = value == nil and "an error without a message" or value
  end
  local joined, on_end = self.joined, self.on_end
  self.joined, self.on_end = nil, nil
  for i = 1, joined and #joined or 0 do self.host.wake(joined[i]) end
  if on_end then on_end(self) end
end

--- Waits until the task is done. Other tasks run meanwhile. A task that is cancelled itself waits no longer: then the
--- error is one of kind "cancelled".
---@return any? value what the work returned
---@return any? err what it returned as second value, or raised
function Task:wait()
  if self.done then return self.value, self.err end
  local host = self.host
  local waiter, reason = host.current()
  if not waiter then error("task:wait: " .. reason, 2) end
  local own = waiter.task
  if own == self then error("task:wait: a task cannot wait for itself", 2) end
  repeat
    if own and own.cancelled then
      reactor.give_turn(waiter)
      return nil, errors.new { kind = "cancelled", message = "the task that waits was cancelled" }
    end
    self.joined = self.joined or {}
    table.insert(self.joined, waiter)
    host.suspend(waiter)
  until self.done
  return self.value, self.err
end

--- Ends the call the task waits for with kind "cancelled", and every later one; `celements.sleep` raises in it. Work
--- that has not begun never does.
function Task:cancel()
  if self.done or self.cancelled then return end
  self.cancelled = true
  local waiter = self.waiter
  if waiter then
    reactor.cancel(waiter)
    self.host.wake(waiter)
  end
end

function Task:__tostring()
  return ("%s (%s)"):format(Task.__name, self.done and "done" or self.cancelled and "cancelled" or "running")
end

return task
