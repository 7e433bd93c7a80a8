--- An instance's own objects: their definitions and transformations. `instances:…(id, …)` names the instance by its
--- id, `session.instance:…(…)` by its token.

local core = require "celements.core"
local pages = require "celements.pages"
local request = require "celements.request"

local objects = {}

--- What comes beside a result, or in its place.
---@alias celements.Outcome celements.Info|celements.Error

--- `object_name` is what `session:objects` calls the object. Gives what the platform answers, or nil and an error.
---@alias celements.OnObject
---| fun(place: celements.Place, object_name: string, given: celements.CallOptions?): any?, celements.Outcome

--- `object_name` is what `session:objects` calls the object, or will. `body` is what the platform takes for it. Gives
--- what the platform answers, or nil and an error.
---@alias celements.OnObjectWithBody
---|fun(place: celements.Place, object_name: string, body: table, given: celements.CallOptions?): any, celements.Outcome

--- Gives what there is by the names of objects, or nil and an error.
---@alias celements.OnAllObjects
---| fun(place: celements.Place, given: celements.CallOptions?): table?, celements.Outcome

-- Having none at all is answered with 404, as for an empty list.
local function read_all(below)
  return function(place, given)
    given = place:options(given, request.options)
    local begun = core.now()
    local body, info = place:call("GET", place.path .. below, given)
    if body ~= nil or not info.finds_nothing then return body, info end
    return {}, pages.about_nothing(info, begun)
  end
end

local function without_body(method, format)
  return function(place, object_name, given)
    given = place:options(given, request.options)
    local path = place:below(format, "object_name", object_name)
    local body, info = place:call(method, path, given)
    return body, info
  end
end

local function with_body(method, format, argument)
  return function(place, object_name, body, given)
    place:argument(argument, body, "table", given)
    given = place:options(given, request.options)
    local path = place:below(format, "object_name", object_name)
    local result, info = place:call(method, path, given, body)
    return result, info
  end
end

--- Reads the definitions of the instance's objects; an empty table when there are none.
---@type celements.OnAllObjects
objects.definitions = read_all "/objects/definitions"

--- Defines an object of the instance by its name: `{ fields = { { path = …, type = … } } }`. One that is defined
--- already is refused with kind "conflict".
---@type celements.OnObjectWithBody
objects.create_definition = with_body("POST", "/objects/%s/definitions", "definition")

--- Deletes the definition of an object; `true` when the platform answers without a body.
---@type celements.OnObject
objects.delete_definition = without_body("DELETE", "/objects/%s/definitions")

--- Gives an object of the instance another name. By token only: nobody documents a path for it that
--- takes an id.
---@param place celements.Place
---@param object_name string as `session:objects` gives it
---@param new_name string what it is to be called
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

--- Reads all transformations of the instance; an empty table when there are none.
---@type celements.OnAllObjects
objects.transformations = read_all "/transformations"

--- Reads the transformation of one object.
---@type celements.OnObject
objects.transformation = without_body("GET", "/transformations/%s")

--- Makes the transformation of an object.
---@type celements.OnObjectWithBody
objects.create_transformation = with_body("POST", "/transformations/%s", "transformation")

--- Writes the transformation of an object anew.
---@type celements.OnObjectWithBody
objects.replace_transformation = with_body("PUT", "/transformations/%s", "transformation")

--- Deletes the transformation of an object; `true` when the platform answers without a body.
---@type celements.OnObject
objects.delete_transformation = without_body("DELETE", "/transformations/%s")

--- Deletes all transformations of the instance.
---@param place celements.Place
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function objects.delete_transformations(place, given)
  given = place:options(given, request.options)
  local body, info = place:call("DELETE", place.path .. "/transformations", given)
  return body, info
end

return objects
