--- Many tasks in one Lua thread, without an event loop: whoever waits outside a task runs the tasks meanwhile.

local core = require "celements.core"
local protection = require "celements.runtime.protection"
local reactor = require "celements.runtime.reactor"
local timers = require "celements.runtime.timers"

local create, resume, running = coroutine.create, coroutine.resume, coroutine.running
local status, yield = coroutine.status, coroutine.yield

--- What an event loop must be able to do.
---@class celements.Host
---@field name string
---@field running fun(): boolean, boolean whether it runs what asks, and whether that is certain
---@field current fun(): celements.Waiter?, string?
---@field suspend fun(waiter: celements.Waiter, seconds: number?)
---@field wake fun(waiter: celements.Waiter)
---@field spawn fun(task: celements.Task): boolean?, string?
---@field reactor fun(): celements.Reactor?, string?
---@field watch? fun(reactor: celements.Reactor) sees to it that the reactor turns while calls are in flight
---@field sleepless? string why nobody can be suspended for a time
---@field give_turn? fun() lets the others have their turn, where nobody can be suspended for a time
---@field settle? fun(reactor: celements.Reactor) nothing is in flight any more
local scheduler = { name = "scheduler" }

-- How many tasks have not ended. While there is none, nobody needs to ask which one is running.
scheduler.live = 0

-- A coroutine that is done with a task takes the next; so many wait for one.
local MAX_IDLE = 64

-- The reactor, and its engine, go with the last client that used them, so that the connections do. Lua 5.1 forgets a
-- userdata here before it finalises it, a table only later: the engine tells that both are gone.
local shared = setmetatable({}, { __mode = "v" })
local held -- while tasks are alive

local workers = {} -- waiters, by coroutine
local idle, idle_count = {}, 0
local ready, ready_count = {}, 0
local resting = {} -- the list that is not in use
local sleeping = timers.new()
local root = { host = scheduler } -- whoever waits outside the tasks; one at a time
local is_running = false
local resumed -- whose turn it is
local PARKED = {} -- what a coroutine yields here, and nowhere else

--- The engine of the running loop, and who waits for it.
---@return celements.Reactor? reactor
---@return string? reason
function scheduler.reactor()
  local own = shared[1]
  if not own or not shared[2] then
    local why
    own, why = reactor.new(scheduler)
    if not own then return nil, why end
    shared[1], shared[2] = own, own.engine
  end
  return own
end

--- Whether the loop is running, so that nothing may block here. Here: whether tasks are being run. Who waits outside
--- any of them then, in a coroutine that a task made, must not run them once more inside.
---@return boolean is_running
---@return boolean is_certain
function scheduler.running()
  return is_running, is_running
end

local function push(waiter)
  ready_count = ready_count + 1
  ready[ready_count] = waiter
end

local function ended(waiter)
  if waiter.call then reactor.abandon(waiter) end
  waiter.task, waiter.reactor = nil, nil
  scheduler.live = scheduler.live - 1
  if scheduler.live == 0 then held = nil end
end

-- Returns whether the coroutine is to wait for another task.
local function complete(waiter, task, value, err)
  ended(waiter)
  task:finish(true, value, err)
  if idle_count >= MAX_IDLE then return false end
  idle_count = idle_count + 1
  idle[idle_count] = waiter
  return true
end

-- No local for the task: who is idle would keep what it refers to, such as a client with its connections.
local function work(waiter)
  while complete(waiter, waiter.task, waiter.task:run(waiter)) do yield(PARKED) end
end

-- What came of running a waiter. An error ends its coroutine: without a protected call around the task, it can wait
-- anywhere in plain Lua 5.1, too.
local function after(waiter, ok, what)
  if ok and what == PARKED then
    waiter.suspended = waiter.task ~= nil -- nobody wakes one that is idle, though a former task's wait may end late
    if waiter.woken then scheduler.wake(waiter) end -- by a hook, just before it yielded
    return
  end
  local thread = waiter.thread
  if status(thread) ~= "dead" then -- a yield of the user's own: the others have their turn
    reactor.abandon(waiter)
    return push(waiter)
  end
  workers[thread] = nil
  if not ok then
    local task, err = waiter.task, protection.close(thread, what)
    ended(waiter)
    task:finish(false, err)
  end
end

local function run_ready()
  local batch, count = ready, ready_count
  ready, ready_count, resting = resting, 0, batch
  for i = 1, count do
    local waiter = batch[i]
    batch[i], resumed = false, waiter
    after(waiter, resume(waiter.thread, waiter))
  end
  resumed = nil -- a coroutine that raised keeps all that it referred to
end

local function wake_sleepers()
  local now = core.now()
  local waiter = sleeping:pop(now)
  while waiter do
    scheduler.wake(waiter)
    waiter = sleeping:pop(now)
  end
end

-- Moves the calls along, and waits for them and for sleepers if nobody is ready to run.
local function turn(engine)
  local due = sleeping:next_due()
  local limit = due and math.max(0, due - core.now())
  if ready_count > 0 then
    limit = 0
  elseif not due and engine:in_flight() == 0 and ready_count == 0 then -- still: a hook may have ended calls
    error("celements: every task waits for another one, and nothing is in flight", 0)
  end
  engine:step(limit)
  if due then wake_sleepers() end
end

-- Those that are ready run in rounds, and everyone else has a turn in between: who is always ready, or starts others
-- without end, holds up neither calls nor sleepers.
local function run_until_woken()
  local own = held or assert(scheduler.reactor())
  own:dispatch()
  while root.suspended do
    if ready_count > 0 then
      run_ready()
      own:dispatch() -- a call may have ended already
    end
    if root.suspended then
      turn(own.engine)
      own:dispatch()
    end
  end
end

local function run()
  is_running, root.suspended = true, true
  if root.woken then root.suspended = false end -- by a hook, just before this
  local ok, err = pcall(run_until_woken)
  is_running, root.suspended = false, false
  if not ok then error(err, 0) end
end

--- The coroutine that is running, if it is one of those that run the tasks; and what carries the calls of tasks.
---@return celements.Waiter? waiter
---@return celements.Reactor? reactor
function scheduler.worker()
  return workers[running() or 0], held
end

--- Whose task has made the coroutine that is running, which cannot be suspended itself.
---@return celements.Waiter?
function scheduler.around()
  return is_running and resumed and status(resumed.thread) == "normal" and resumed or nil
end

--- The one that is running, if the host can suspend it. Here that is anyone outside the tasks, too: they run meanwhile.
---@return celements.Waiter? waiter
---@return string? reason
function scheduler.current()
  local waiter = workers[running() or 0]
  if waiter then
    local reason = protection.obstacle()
    if reason then return nil, reason end
    if waiter.begun then reactor.abandon(waiter) end
    return waiter
  end
  if is_running then return nil, "a coroutine made inside a task cannot wait for tasks: do so in the task itself" end
  return root
end

--- Suspends the running one until it is woken or the time is over, and perhaps for less: ask again what you wait for.
---@param waiter celements.Waiter
---@param seconds number? default for ever
function scheduler.suspend(waiter, seconds)
  local timer = seconds and sleeping:add(core.now() + seconds, waiter) -- which may run finalisers, and they wake
  if not waiter.woken then
    if waiter ~= root then
      yield(PARKED)
    else
      run()
    end
  end
  waiter.woken = false
  if timer then sleeping:remove(timer) end
end

--- Wakes a waiter. One that is not suspended yet will not be the next time.
---@param waiter celements.Waiter
function scheduler.wake(waiter)
  if not waiter.suspended then
    waiter.woken = true
    return
  end
  waiter.suspended = false
  if waiter ~= root then push(waiter) end
end

--- Runs `task:run(waiter)` soon, in a coroutine of its own, and then `task:finish`.
---@param task celements.Task
---@return boolean? ok
---@return string? reason
function scheduler.spawn(task)
  local why
  if not held then held, why = scheduler.reactor() end
  if not held then return nil, why end
  local waiter
  if idle_count > 0 then
    waiter = idle[idle_count]
    idle[idle_count] = nil
    idle_count = idle_count - 1
  else
    waiter = { host = scheduler, thread = create(work), task = nil, call = nil, begun = false,
      suspended = false, woken = false }
    workers[waiter.thread] = waiter
  end
  waiter.task, waiter.suspended, waiter.woken = task, false, false
  scheduler.live = scheduler.live + 1
  push(waiter)
  return true
end

return scheduler
