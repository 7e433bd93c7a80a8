--- Waiting under copas.

local copas = require "copas"
local protection = require "celements.runtime.protection"
local reactor = require "celements.runtime.reactor"
local socket = require "socket"

local protected, running, status, yield = pcall, coroutine.running, coroutine.status, coroutine.yield
if not protection.can_wait_inside then
  local coxpcall = require "coxpcall" -- copas needs it there, too
  running = coxpcall.running
  local function as_raised(_, err) return err end
  function protected(work, ...) return coxpcall.xpcall(work, as_raised, ...) end
end

---@type celements.Host
local loop = { name = "copas" }

-- What copas sleeps by; copas before 2.0 has nothing of the kind.
local has_sleep = copas.wakeup ~= nil
if not has_sleep then loop.sleepless = "this copas cannot sleep: install 2.0.2 or later" end

local shared -- there is one loop
local waiters = setmetatable({}, { __mode = "k" }) -- by coroutine, to which they refer only while it is suspended

-- A coroutine hands copas a queue that it is put into. This one keeps it until it is woken.
local parked = {
  insert = function() end,
  push = function(_, waiter, thread) waiter.thread = thread end,
}
local sleepers = parked
if has_sleep then
  local _, _, queue = coroutine.resume(coroutine.create(copas.sleep), -1)
  sleepers = queue
end

local function current_thread()
  local thread, is_main = running()
  return not is_main and thread or nil
end

--- Whether the loop is running. It tells since 2.0, and then only where `copas.loop` runs it, not `copas.step`:
--- otherwise any coroutine is taken for one of its.
---@return boolean is_running
---@return boolean is_certain
function loop.running()
  local is_certain = copas.running == true
  return is_certain or current_thread() ~= nil, is_certain
end

--- The loop's engine, and who waits for it.
---@return celements.Reactor? reactor
---@return string? reason
function loop.reactor()
  if shared then return shared end
  local own, why = reactor.new(loop)
  if not own then return nil, why end
  if own.engine:pollfd() >= (socket._SETSIZE or 1024) then
    return nil, "copas waits with select(), which cannot watch a descriptor of so high a number"
  end
  shared = own
  return own
end

--- The coroutine that is running.
---@return celements.Waiter? waiter
---@return string? reason
function loop.current()
  local thread = current_thread()
  if not thread then return nil, "no thread of copas is running here: do it inside copas.addthread" end
  if copas.getthreadname and copas.getthreadname(thread) == "copas_core_timer" then
    return nil, "a callback of copas.timeout cannot wait: start a thread in it with copas.addthread"
  end
  local reason = protection.obstacle()
  if reason then return nil, reason end
  local waiter = waiters[thread]
  if not waiter then
    waiter = { host = loop }
    waiters[thread] = waiter
  end
  if waiter.begun then reactor.abandon(waiter) end
  return waiter
end

-- Copas resumes a sleeper with one nil, a generic for or a bare call does not.
local function resumed_by_copas(...)
  return select("#", ...) == 1 and (...) == nil
end

--- Suspends the running one until it is woken or the time is over, and perhaps for less.
---@param waiter celements.Waiter
---@param seconds number? default for ever; nobody gives any where the loop is sleepless
function loop.suspend(waiter, seconds)
  if not waiter.woken then
    local by_copas
    if has_sleep then
      waiter.thread = running()
      by_copas = resumed_by_copas(yield(seconds and math.max(0, seconds) or -1, sleepers))
    else
      by_copas = resumed_by_copas(yield(waiter, parked)) -- no thread yet: Lua 5.1 may raise instead of suspending it
    end
    waiter.thread = nil
    if not by_copas then
      error("celements: a coroutine that waited for a call was resumed by something else than copas (a generator?)", 0)
    end
  end
  waiter.woken = false
end

--- Wakes a waiter. One that is not suspended yet will not be the next time.
---@param waiter celements.Waiter
function loop.wake(waiter)
  if waiter.woken then return end
  waiter.woken = true
  local thread = waiter.thread
  if not thread then return end
  if has_sleep then
    copas.wakeup(thread)
  else
    copas.addthread(thread) -- which resumes it
  end
end

local function nothing() end

-- Gives the others their turn. Without a sleep, by waiting until a socket that always is can be written to.
local function pause()
  if has_sleep then return copas.sleep(0) end
  local udp, waited = (socket.udp4 or socket.udp)(), false
  copas.send({
    getfd = function() return udp:getfd() end,
    dirty = function() return false end,
    send = function()
      if waited then return true end
      waited = true
      return nil, "timeout", 0
    end,
    close = nothing, -- copas closes what a thread waited for last
  }, "")
  udp:close()
end

if not has_sleep then loop.give_turn = pause end

local function run(task)
  pause() -- before 4.0 this runs inside addthread
  local waiter = loop.current()
  local ok, value, err = protected(task.run, task, waiter)
  reactor.abandon(waiter)
  task:finish(ok, value, err)
  waiter.task = nil
end

--- Runs `task:run(waiter)` soon, in a coroutine of its own, and then `task:finish`.
---@param task celements.Task
---@return boolean ok
function loop.spawn(task)
  copas.addthread(function() run(task) end) -- which passes arguments in another way before 2.0
  return true
end

-- What copas takes for a socket: readable when the reactor is to be turned, done when nothing is in flight.
local function source_of(own)
  local engine = own.engine
  return {
    getfd = function() return engine:pollfd() end, -- asked before every select: which arms the deadline
    dirty = function() return engine:in_flight() == 0 end,
    receive = function()
      if own.begins then
        own.begins = false
        return nil, "timeout"
      end
      if engine:in_flight() > 0 then own:turn() end
      if engine:in_flight() == 0 then return true end
      return nil, "timeout"
    end,
    close = nothing,
    settimeout = nothing,
  }
end

--- Sees to it that the reactor turns while calls are in flight.
---@param own celements.Reactor
function loop.watch(own)
  if own.driver and status(own.driver) ~= "dead" then return end
  own.source = own.source or source_of(own)
  own.begins = true -- before 2.0 the thread runs at once, and must send nothing that nobody waits for yet
  own.driver = copas.addthread(function()
    repeat copas.receive(own.source) until own.engine:in_flight() == 0 -- copas may pause before it returns
  end)
end

return loop
