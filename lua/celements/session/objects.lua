--- The objects that an instance has: their names, and what describes each.

local copy = require "celements.copy"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"

local objects = {}

--- Options of `session:objects`.
---@class celements.ObjectsOptions: celements.CallOptions
---@field detailed boolean? true for `{ name, vendorName, type }` of each object instead of its name
local known_for_list = request.options_with { detailed = "boolean" }

--- Names the objects.
---@param context celements.Context a session's
---@param where string
---@param given celements.ObjectsOptions?
---@param level integer of the caller to blame, counted from the function that calls this one
---@return string[]|table[]|nil list
---@return celements.Info|celements.Error
function objects.list(context, where, given, level)
  given = options.check(where, given, known_for_list, level + 1)
  local whole = request.call_options(given)
  if given.detailed then
    whole.headers = copy({ ["Elements-Version"] = "Helium" }, given.headers)
  end
  local list, info = pages.get(context, where, "/objects", whole, level + 1)
  return list, info
end

--- Reads what describes an object.
---@param context celements.Context a session's
---@param where string
---@param format string the path, with `%s` for the name
---@param name string
---@param given celements.CallOptions?
---@param level integer as for `objects.list`
---@return table? description
---@return celements.Info|celements.Error
function objects.describe(context, where, format, name, given, level)
  options.argument(where, "name", name, "string", level + 1)
  given = options.check(where, given, request.options, level + 1)
  local path = request.path(where, format, "name", name, level + 1)
  local description, info = request.perform(context, where, "GET", path, given, level + 1)
  return request.object(description, info, "GET", path, "description")
end

return objects
