--- Waiting inside nginx. A thread of the process carries the calls; the light thread that makes one waits at a
--- semaphore, and nginx serves others meanwhile. A listener, itself a light thread, hears at a Unix socket that calls
--- are done.

local core = require "celements.core"
local protection = require "celements.runtime.protection"
local reactor = require "celements.runtime.reactor"

local running = coroutine.running

-- There when nginx runs this, also while it reads its configuration.
local ngx = rawget(_G, "ngx")

---@type celements.Host
local openresty = { name = "openresty" }

-- Where nginx can suspend Lua (lua-nginx-module, "ngx.socket.tcp"). Not ssl_client_hello: nginx drops the connection
-- there unless it has OpenResty's patches, which it does not tell.
local can_wait = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true, preread = true, ssl_cert = true,
  ssl_session_fetch = true,
}

local IN_TIMER = "do it in a timer, ngx.timer.at(0, function() … end)"
local elsewhere = { exit_worker = "do it earlier", ssl_client_hello = "do it in ssl_certificate_by_lua" }

local FOREVER = 2147483 -- seconds; the call's own deadline ends the wait
local PATIENCE = 5 -- seconds without a sign of the listener, after which there is to be another
local MAX_IDLE = 1024

local shared -- one for the Lua state of this worker
local waiters = setmetatable({}, { __mode = "k" }) -- of tasks, by coroutine
local idle, idle_count = {}, 0 -- waiters that can be used again

--- Whether nginx is about. While it reads its configuration nobody waits for this process, and calls may block.
---@return boolean is_running
---@return boolean is_certain
function openresty.running()
  local is_running = ngx.get_phase() ~= "init"
  return is_running, is_running
end

-- Why nothing can wait here; nil if it can.
local function obstacle()
  local phase = ngx.get_phase()
  if can_wait[phase] then return protection.obstacle() end
  return ("nothing can wait in nginx's phase %s: %s"):format(phase, elsewhere[phase] or IN_TIMER)
end

--- What carries the calls of this Lua state.
---@return celements.Reactor? reactor
---@return string? reason
function openresty.reactor()
  if shared then return shared end
  local own, why = reactor.new(openresty, core.service)
  if not own then return nil, why end
  own.waiting, own.begun = {}, 0
  shared = own
  return own
end

local function new_waiter()
  if idle_count == 0 then
    return { host = openresty, semaphore = require("ngx.semaphore").new(), suspended = false, woken = false }
  end
  local waiter = idle[idle_count]
  idle[idle_count] = nil
  idle_count = idle_count - 1
  return waiter
end

local function put_back(waiter)
  if idle_count >= MAX_IDLE then return end
  idle_count = idle_count + 1
  idle[idle_count] = waiter
end

local function end_orphan(own, waiter)
  own.waiting[waiter] = nil
  if waiter.call then waiter.call:cancel() end
end

-- The one that was made for a light thread. nginx uses the coroutine of a thread that has ended again, and one that was
-- killed is suspended for ever.
local function waiter_of(thread)
  local waiter = waiters[thread]
  if not (waiter and waiter.suspended) then return waiter end
  waiters[thread] = nil
  if shared then end_orphan(shared, waiter) end
end

-- The listener cannot do its work: nobody waits in vain.
local function fail_all(own, reason)
  for waiter in pairs(own.waiting) do
    if waiter.call then
      waiter.call:cancel()
      waiter.call, waiter.reason = nil, "nginx cannot wait for the call: " .. reason
      openresty.wake(waiter)
    end
  end
end

-- Ends the calls of light threads that are no more: nginx kills those of a request whose client disconnected, and tells
-- nobody. Their semaphores know that nobody waits: posts less waits is more than it would be.
local function end_orphans(own)
  for waiter in pairs(own.waiting) do
    if waiter.suspended and waiter.semaphore:count() >= (waiter.woken and 1 or 0) then
      end_orphan(own, waiter)
    end
  end
end

-- The service rings when calls are done, and about every second. The second time that it finds nothing to do, the
-- listener goes: nginx could not quit, nor a Lua state end.
local function hear(own, socket)
  local last, begun = ngx.now(), nil
  while true do
    local ok, err = socket:receive(1)
    if not ok then return err end
    local now = ngx.now()
    own.heard = now
    own:dispatch()
    if now - last >= 0.9 then
      end_orphans(own)
      if begun == own.begun and not next(own.waiting) then return nil end
      last, begun = now, own.begun
    end
  end
end

local function listen(_, own, me)
  local socket = ngx.socket.tcp()
  socket:settimeouts(FOREVER * 1000, FOREVER * 1000, FOREVER * 1000)
  local ok, reason = socket:connect("unix:" .. own.engine:path())
  if ok then reason = hear(own, socket) end
  local is_replaced = own.listener ~= me
  if not is_replaced then own.listener = nil end
  socket:close()
  if reason and not is_replaced then fail_all(own, reason) end
end

-- Sees to it that there is a listener. Returns why there cannot be one.
local function need_listener(own)
  if own.listener then return nil end
  own.listener, own.heard = {}, ngx.now()
  local ok, why = ngx.timer.at(0, listen, own, own.listener)
  if ok then return nil end
  own.listener = nil
  return ("nginx cannot start a timer: %s (see lua_max_pending_timers)"):format(why)
end

-- A listener never begins if too many timers run (lua_max_running_timers).
local function check_listener(own)
  if own.listener and ngx.now() - own.heard < PATIENCE then return end
  own.listener = nil
  own:dispatch()
  local why = need_listener(own)
  if why then fail_all(own, why) end
end

--- Returns when the call is done, or why that cannot be waited for; then the call is cancelled.
---@param own celements.Reactor
---@param call userdata
---@param waiter celements.Waiter
---@return string? reason
function openresty.await(own, call, waiter)
  local waiting, suspend = own.waiting, openresty.suspend
  local why = waiter.kept and need_listener(own) -- which may have gone while a function took its time
  if why then
    call:cancel()
    return why
  end
  waiter.call, waiter.reactor = call, own
  waiting[waiter] = true
  own.begun = own.begun + 1
  repeat
    suspend(waiter, PATIENCE)
    if waiter.call then check_listener(own) end
  until not waiter.call
  waiting[waiter] = nil
  local reason = waiter.reason
  waiter.reason = nil
  if not waiter.thread and not waiter.kept then put_back(waiter) end
  return reason
end

--- Says what carries the call that is about to be made here, and how to wait for it.
---@return celements.Reactor? reactor
---@return function|string await or why no call can be made
---@return any waiter or the kind of the error
function openresty.choose()
  local reason = obstacle()
  if reason then return nil, reason, "unavailable" end
  local waiter = waiter_of(running())
  local task = waiter and waiter.task
  if task and task.cancelled then
    reactor.give_turn(waiter)
    return nil, "the task was cancelled", "cancelled"
  end
  local own, why = openresty.reactor()
  if own then why = need_listener(own) end
  if why then return nil, why, "unavailable" end
  return own, openresty.await, waiter or new_waiter()
end

--- The light thread that is running.
---@return celements.Waiter? waiter
---@return string? reason
function openresty.current()
  local reason = obstacle()
  if reason then return nil, reason end
  local thread = running()
  local waiter = waiter_of(thread)
  if not waiter then
    waiter = new_waiter()
    waiter.thread = true
    waiters[thread] = waiter
  end
  return waiter
end

--- Suspends the running one until it is woken or the time is over, and perhaps for less.
---@param waiter celements.Waiter
---@param seconds number? default for ever
function openresty.suspend(waiter, seconds)
  if not waiter.woken then
    waiter.suspended = true
    waiter.semaphore:wait(seconds or FOREVER)
    waiter.suspended = false
  end
  waiter.woken = false
end

--- Wakes a waiter. One that is not suspended yet will not be the next time.
---@param waiter celements.Waiter
function openresty.wake(waiter)
  if waiter.woken then return end
  waiter.woken = true
  if waiter.suspended then waiter.semaphore:post() end
end

local function run(task)
  coroutine.yield() -- to nginx: whoever spawns is in the middle of something
  local waiter = openresty.current()
  task:finish(pcall(task.run, task, waiter))
  waiter.task = nil
end

--- Runs `task:run(waiter)` soon, in a light thread of its own, and then `task:finish`.
---@param task celements.Task
---@return boolean? ok
---@return string? reason
function openresty.spawn(task)
  local reason = obstacle()
  if reason then return nil, reason end
  local thread, why = ngx.thread.spawn(run, task)
  if not thread then return nil, why end
  return true
end

return openresty
