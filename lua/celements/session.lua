--- Calls with an element token: one customer's instance of one element.

local context = require "celements.context"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"

---@class celements.Session
local Session = { __name = "celements.Session" }
Session.__index = Session

local known_for_each = request.options_with { page_size = "size" }

local function call(self, where, method, path, body, given)
  if body ~= nil then options.argument(where, "body", body, "table|string", 3) end
  local checked = options.check(where, given, request.options, 3)
  local whole = { body = body }
  for name, value in pairs(checked) do whole[name] = value end
  local result, info = request.perform(self._context, where, method, path, whole, 3)
  return result, info
end

--- Calls `GET` on a path such as `/hubs/messaging/messages`. Blocks or yields.
---@param path string
---@param given celements.CallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:get(path, given)
  local body, info = call(self, "session:get", "GET", path, nil, given)
  return body, info
end

--- Calls `POST`. What may have been sent is not sent again.
---@param path string
---@param body table|string|nil a table is sent as JSON, a string as it is
---@param given celements.CallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:post(path, body, given)
  local result, info = call(self, "session:post", "POST", path, body, given)
  return result, info
end

--- Calls `PUT`.
---@param path string
---@param body table|string|nil
---@param given celements.CallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:put(path, body, given)
  local result, info = call(self, "session:put", "PUT", path, body, given)
  return result, info
end

--- Calls `PATCH`. What may have been sent is not sent again.
---@param path string
---@param body table|string|nil
---@param given celements.CallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:patch(path, body, given)
  local result, info = call(self, "session:patch", "PATCH", path, body, given)
  return result, info
end

--- Calls `DELETE`. Where the answer of an attempt was lost and the next one finds nothing, it has succeeded.
---@param path string
---@param given celements.CallOptions?
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
