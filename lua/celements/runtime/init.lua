--- How a call waits: the one place that decides.

local core = require "celements.core"
local plain = require "celements.runtime.plain"
local reactor = require "celements.runtime.reactor"
local scheduler = require "celements.runtime.scheduler"

local runtime = {}

-- Event loops, each in a file of its name.
local loops = { copas = true, cqueues = true, luv = true }
local loaded = {}

-- In seconds. No loop and no system counts any number: longer waits are made of several.
local LONGEST = 86400

-- nginx's API is there from the start, or never.
local ngx = rawget(_G, "ngx")
local openresty = type(ngx) == "table" and ngx.get_phase and require "celements.runtime.openresty"

--- Whether HTTP/2 is the default. Inside nginx calls are many and short: there HTTP/1.1 takes less of the worker's time
--- (`make bench-nginx`).
runtime.http2 = not openresty

local function wait_in(host, waiter)
  local task = waiter.task
  if task and task.cancelled then
    reactor.give_turn(waiter)
    return nil, "the task was cancelled", "cancelled"
  end
  local own, reason = host.reactor()
  if not own then return nil, reason end
  return own, reactor.await, waiter
end

local function loop_of_task()
  for i = 1, #loaded do
    local waiter = loaded[i].current()
    if waiter and waiter.task then return loaded[i] end
  end
end

local function running_loop()
  local guess
  for i = 1, #loaded do
    local is_running, is_certain = loaded[i].running()
    if is_certain then return loaded[i] end
    if is_running then guess = loaded[i] end
  end
  return not scheduler.running() and guess or nil
end

-- A coroutine that some loop may run, says the one that is wanted: another one may know better.
local function owner_among_others(wanted)
  for i = 1, #loaded do
    local loop = loaded[i]
    if loop ~= wanted then
      local _, is_certain = loop.running()
      if is_certain then return loop end
      local waiter = loop.current()
      if waiter and waiter.task then return loop end
    end
  end
end

-- The event loop that runs whoever asks: the one that is wanted, unless the coroutine is another's.
local function loop_here(wanted)
  if scheduler.live > 0 and scheduler.worker() then return nil end
  if not wanted then return loop_of_task() end
  local is_running, is_certain = wanted.running()
  if is_certain then return wanted end
  if not is_running then return loop_of_task() end
  return owner_among_others(wanted) or not scheduler.running() and wanted or nil
end

-- Where an event loop may be about.
local function choose(context)
  local loop = loop_here(context.loop)
  if not loop then return nil end
  local waiter, reason = loop.current()
  if not waiter then return nil, reason, "unavailable" end
  return wait_in(loop, waiter)
end

--- Says which engine carries the call that is about to be made, and how to wait for it.
---@param context celements.Context
---@return celements.Reactor? reactor
---@return (fun(reactor: celements.Reactor, call: userdata, waiter: any))|string await or why no call can be made
---@return any waiter to be passed to `await`; or the kind of the error
function runtime.of(context)
  if openresty and openresty.running() then return openresty.choose() end
  if loaded[1] then
    local own, await, waiter = choose(context)
    if own or await then return own, await, waiter end
  end
  if scheduler.live > 0 then
    local waiter = scheduler.current()
    if waiter then return wait_in(scheduler, waiter) end
    local around = scheduler.around()
    if around then
      local task = around.task -- gone at its very end, where a finaliser may still ask
      if task and task.cancelled then return nil, "the task was cancelled", "cancelled" end
      reactor.abandon(around)
    end
    return scheduler.reactor(), plain.await
  end
  local own, why = scheduler.reactor()
  if not own then return nil, why end
  if not scheduler.running() then own.engine:drop_strays() end
  return own, plain.await
end

--- The same, where it is soon said: in a task or an event loop that can wait, or where nothing else runs. The reactor
--- has an engine then; whether the client is closed is not looked at.
---@param context celements.Context
---@return celements.Reactor? reactor nil where `runtime.of` must see to it
---@return (fun(reactor: celements.Reactor, call: userdata, waiter: any))? await
---@return celements.Waiter? waiter nil where the call is to block
function runtime.direct(context)
  if openresty then return nil end
  if loaded[1] then
    local own, await, waiter = choose(context)
    if own then return own, await, waiter end
    return nil
  end
  if scheduler.live == 0 then
    if scheduler.running() then return nil end
    return context.reactor, plain.await
  end
  local waiter, own = scheduler.worker()
  local task = waiter and waiter.task
  if not task or task.cancelled then return nil end
  if context.reactor ~= own then return nil end -- a client's first call gives it the reactor to keep alive
  return own, reactor.await, waiter
end

--- The event loop of a name, loaded when it is first asked for. Raises if there is none, or it is not installed.
---@param where string
---@param name string?
---@param level integer
---@return celements.Host? loop nil for no name
function runtime.loop(where, name, level)
  if name == nil then return nil end
  if not loops[name] then
    error(("%s: option 'loop' must be 'copas', 'cqueues' or 'luv', not '%s'"):format(where, name), level + 1)
  end
  if loops[name] == true then
    local ok, loop = pcall(require, "celements.runtime." .. name)
    if not ok then
      local text = "%s: option 'loop': %s cannot be loaded: luarocks install %s (%s)"
      error(text:format(where, name, name, loop), level + 1)
    end
    loops[name] = loop
    table.insert(loaded, loop)
  end
  return loops[name]
end

--- What runs tasks here: nginx, or what runs the task that asks, or the named event loop, or one that is running, or
--- the scheduler.
---@param where string
---@param name string?
---@param level integer
---@return celements.Host
function runtime.host(where, name, level)
  if openresty and openresty.running() then return openresty end
  local loop = runtime.loop(where, name, level + 1)
  if not loaded[1] or scheduler.worker() then return scheduler end
  return loop_here(loop) or not scheduler.running() and loop or running_loop() or scheduler
end

--- What work for a client waits by here: the client's loop inside that, or else `runtime.host`.
---@param context celements.Context
---@param where string
---@param level integer
---@return celements.Host
function runtime.host_of(context, where, level)
  return loop_here(context.loop) or runtime.host(where, nil, level + 1)
end

-- What suspends whoever makes calls of this context here.
local function waits_by(context)
  if openresty and openresty.running() then return openresty end
  return loop_here(context.loop) or scheduler
end

--- Waits between two attempts of a call as the call itself does: until the time is over, its task is cancelled or its
--- client closed.
---@param context celements.Context
---@param seconds number
---@return string? reason why it cannot wait
function runtime.pause(context, seconds)
  local host = waits_by(context)
  if host.sleepless then return "sleepless" end
  local waiter = host.current()
  local due = core.now() + seconds
  local left = seconds
  if not waiter then -- the call blocked, too
    local own = assert(scheduler.reactor())
    while left > 0 do
      own.engine:step(left)
      left = due - core.now()
    end
    return
  end
  local task = waiter.task
  context.pausing = context.pausing or setmetatable({}, { __mode = "k" }) -- nginx kills threads that wait
  context.pausing[waiter] = true
  while left > 0 and context.target and not (task and task.cancelled) do
    host.suspend(waiter, left)
    left = due - core.now()
  end
  context.pausing[waiter] = nil
end

--- Suspends whoever is running for so long, or until its task is cancelled.
---@param host celements.Host
---@param seconds number
---@return string? reason why it cannot
---@return boolean? cancelled
function runtime.sleep(host, seconds)
  local due = core.now() + seconds
  local waiter, reason = host.current()
  if not waiter then return reason end
  local task = waiter.task
  if task and task.cancelled then
    reactor.give_turn(waiter)
    return nil, true
  end
  if host.sleepless then return host.sleepless end
  local left = seconds
  repeat
    host.suspend(waiter, math.min(left, LONGEST))
    if task and task.cancelled then return nil, true end
    left = due - core.now()
  until left <= 0
end

--- Suspends whoever is running for so long, also when its task is cancelled: what is half done must be finished. Less
--- where nobody can be suspended for a time.
---@param host celements.Host
---@param seconds number
---@return string? reason why it cannot
function runtime.rest(host, seconds)
  local due = core.now() + seconds
  local waiter, reason = host.current()
  if not waiter then return reason end
  if host.sleepless then return host.give_turn() end
  local left = seconds
  repeat
    host.suspend(waiter, left)
    left = due - core.now()
  until left <= 0
end

return runtime
