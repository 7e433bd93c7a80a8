--- Which instance carries a tag, with what the store must know of it.

local copy = require "celements.copy"
local core = require "celements.core"
local errors = require "celements.errors"
local request = require "celements.request"
local runtime = require "celements.runtime"

local lookup = {}

-- Between two looks, in seconds.
local FIRST_PAUSE, LAST_PAUSE = 0.25, 8

-- What may be over at the next look.
local PASSING = { timeout = true, network = true, server = true, rate_limited = true, response = true }

--- Whether an instance carries a tag.
---@param instance celements.Instance
---@param tag string
---@return boolean
function lookup.carries(instance, tag)
  for _, each in ipairs(instance.tags or {}) do
    if each == tag then return true end
  end
  return false
end

-- A listing that did not heed the query, or does not say what tags there are, must not lead to another's instance, nor
-- to a second one.
local function select_from(list, tag, found, ids)
  for _, instance in ipairs(list) do
    if type(instance.tags) ~= "table" then
      return request.fault("the listing does not say which tags its instances have", "GET", "/instances")
    end
    if lookup.carries(instance, tag) then
      if not request.is_id(instance.id) then
        return request.fault("the listing has an instance without an id", "GET", "/instances")
      end
      local id = tostring(instance.id)
      if not ids[id] then table.insert(found, instance) end -- one may move to the next page meanwhile
      ids[id] = true
    end
  end
end

local function all(instances, tag, call)
  local found, ids, due = {}, {}, core.now() + call.timeout
  local pages = instances:pages(copy(call, { tags = { tag } }))
  while true do
    local list, info = pages:next()
    if list == nil and info == nil then return found end
    if not list then return nil, info end
    if core.now() > due then return nil, lookup.undecided() end
    local err = select_from(list, tag, found, ids)
    if err then return nil, err end
  end
end

local function ambiguous(found)
  local ids = {}
  for _, instance in ipairs(found) do table.insert(ids, tostring(instance.id)) end
  return errors.new {
    kind = "conflict",
    message = ("%d instances carry the tag of this key: %s"):format(#found, table.concat(ids, ", ")),
    hint = "keep one and delete the others; none was chosen",
    matches = found,
  }
end

--- Looks for the one instance that carries a tag.
---@param instances celements.Instances
---@param tag string
---@param call celements.CallOptions `timeout` is for all of the look
---@return table|false|nil instance false when there is none, nil when that cannot be told
---@return celements.Error? err of kind "conflict" when there are several, in `matches`
function lookup.once(instances, tag, call)
  local found, err = all(instances, tag, call)
  if not found then return nil, err end
  if found[2] then return nil, ambiguous(found) end
  return found[1] or false
end

--- Looks again and again: a creation may still be going on, and a listing may lag behind.
---@param job { instances: celements.Instances, tag: string, host: celements.Host, lease: number, deadline: number }
---@param patience number seconds after which an instance that is not listed does not exist
---@param renew fun(): true?, celements.Error? begins the job's lease anew, well before it is over
---@param call celements.CallOptions? of each look; `timeout` aside
---@return table|false|nil instance as `lookup.once`
---@return celements.Error?
function lookup.patiently(job, patience, renew, call)
  local last, deadline = core.now() + patience, job.deadline
  local pause, longest = FIRST_PAUSE, math.min(LAST_PAUSE, job.lease / 3)
  while true do
    local is_last = core.now() >= last
    local left = math.max(deadline - core.now(), 1)
    local found, err = lookup.once(job.instances, job.tag, copy(call, { timeout = left }))
    if found or err and not PASSING[err.kind] then return found, err end
    local now = core.now()
    if found == false and is_last then return false end
    if now >= deadline then return nil, err or lookup.undecided() end
    local due = found == false and math.min(last, deadline) or deadline
    local reason = runtime.sleep(job.host, math.max(0.001, math.min(pause, longest, due - now)))
    if reason then return nil, errors.new { kind = "unavailable", message = reason } end
    local ok, why = renew()
    if not ok and why.kind == "conflict" then return nil, why end
    pause = math.min(2 * pause, longest)
  end
end

local function has_token(instance)
  return type(instance.token) == "string" and instance.token ~= ""
end

--- Fills in what an answer leaves out and is known already: it must not be lost from the store.
---@param instance table
---@param known table
function lookup.complete(instance, known)
  if not has_token(instance) then instance.token = known.token end
  if not request.is_id(instance.id) then instance.id = known.id end
end

--- Gives an instance with its token, which has to be in the store, also where the listing leaves it out.
---@param instances celements.Instances
---@param instance table
---@param call celements.CallOptions
---@return table?
---@return celements.Error? err with the instance as `instance`
function lookup.with_token(instances, instance, call)
  if has_token(instance) then return instance end
  local whole, info = instances:get(instance.id, call)
  if whole then lookup.complete(whole, instance) end
  if whole and has_token(whole) then return whole end
  local err = not whole and info or request.fault("the instance comes without its element token", "GET",
    "/instances/" .. tostring(instance.id), info)
  err.instance = instance
  return nil, err
end

--- The error of a look that had to end before it could tell.
---@return celements.Error
function lookup.undecided()
  return errors.new {
    kind = "timeout", message = "whether the instance was made is not known yet", maybe_sent = true,
    hint = "ask again with the same key: it will be looked for before anything is sent",
  }
end

return lookup
