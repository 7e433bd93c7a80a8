--- Waiting under cqueues.

local auxlib = require "cqueues.auxlib"
local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local protection = require "celements.runtime.protection"
local reactor = require "celements.runtime.reactor"

local create, running, status = coroutine.create, coroutine.running, coroutine.status

---@type celements.Host
local loop = { name = "cqueues" }

-- One for each controller, since two cannot share a descriptor. It goes with the controller, to which nothing in it
-- refers; nor does a waiter to its coroutine.
local reactors = setmetatable({}, { __mode = "k" })
local waiters = setmetatable({}, { __mode = "k" })

--- Whether a controller is running.
---@return boolean is_running
---@return boolean is_certain
function loop.running()
  local is_running = cqueues.running() ~= nil
  return is_running, is_running
end

--- The engine of the running controller, and who waits for it.
---@return celements.Reactor? reactor
---@return string? reason
function loop.reactor()
  local controller = cqueues.running()
  if not controller then return nil, "no cqueues controller is running here" end
  local own = reactors[controller]
  if not own then
    local why
    own, why = reactor.new(loop)
    if not own then return nil, why end
    own.settled = condition.new()
    reactors[controller] = own
  end
  return own
end

--- The coroutine that is running, if it is cqueues' own.
---@return celements.Waiter? waiter
---@return string? reason
function loop.current()
  local thread, is_main = running()
  local waiter = thread and waiters[thread]
  local reason = thread and not is_main and protection.obstacle()
  if reason then return nil, reason end
  if waiter then
    if waiter.begun then reactor.abandon(waiter) end
    return waiter
  end
  local controller, is_own = cqueues.running()
  if not controller then return nil, "no cqueues controller is running here: do it inside cq:wrap" end
  if not is_own then
    return nil, "a coroutine made inside one of cqueues' cannot wait: do it outside, or make the coroutine with cq:wrap"
  end
  waiter = { host = loop, condition = condition.new() }
  waiters[thread] = waiter
  return waiter
end

--- Suspends the running one until it is woken or the time is over, and perhaps for less.
---@param waiter celements.Waiter
---@param seconds number? default for ever
function loop.suspend(waiter, seconds)
  if not waiter.woken then waiter.condition:wait(seconds) end
  waiter.woken = false
end

--- Wakes a waiter. One that is not suspended yet will not be the next time.
---@param waiter celements.Waiter
function loop.wake(waiter)
  waiter.woken = true
  waiter.condition:signal()
end

-- In plain Lua 5.1 cqueues' own resume passes on what is yielded inside.
local function protected(work, task, waiter)
  if protection.can_wait_inside then return pcall(work, task, waiter) end
  local inner = create(work)
  waiters[inner] = waiter
  return auxlib.resume(inner, task, waiter)
end

local function run(task)
  local waiter = loop.current()
  local ok, value, err = protected(task.run, task, waiter)
  reactor.abandon(waiter)
  task:finish(ok, value, err)
  waiter.task = nil
end

--- Runs `task:run(waiter)` soon, in a coroutine of its own, and then `task:finish`.
---@param task celements.Task
---@return boolean? ok
---@return string? reason
function loop.spawn(task)
  local controller = cqueues.running()
  if not controller then return nil, "no cqueues controller is running here: do it inside cq:wrap" end
  controller:wrap(run, task)
  return true
end

-- Turns the reactor until nothing is in flight, and ends then, so that the controller's loop can.
local function drive(own)
  local source = { pollfd = function() return own.engine:pollfd() end, events = "r" }
  repeat cqueues.poll(source, own.settled) until not own:turn()
end

--- Sees to it that the reactor turns while calls are in flight.
---@param own celements.Reactor
function loop.watch(own)
  if own.driver and status(own.driver) ~= "dead" then
    own.engine:pollfd() -- makes the descriptor readable when the new call is due, which is now
    return
  end
  own.driver = create(drive)
  cqueues.running():wrap(auxlib.resume, own.driver, own)
end

--- Nothing is in flight any more, and the descriptor did not say so: calls were cancelled.
---@param own celements.Reactor
function loop.settle(own)
  own.settled:signal()
end

return loop
