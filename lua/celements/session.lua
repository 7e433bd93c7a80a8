--- Calls with an element token: one customer's instance of one element.

local async = require "celements.async"
local context = require "celements.context"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"

---@class celements.Session
local Session = { __name = "celements.Session" }
Session.__index = Session

local known = request.options_with { async = "boolean|table" }
local known_for_each = request.options_with { page_size = "size" }
local known_for_objects = request.options_with { detailed = "boolean" }

---@class celements.SessionCallOptions: celements.CallOptions
---@field async boolean|{ callback_url: string? }|nil whether the platform is to answer with a `celements.Receipt` at
--- once and to post the result later: to this URL, or to the instance's `event.notification.callback.url`

local function call(self, where, method, path, body, given)
  if body ~= nil then options.argument(where, "body", body, "table|string", 3) end
  local checked = options.check(where, given, known, 3)
  local whole = { body = body }
  for name, value in pairs(checked) do whole[name] = value end
  if whole.async then whole.headers = async.headers(where, whole.async, whole.headers, 3) end
  local result, info = request.perform(self._context, where, method, path, whole, 3)
  if whole.async then result = async.receipt(result) end
  return result, info
end

--- Calls `GET` on a path such as `/hubs/messaging/messages`. Blocks or yields.
---@param path string
---@param given celements.SessionCallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:get(path, given)
  local body, info = call(self, "session:get", "GET", path, nil, given)
  return body, info
end

--- Calls `POST`. It is never sent twice.
---@param path string
---@param body table|string|nil a table is sent as JSON, a string as it is
---@param given celements.SessionCallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:post(path, body, given)
  local result, info = call(self, "session:post", "POST", path, body, given)
  return result, info
end

--- Calls `PUT`.
---@param path string
---@param body table|string|nil
---@param given celements.SessionCallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:put(path, body, given)
  local result, info = call(self, "session:put", "PUT", path, body, given)
  return result, info
end

--- Calls `PATCH`. It is never sent twice.
---@param path string
---@param body table|string|nil
---@param given celements.SessionCallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:patch(path, body, given)
  local result, info = call(self, "session:patch", "PATCH", path, body, given)
  return result, info
end

--- Calls `DELETE`.
---@param path string
---@param given celements.SessionCallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function Session:delete(path, given)
  local body, info = call(self, "session:delete", "DELETE", path, nil, given)
  return body, info
end

--- Iterates over the items of a collection, page by page. Raises the error's table when a page fails.
---@param path string
---@param given (celements.CallOptions|{ page_size: integer? })?
---@return fun(): any, celements.Info
function Session:each(path, given)
  options.argument("session:each", "path", path, "string")
  given = options.check("session:each", given, known_for_each, 2)
  local whole, query = {}, {}
  for name, value in pairs(given) do whole[name] = value end
  for name, value in pairs(given.query or {}) do query[name] = value end
  query.pageSize = given.page_size or query.pageSize
  whole.query, whole.page_size = query, nil
  return pages.each(self._context, "session:each", path, whole, "any")
end

--- Asks the provider, through the platform, whether the instance works: a creation that succeeded does not prove it.
---@param given celements.CallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:ping(given)
  local body, info = call(self, "session:ping", "GET", "/ping", nil, given)
  return body, info
end

--- Names the objects that the instance has.
---@param given (celements.CallOptions|{ detailed: boolean? })? `detailed = true` for `{ name, vendorName, type }` of
--- each instead of its name
---@return string[]|table[]|nil objects
---@return celements.Info|celements.Error
function Session:objects(given)
  local where = "session:objects"
  given = options.check(where, given, known_for_objects, 2)
  local whole = request.call_options(given)
  if given.detailed then
    whole.headers = { ["Elements-Version"] = "Helium" }
    for name, value in pairs(given.headers or {}) do whole.headers[name] = value end
  end
  local objects, info = request.perform(self._context, where, "GET", "/objects", whole, 2)
  return objects, info
end

--- Describes the fields of an object: `{ fields = { { vendorPath = …, type = … }, … } }`.
---@param name string as `session:objects` gives it
---@param given celements.CallOptions?
---@return table? metadata
---@return celements.Info|celements.Error
function Session:metadata(name, given)
  local where = "session:metadata"
  options.argument(where, "name", name, "string")
  given = options.check(where, given, request.options, 2)
  local path = request.path(where, "/objects/%s/metadata", "name", name, 2)
  local metadata, info = request.perform(self._context, where, "GET", path, given, 2)
  return metadata, info
end

--- Forgets the token. Calls in flight end with kind "closed". May be called again.
function Session:close()
  context.close(self._context)
end
Session.__close = Session.close

function Session:__tostring()
  return context.describe(self._context, Session.__name)
end

local session = {}

---@param own celements.Context
---@return celements.Session
function session.new(own)
  return setmetatable({ _context = own }, Session)
end

return session
