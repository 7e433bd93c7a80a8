--- An engine, and who waits for which of its calls. Each event loop that runs has one.

local core = require "celements.core"

--- Who can wait: a coroutine under an event loop, or whatever runs outside any.
---@class celements.Waiter
---@field host celements.Host
---@field task celements.Task? what runs in it
---@field call userdata? what it waits for

---@class celements.Reactor
---@field engine userdata
---@field host celements.Host
---@field waiting table<userdata, celements.Waiter> who waits, by call
local Reactor = {}
Reactor.__index = Reactor

local reactor = {}

-- All that are alive: closing a client ends its calls wherever they are.
local all = setmetatable({}, { __mode = "k" })

--- Makes a reactor, or returns nil and why the system refuses one.
---@param host celements.Host
---@return celements.Reactor? reactor
---@return string? reason
function reactor.new(host)
  local engine, _, why = core.engine()
  if not engine then return nil, why end
  local self = setmetatable({ engine = engine, host = host, waiting = {} }, Reactor)
  all[self] = true
  return self
end

--- Suspends the waiter, which is the one that is running, until the call is done.
---@param self celements.Reactor
---@param call userdata
---@param waiter celements.Waiter
function reactor.await(self, call, waiter)
  local host, waiting = self.host, self.waiting
  waiting[call], waiter.call = waiter, call
  if host.watch then host.watch(self) end -- which may turn it at once
  local suspend = host.suspend
  repeat suspend(waiter) until not waiting[call]
  waiter.call = nil
end

--- Wakes everyone whose call is done.
function Reactor:dispatch()
  local engine, waiting = self.engine, self.waiting
  local wake = self.host.wake
  local call = engine:next_done()
  while call do
    local waiter = waiting[call]
    if waiter then
      waiting[call] = nil
      wake(waiter)
    end
    call = engine:next_done()
  end
end

--- Does what can be done without waiting. To be called when the engine's descriptor is readable or its time has come.
---@return boolean more whether something is still in flight
function Reactor:turn()
  self.engine:step(0)
  self:dispatch()
  return self.engine:in_flight() > 0
end

-- Calls were ended, of which the descriptor says nothing.
local function tell(self)
  self:dispatch()
  if self.host.settle and self.engine:in_flight() == 0 then self.host.settle(self) end
end

--- Ends the call that someone waits for, if any.
---@param waiter celements.Waiter
function reactor.cancel(waiter)
  local call = waiter.call
  if not call then return end
  call:cancel()
  for each in pairs(all) do
    if each.waiting[call] then tell(each) end
  end
end

--- Ends every call to a target with kind "closed".
---@param target userdata
function reactor.cancel_target(target)
  for each in pairs(all) do
    each.engine:cancel_target(target)
    if next(each.waiting) ~= nil then tell(each) end
  end
end

return reactor
