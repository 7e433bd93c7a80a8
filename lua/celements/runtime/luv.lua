--- Waiting under luv.

local uv = require "luv"
local protection = require "celements.runtime.protection"
local reactor = require "celements.runtime.reactor"

local create, resume, running = coroutine.create, coroutine.resume, coroutine.running
local status, yield = coroutine.status, coroutine.yield

---@type celements.Host
local loop = { name = "luv" }

local shared -- there is one default loop
local waiters = setmetatable({}, { __mode = "k" }) -- by coroutine, to which they refer only while it is suspended
local root = { host = loop } -- whoever waits outside the loop, and runs it meanwhile
local ready, ready_count = {}, 0
-- Handles are stopped and kept, not closed: luv 1.44 crashes when the Lua state is closed before the loop has seen to a
-- closed one. A stopped one does not keep the loop running.
local soon = uv.new_timer()
local idle_timers = {}
local resumed -- the coroutine that runs, if it was resumed here
local TOKEN = {} -- what coroutines are resumed with here, and nowhere else

--- Whether the loop is running, or will: a coroutine may begin before it.
---@return boolean is_running
---@return boolean is_certain
function loop.running()
  local thread, is_main = running()
  local is_certain = uv.loop_mode() ~= nil
  return is_certain or thread ~= nil and not is_main, is_certain
end

--- The loop's engine, and who waits for it.
---@return celements.Reactor? reactor
---@return string? reason
function loop.reactor()
  if not shared then
    local why
    shared, why = reactor.new(loop)
    if not shared then return nil, why end
  end
  return shared
end

--- The coroutine that is running. Outside the loop that is anyone: it runs meanwhile.
---@return celements.Waiter? waiter
---@return string? reason
function loop.current()
  local thread, is_main = running()
  if not thread or is_main then
    if uv.loop_mode() == nil then return root end
    return nil, "a callback of luv's cannot wait: do it in a coroutine, coroutine.wrap(function() … end)()"
  end
  if resumed and thread ~= resumed and status(resumed) == "normal" then
    return nil, "a coroutine made inside one that waits for calls cannot wait itself: do it outside"
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

local run_soon

local function push(waiter)
  ready_count = ready_count + 1
  ready[ready_count] = waiter
  run_soon()
end

-- What came of a coroutine that was resumed. An error in one of the user's own is luv's to report.
local function after(waiter, thread, ok, value, err)
  if status(thread) ~= "dead" then return end
  local task = waiter.task
  if task and not ok then value = protection.close(thread, value) end
  reactor.abandon(waiter)
  if task then
    waiter.task = nil
    task:finish(ok, value, err)
  elseif not ok then
    error(type(value) == "string" and debug.traceback(thread, value) or value, 0)
  end
end

local suspend

-- Whether the waiter's coroutine is where it was suspended, or has not begun. Its owner may have closed it, or Lua have
-- raised instead of suspending it.
local function is_there(waiter, thread)
  local now = thread and status(thread)
  if now == "dead" then return waiter.task ~= nil end -- whose end is to be told
  if now ~= "suspended" or protection.can_tell then return now == "suspended" end
  local caller = debug.getinfo(thread, 1, "f")
  return not caller or caller.func == suspend
end

local function run_ready()
  local following = {} -- made first: this may run finalisers, and they wake
  local batch, count = ready, ready_count
  ready, ready_count = following, 0
  for i = 1, count do
    local waiter = batch[i]
    local thread, before = waiter.thread, resumed
    waiter.thread = nil
    if is_there(waiter, thread) then
      resumed = thread
      local ok, err = pcall(after, waiter, thread, resume(thread, TOKEN))
      resumed = before
      if not ok then
        for rest = i + 1, count do push(batch[rest]) end
        error(err, 0)
      end
    end
  end
end

-- Not at once: whoever wakes is in the middle of something.
function run_soon()
  if not soon:is_active() then soon:start(0, 0, run_ready) end
end

--- Wakes a waiter. One that is not suspended yet will not be the next time.
---@param waiter celements.Waiter
function loop.wake(waiter)
  if waiter.woken then return end
  waiter.woken = true
  if waiter.thread then push(waiter) end
end

local function run_until_woken()
  while not root.woken do
    if not uv.run("once") and not root.woken then
      error("celements: every task waits for another one, and nothing is in flight", 0)
    end
  end
end

local function wake_after(waiter, seconds)
  local timer = table.remove(idle_timers) or uv.new_timer()
  uv.update_time() -- what ran since the loop took the time does not count
  timer:start(math.ceil(math.max(0, seconds) * 1000), 0, function() loop.wake(waiter) end)
  return timer
end

function suspend(waiter)
  waiter.thread = running()
  local token = yield()
  waiter.thread = nil
  if token ~= TOKEN then
    error("celements: a coroutine that waited for a call was resumed by something else than luv (a generator?)", 0)
  end
end

--- Suspends the running one until it is woken or the time is over, and perhaps for less.
---@param waiter celements.Waiter
---@param seconds number? default for ever
function loop.suspend(waiter, seconds)
  local timer = seconds and wake_after(waiter, seconds) -- which may run finalisers, and they wake
  if not waiter.woken then
    if waiter == root then
      run_until_woken()
    else
      suspend(waiter)
    end
  end
  waiter.woken = false
  if timer then
    timer:stop()
    table.insert(idle_timers, timer)
  end
end

--- Runs `task:run(waiter)` soon, in a coroutine of its own, and then `task:finish`.
---@param task celements.Task
---@return boolean ok
function loop.spawn(task)
  local waiter = { host = loop, task = task }
  waiter.thread = create(function() return task:run(waiter) end)
  waiters[waiter.thread] = waiter
  push(waiter)
  return true
end

--- Nothing is in flight any more: a handle that is watched would keep the loop from ending.
---@param own celements.Reactor
function loop.settle(own)
  if not own.watched then return end
  own.watched = false
  own.handle:stop()
end

--- Sees to it that the reactor turns while calls are in flight.
---@param own celements.Reactor
function loop.watch(own)
  local fd = own.engine:pollfd() -- readable when the new call is due, which is now
  if own.watched then return end
  if own.fd ~= fd then -- a child of fork() has another
    own.fd, own.handle = fd, assert(uv.new_poll(fd))
  end
  own.watched = true
  own.handle:start("r", function()
    if own:turn() then
      own.engine:pollfd() -- readable at the next deadline, too
    else
      loop.settle(own)
    end
  end)
end

return loop
