--- An engine, and who waits for which of its calls. Each event loop that runs has one.

local core = require "celements.core"

--- Who can wait: a coroutine under an event loop, or whatever runs outside any.
---@class celements.Waiter
---@field host celements.Host
---@field task celements.Task? what runs in it
---@field call userdata? what it waits for
---@field reactor celements.Reactor? that carries the call, until it has been waited for
---@field begun boolean? it has come to wait for that
---@field kept boolean? by its call, which waits more than once

---@class celements.Reactor
---@field engine userdata
---@field host celements.Host
local Reactor = {}
Reactor.__index = Reactor

local reactor = {}

-- All that are alive: closing a client ends its calls wherever they are. Values go before their engines are finalised,
-- keys after it.
local all = setmetatable({}, { __mode = "kv" })

-- Seconds. For none nginx suspends nobody; and who is cancelled gets no more of the processor than this leaves.
local TURN = 0.001

--- Lets the others have their turn. Whoever cannot wait because its task is cancelled may try again and again.
---@param waiter celements.Waiter the one that is running
function reactor.give_turn(waiter)
  local host = waiter.host
  if host.sleepless then
    host.give_turn()
  else
    host.suspend(waiter, TURN)
  end
end

--- Makes a reactor, or returns nil and why the system refuses one.
---@param host celements.Host
---@param make (fun(): userdata?, string?, string?)? what carries the calls; default an engine
---@return celements.Reactor? reactor
---@return string? reason
function reactor.new(host, make)
  local engine, _, why = (make or core.engine)()
  if not engine then return nil, why end
  local self = setmetatable({ engine = engine, host = host }, Reactor)
  all[self] = self
  return self
end

--- Tells of calls that were ended, of which the descriptor says nothing.
---@param self celements.Reactor
function reactor.tell(self)
  self:dispatch()
  if self.host.settle and self.engine:in_flight() == 0 then self.host.settle(self) end
end

--- Ends the call that an error has torn the waiter from. Where Lua raises because it cannot yield, nothing of it was
--- sent yet, and nothing must be: its caller was told that it failed.
---@param waiter celements.Waiter the one that is running, or has ended
function reactor.abandon(waiter)
  local call = waiter.call
  if not call then return end
  waiter.call, waiter.begun = nil, false
  call:cancel()
  reactor.tell(waiter.reactor)
end

--- Suspends the waiter, which is the one that is running, until the call is done, or its stream is to be seen to.
---@param self celements.Reactor
---@param call userdata that the waiter owns
---@param waiter celements.Waiter
function reactor.await(self, call, waiter)
  local host = self.host
  if waiter.begun then reactor.abandon(waiter) end
  waiter.call, waiter.reactor = call, self
  if call:done() then -- and was named to nobody: a hook has closed the client, say
    waiter.call, waiter.reactor = nil, nil
    return
  end
  if host.watch then host.watch(self) end -- which may turn it at once
  local suspend = host.suspend
  waiter.begun = true -- not before: what a finaliser calls in between leaves this one alone
  while waiter.call do suspend(waiter) end
  waiter.begun, waiter.reactor = false, nil -- or one that lives on would keep it, and its connections
end

--- Wakes everyone whose call is done, or whose stream is to be seen to.
function Reactor:dispatch()
  local engine, wake = self.engine, self.host.wake
  local call, waiter = engine:next_done()
  while call do
    if waiter and waiter.call == call then -- an error may have torn it from what it waited for
      waiter.call = nil
      wake(waiter)
    end
    call, waiter = engine:next_done()
  end
end

--- Does what can be done without waiting. To be called when the engine's descriptor is readable or its time has come.
---@return boolean more whether something is still in flight
function Reactor:turn()
  self.engine:step(0)
  self:dispatch()
  return self.engine:in_flight() > 0
end

--- Ends the call that someone waits for, if any.
---@param waiter celements.Waiter
function reactor.cancel(waiter)
  local call = waiter.call
  if not call then return end
  call:cancel()
  reactor.tell(waiter.reactor)
end

--- Ends every call to a target with kind "closed".
---@param target userdata
function reactor.cancel_target(target)
  for each in pairs(all) do
    each.engine:cancel_target(target)
    reactor.tell(each)
  end
end

return reactor
