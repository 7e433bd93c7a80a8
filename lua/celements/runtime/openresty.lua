--- Waiting inside nginx. A thread of the process carries the calls; the light thread that makes one waits for it at a
--- cosocket, and nginx serves others meanwhile.

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

local FOREVER = 2147483647 -- milliseconds; the call's own deadline ends the wait
local IDLE = 60000 -- milliseconds that an unused connection to the thread is kept
local POOL_SIZE = 1024

local shared -- one for the Lua state of this worker
local waiters = setmetatable({}, { __mode = "k" }) -- of tasks, by coroutine
local made = 0

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

local function nothing() end

--- What carries the calls of this Lua state.
---@return celements.Reactor? reactor
---@return string? reason
function openresty.reactor()
  if shared then return shared end
  local own, why = reactor.new(openresty, core.service)
  if not own then return nil, why end
  made = made + 1
  own.dispatch = nothing -- each call is told at its own socket
  own.address = "unix:" .. own.engine:path()
  own.pool = { pool = "celements " .. made, pool_size = POOL_SIZE }
  shared = own
  return own
end

local function ask(own, call)
  local socket = ngx.socket.tcp()
  socket:settimeouts(FOREVER, FOREVER, FOREVER)
  local ok, err = socket:connect(own.address, own.pool)
  if ok then ok, err = socket:send(call:ticket()) end
  if ok then ok, err = socket:receive(1) end
  if not ok then return "nginx cannot wait for the call: " .. err end
  socket:setkeepalive(IDLE, POOL_SIZE)
end

--- Returns when the call is done, or why that cannot be waited for; then the call is cancelled.
---@param own celements.Reactor
---@param call userdata
---@param waiter celements.Waiter? of the task that makes the call
---@return string? reason
function openresty.await(own, call, waiter)
  if waiter then waiter.call, waiter.reactor = call, own end
  local reason = ask(own, call)
  if waiter then waiter.call = nil end
  if reason then call:cancel() end
  return reason
end

--- Says what carries the call that is about to be made here, and how to wait for it.
---@return celements.Reactor? reactor
---@return function|string await or why no call can be made
---@return any waiter or the kind of the error
function openresty.choose()
  local reason = obstacle()
  if reason then return nil, reason, "unavailable" end
  local waiter = waiters[running()]
  local task = waiter and waiter.task
  if task and task.cancelled then return nil, "the task was cancelled", "cancelled" end
  local own, why = openresty.reactor()
  if not own then return nil, why, "unavailable" end
  return own, openresty.await, task and waiter
end

--- The light thread that is running.
---@return celements.Waiter? waiter
---@return string? reason
function openresty.current()
  local reason = obstacle()
  if reason then return nil, reason end
  local thread = running()
  local waiter = waiters[thread]
  if not waiter then
    waiter = { host = openresty, semaphore = require("ngx.semaphore").new() }
    waiters[thread] = waiter
  end
  return waiter
end

--- Suspends the running one until it is woken or the time is over, and perhaps for less.
---@param waiter celements.Waiter
---@param seconds number? default for ever
function openresty.suspend(waiter, seconds)
  if not waiter.woken then waiter.semaphore:wait(seconds or FOREVER / 1000) end
  waiter.woken = false
end

--- Wakes a waiter. One that is not suspended yet will not be the next time.
---@param waiter celements.Waiter
function openresty.wake(waiter)
  if waiter.woken then return end
  waiter.woken = true
  if waiter.semaphore:count() < 0 then waiter.semaphore:post() end
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
