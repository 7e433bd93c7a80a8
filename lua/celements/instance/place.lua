--- Where an instance is reached: below its id with the application's secrets, or with its own token.

local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"

--- What an operation gets first.
---@class celements.Place
---@field context celements.Context
---@field where string the function, as the user calls it
---@field path string "/instances/{id}", or "/instances" for the one whose token is sent
---@field id integer|string|nil nil when the token is sent
local Place = {}
Place.__index = Place

-- Who misuses an operation stands above its function in this module, the operation, and the function of the class.
local USER = 4

--- Checks an operation's options.
---@param given table?
---@param known table<string, string>
---@return table
function Place:options(given, known)
  local checked = options.check(self.where, given, known, USER)
  return checked
end

--- Checks an operation's argument.
---@param name string
---@param value any
---@param kinds string
---@param following any the argument after it
function Place:argument(name, value, kinds, following)
  options.argument(self.where, name, value, kinds, USER, following)
end

--- A path below the instance, with `%s` for what the argument `name` holds.
---@param format string
---@param name string
---@param value any
---@return string
function Place:below(format, name, value)
  return self.path .. request.path(self.where, format, name, value, USER)
end

--- Raises for what the user asked for.
---@param text string
function Place:misuse(text)
  error(("%s: %s"):format(self.where, text), USER)
end

--- Makes a call.
---@param method string
---@param path string
---@param given celements.CallOptions already checked
---@param body table?
---@return any? body
---@return celements.Info|celements.Error
function Place:call(method, path, given, body)
  local call = body and request.call_options(given, body) or given
  local result, info = request.perform(self.context, self.where, method, path, call, USER)
  return result, info
end

--- Fetches a page of a collection.
---@param path string
---@param call celements.CallOptions
---@return table[]? list
---@return celements.Info|celements.Error
function Place:page(path, call)
  local list, info = pages.get(self.context, self.where, path, call, USER)
  return list, info
end

local place = {}

--- Puts a path of instances below an element, if one is named.
---@param where string
---@param element string|integer|nil a key or an id
---@param path string
---@param level integer
---@return string
function place.below_element(where, element, path, level)
  if element == nil then return path end
  return request.path(where, "/elements/%s", "element", element, level + 1) .. path
end

---@param context celements.Context
---@param where string
---@param path string
---@param id integer|string|nil
---@return celements.Place
function place.new(context, where, path, id)
  return setmetatable({ context = context, where = where, path = path, id = id }, Place)
end

return place
