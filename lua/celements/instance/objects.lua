--- An instance's own objects: their definitions and transformations. `instances:…(id, …)` names the instance by its
--- id, `session.instance:…(…)` by its token.

local pages = require "celements.pages"
local request = require "celements.request"

local objects = {}

-- Having none at all is answered with 404, as for an empty list.
local function none_is_empty(body, info)
  if body ~= nil or not pages.is_empty(info) then return body, info end
  return {}, request.info { status = info.status, attempts = info.attempts }
end

--- Reads the definitions of the instance's objects.
---@param place celements.Place
---@param given celements.CallOptions?
---@return table? definitions empty when there are none
---@return celements.Info|celements.Error
function objects.definitions(place, given)
  given = place:options(given, request.options)
  local body, info = place:call("GET", place.path .. "/objects/definitions", given)
  return none_is_empty(body, info)
end

--- Defines an object of the instance. One that is defined already is refused with kind "conflict".
---@param place celements.Place
---@param object_name string
---@param definition table `fields = { { path = …, type = … } }`
---@param given celements.CallOptions?
---@return any? definition
---@return celements.Info|celements.Error
function objects.create_definition(place, object_name, definition, given)
  place:argument("definition", definition, "table")
  given = place:options(given, request.options)
  local path = place:below("/objects/%s/definitions", "object_name", object_name)
  local body, info = place:call("POST", path, given, definition)
  return body, info
end

--- Deletes the definition of an object of the instance.
---@param place celements.Place
---@param object_name string
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function objects.delete_definition(place, object_name, given)
  given = place:options(given, request.options)
  local path = place:below("/objects/%s/definitions", "object_name", object_name)
  local body, info = place:call("DELETE", path, given)
  return body, info
end

--- Gives an object of the instance another name. By token only: `session.instance:rename_object`.
---@param place celements.Place
---@param object_name string
---@param new_name string
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function objects.rename_object(place, object_name, new_name, given)
  place:argument("new_name", new_name, "string")
  given = place:options(given, request.options)
  local path = place:below("/objects/%s", "object_name", object_name)
  local body, info = place:call("PATCH", path, given, { objectName = new_name })
  return body, info
end

--- Reads all transformations of the instance.
---@param place celements.Place
---@param given celements.CallOptions?
---@return table? transformations empty when there are none
---@return celements.Info|celements.Error
function objects.transformations(place, given)
  given = place:options(given, request.options)
  local body, info = place:call("GET", place.path .. "/transformations", given)
  return none_is_empty(body, info)
end

--- Reads the transformation of one object.
---@param place celements.Place
---@param object_name string
---@param given celements.CallOptions?
---@return any? transformation
---@return celements.Info|celements.Error
function objects.transformation(place, object_name, given)
  given = place:options(given, request.options)
  local path = place:below("/transformations/%s", "object_name", object_name)
  local body, info = place:call("GET", path, given)
  return body, info
end

--- Makes the transformation of an object.
---@param place celements.Place
---@param object_name string
---@param transformation table
---@param given celements.CallOptions?
---@return any? transformation
---@return celements.Info|celements.Error
function objects.create_transformation(place, object_name, transformation, given)
  place:argument("transformation", transformation, "table")
  given = place:options(given, request.options)
  local path = place:below("/transformations/%s", "object_name", object_name)
  local body, info = place:call("POST", path, given, transformation)
  return body, info
end

--- Writes the transformation of an object anew.
---@param place celements.Place
---@param object_name string
---@param transformation table
---@param given celements.CallOptions?
---@return any? transformation
---@return celements.Info|celements.Error
function objects.replace_transformation(place, object_name, transformation, given)
  place:argument("transformation", transformation, "table")
  given = place:options(given, request.options)
  local path = place:below("/transformations/%s", "object_name", object_name)
  local body, info = place:call("PUT", path, given, transformation)
  return body, info
end

--- Deletes the transformation of an object.
---@param place celements.Place
---@param object_name string
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function objects.delete_transformation(place, object_name, given)
  given = place:options(given, request.options)
  local path = place:below("/transformations/%s", "object_name", object_name)
  local body, info = place:call("DELETE", path, given)
  return body, info
end

return objects
