--- The element's configuration as the platform has it now, and what a request lacks by it.

local configuration = require "celements.configuration.problems"
local core = require "celements.core"
local naming = require "celements.naming"
local request = require "celements.request"
local runtime = require "celements.runtime"
local wanted = require "celements.configuration.wanted"

local live = {}

-- How long others wait for the one who asks, in seconds: nginx kills light threads, and tells nobody.
local PATIENCE = 10

-- A configuration that a client has asked for. Whoever wants it meanwhile waits instead of asking again.
---@class celements.configuration.Held
---@field deadline number
---@field waiting celements.Waiter[]
---@field done boolean
---@field entries celements.ElementConfig[]?
---@field expires number?
---@field err celements.Error?

--- Asks the platform for an element's configuration. An unknown element is an error of kind "not_found".
---@param context celements.Context
---@param where string
---@param key string|integer
---@param call celements.CallOptions
---@param level integer
---@return celements.ElementConfig[]?
---@return celements.Info|celements.Error
function live.fetch(context, where, key, call, level)
  local path = request.path(where, "/elements/%s/configuration", "key", key, level + 1)
  local list, info = request.perform(context, where, "GET", path, call, level + 1)
  local is_list = type(list) == "table" and getmetatable(list) == core.array_mt
  for _, entry in ipairs(is_list and list or {}) do
    is_list = is_list and type(entry) == "table" and type(entry.key) == "string"
  end
  if list == nil or is_list then return list, info end
  return nil, request.fault("the answer is no list of configuration entries", "GET", path, info)
end

-- Returns whether there was a wait.
local function wait(context, where, held)
  local host = runtime.host_of(context, where, 2)
  local waiter = not host.sleepless and host.current()
  local task = waiter and waiter.task
  if not waiter or task and task.cancelled then return false end
  table.insert(held.waiting, waiter)
  host.suspend(waiter, math.max(0, held.deadline - core.now()))
  return true
end

local function fetch_for_all(context, where, key, call)
  local patience = math.min(call.timeout or context.timeout, PATIENCE)
  local held = { deadline = core.now() + patience, waiting = {}, done = false }
  local all = context.configurations
  all[key] = held
  local list, info = live.fetch(context, where, key, call, 2)
  held.done, held.entries = true, list
  if list then
    held.expires = core.now() + context.configuration_ttl
  else
    info.maybe_sent = nil -- nothing of the creation was
    held.err = info
    if all[key] == held then all[key] = nil end
  end
  for _, waiter in ipairs(held.waiting) do waiter.host.wake(waiter) end
  return list, info
end

local function obtain(context, where, key, call)
  context.configurations = context.configurations or {}
  while true do
    local held, now = context.configurations[key], core.now()
    if not held then break end
    if held.entries and now < held.expires then return held.entries end
    local is_on_its_way = not held.done and now < held.deadline
    if not is_on_its_way or not wait(context, where, held) then break end
    if held.err and held.err.kind ~= "cancelled" then return nil, held.err end
  end
  local list, info = fetch_for_all(context, where, key, call)
  return list, info
end

-- With both a key and a number nobody says which one counts.
local function element_of(body)
  local key, id = naming.element(body)
  if key ~= nil and id ~= nil then return nil end
  if key ~= nil then return type(key) == "string" and key or nil end
  local is_id = type(id) == "number" and id % 1 == 0 and id >= 0 or type(id) == "string" and id:find("^%d+$")
  return is_id and id or nil
end

local function find_invalid(entries, body, problem)
  local known = {}
  for _, each in ipairs(problem.invalid) do known[each.key] = true end
  local left_in = {}
  for _, place in ipairs(problem.placeholders) do left_in[place] = true end
  for _, entry in ipairs(entries) do
    local key = entry.key
    local value = configuration.value(body, key)
    local is_judged = value ~= nil and not known[key] and not left_in["configuration." .. key]
      and not left_in["element.configuration." .. key]
    local reason = is_judged and wanted.fault(entry, value)
    if reason then table.insert(problem.invalid, { key = key, reason = reason }) end
  end
end

--- Checks a request against the element's configuration, fetched if it was not of late. What is missing by it takes
--- the place of what is missing by the built-in catalogue.
---@param context celements.Context
---@param where string
---@param body table the request, which names an element
---@param problem celements.configuration.Problem? what was found without asking
---@param given celements.CallOptions
---@return celements.configuration.Problem?
---@return celements.Error? err the configuration could not be had
function live.check(context, where, body, problem, given)
  local key = element_of(body)
  if not key then return problem end
  local entries, err = obtain(context, where, key, request.limits(given))
  if not entries then return problem, not problem and err or nil end
  local found = {
    element = key,
    missing = {},
    placeholders = problem and problem.placeholders or {},
    invalid = problem and problem.invalid or {},
    entries = entries,
  }
  for _, each in ipairs(wanted.keys(entries, body)) do
    if configuration.value(body, each) == nil then table.insert(found.missing, each) end
  end
  find_invalid(entries, body, found)
  found.message = configuration.describe(found)
  return found.message ~= "" and found or nil
end

return live
