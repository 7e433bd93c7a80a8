--- What is done to an instance as a whole. `instances:…(id, …)` names it by its id, `session.instance:…(…)` by its
--- token.

local copy = require "celements.copy"
local at = require "celements.instance.place"
local naming = require "celements.naming"
local request = require "celements.request"
local shape = require "celements.instance.shape"

local changes = {}

--- Options of `instances:replace`.
---@class celements.ReplaceOptions: celements.InstanceOptions
---@field re_authenticate boolean? false not to sign in to the provider again; default true

local known_by_id = request.options_with { element = "string|size" }
local known_for_replace = request.options_with { element = "string|size", re_authenticate = "boolean" }

-- Only an id can stand below an element.
local function known(place, by_id)
  return place.id ~= nil and by_id or request.options
end

local function call_with(place, body, given)
  local call = request.call_options(given, shape.sendable(body))
  -- With credentials the platform signs in to the provider again (observed), which takes as long as a creation.
  if body.configuration ~= nil or body.providerData ~= nil then
    call.timeout = call.timeout or place.context.provision_timeout
  end
  return call
end

local function accept(result, info, body, method, path)
  if not result then return nil, shape.explain(info, body) end
  return shape.instance(result, info, method, path)
end

local function element_in(body)
  local key, id = naming.element(body)
  local named = key
  if key == nil then named = id end
  return (type(named) == "string" or type(named) == "number") and named or nil
end

--- Writes an instance anew: `PUT`. With `configuration` or `providerData` the platform signs in to the provider again.
--- Send the whole request, or a fetched instance with what has changed; masked configuration entries are left out. The
--- token may change: take it from the answer. Blocks or yields, up to 100 seconds when it signs in.
---
--- By id only: `element` (a key or an id) names the element in the path as well; `re_authenticate = false` does not
--- sign in again (known from the vendor's own tools), and needs the element, from the option or the request.
---@param place celements.Place
---@param body table as for `instances:create`, or an instance
---@param given celements.ReplaceOptions? by token only those of every call
---@return celements.Instance? instance
---@return celements.Info|celements.Error
function changes.replace(place, body, given)
  place:argument("request", body, "table", given)
  given = place:options(given, known(place, known_for_replace))
  local call, element = call_with(place, body, given), given.element
  if given.re_authenticate == false then
    element = element or element_in(body)
    if not element then place:misuse("option 're_authenticate' needs option 'element', or a request that names it") end
    call.query = copy(given.query, { reAuthenticate = false })
  end
  local path = at.below_element(place.where, element, place.path, 3)
  local result, info = place:call("PUT", path, call)
  return accept(result, info, body, "PUT", path)
end

--- Changes an instance: `PATCH`. Only what is given changes; `tags` are replaced as a whole. Masked configuration
--- entries are left out, so a fetched instance can be changed and sent back. With `configuration` or `providerData`
--- the platform signs in to the provider again: up to 100 seconds then.
---@param place celements.Place
---@param body table what changes
---@param given celements.CallOptions?
---@return celements.Instance? instance
---@return celements.Info|celements.Error
function changes.update(place, body, given)
  place:argument("changes", body, "table", given)
  given = place:options(given, request.options)
  local result, info = place:call("PATCH", place.path, call_with(place, body, given))
  return accept(result, info, body, "PATCH", place.path)
end

--- Deletes an instance for good, and its token with it: `DELETE`. One that something else still uses is refused with
--- kind "conflict". By id only: `element` names the element in the path as well. Where the answer of an attempt was
--- lost and the next one finds nothing, it has succeeded.
---@param place celements.Place
---@param given celements.InstanceOptions? by token only those of every call
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function changes.delete(place, given)
  given = place:options(given, known(place, known_by_id))
  local path = at.below_element(place.where, given.element, place.path, 3)
  local body, info = place:call("DELETE", path, given)
  return body, info
end

--- Lets an instance serve its provider again: `PUT …/enabled`. One that the platform itself disabled, after token
--- refreshes that failed, has to sign in again as well: `update` it with new `providerData` (API documentation).
---@param place celements.Place
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function changes.enable(place, given)
  given = place:options(given, request.options)
  local body, info = place:call("PUT", place.path .. "/enabled", given)
  return body, info
end

--- Disables an instance: calls to its provider fail with kind "forbidden" until it is enabled (observed).
---@param place celements.Place
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function changes.disable(place, given)
  given = place:options(given, request.options)
  local body, info = place:call("DELETE", place.path .. "/enabled", given)
  return body, info
end

return changes
