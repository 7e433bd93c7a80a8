--- Calls with an element token: one customer's instance of one element.

local context = require "celements.context"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"
local selection = require "celements.selection"

---@class celements.Session
---@field instance celements.SessionInstance
local Session = { __name = "celements.Session" }
Session.__index = Session

local known_for_request = request.options_with { body = "table|string" }

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
---@param given celements.SelectOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:get(path, given)
  local where = "session:get"
  local checked = selection.call(where, options.check(where, given, selection.options, 2), 2)
  local body, info = request.perform(self._context, where, "GET", path, checked, 2)
  return body, info
end

--- Calls `POST`. It is never sent twice.
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

--- Calls `PATCH`. It is never sent twice.
---@param path string
---@param body table|string|nil
---@param given celements.CallOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:patch(path, body, given)
  local result, info = call(self, "session:patch", "PATCH", path, body, given)
  return result, info
end

--- Calls `DELETE`.
---@param path string
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function Session:delete(path, given)
  local body, info = call(self, "session:delete", "DELETE", path, nil, given)
  return body, info
end

--- Calls any method, such as `HEAD`, `OPTIONS`, or `DELETE` with a body.
---@param method string
---@param path string
---@param given celements.CallOptions?
---@return any? body true when the answer has none
---@return celements.Info|celements.Error
function Session:request(method, path, given)
  local where = "session:request"
  given = options.check(where, given, known_for_request, 2)
  local body, info = request.perform(self._context, where, method, path, given, 2)
  return body, info
end

--- Goes through the items of a collection: `for item, info in session:each(path) do`. Raises the error's table when a
--- page does not come; calling on asks for that page again.
---@param path string
---@param given celements.WalkOptions?
---@return celements.Items
function Session:each(path, given)
  local items = selection.walk(self._context, pages.each, "session:each", path, given, "any")
  return items
end

--- Goes through a collection page by page, without raising: `local page, info = session:pages(path):next()` gives a
--- page, or nil and why it did not come, or nil alone at the end.
---@param path string
---@param given celements.WalkOptions?
---@return celements.Pages
function Session:pages(path, given)
  local list = selection.walk(self._context, pages.walk, "session:pages", path, given, "any")
  return list
end

-- Most programs have no files.
local function files()
  return require "celements.files"
end

--- Uploads a file as a multipart form, streamed: its size does not matter to memory. Blocks or yields. It is never sent
--- twice.
---@param path string such as `/hubs/documents/files`
---@param file string|celements.Upload the path of a file, or more about it
---@param given celements.UploadOptions?
---@return any? body
---@return celements.Info|celements.Error
function Session:upload(path, file, given)
  local body, info = files().upload(self._context, "session:upload", path, file, given, 2)
  return body, info
end

--- Downloads a file to a path, where it appears when it is complete, or to a function, piece by piece. Blocks or
--- yields.
---@param path string such as `/hubs/documents/files/1234`
---@param target string|fun(piece: string): any, any
---@param given celements.DownloadOptions?
---@return celements.Download? file
---@return celements.Info|celements.Error
function Session:download(path, target, given)
  local file, info = files().download(self._context, "session:download", path, target, given, 2)
  return file, info
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

--- The instance whose token the session has: `replace`, `update`, `delete`, `enable`, `disable`, `configuration` and
--- the rest of what `client.instances` does to one, without its id.
---@class celements.SessionInstance
local SessionInstance = { __name = "celements.SessionInstance" }
SessionInstance.__index = SessionInstance

-- Most programs never ask for these: they are read when one first does.
setmetatable(SessionInstance, {
  __index = function(class, name)
    require("celements.instance").add_by_token(class)
    setmetatable(class, nil)
    return class[name]
  end,
})

local session = {}

---@param own celements.Context
---@return celements.Session
function session.new(own)
  return setmetatable({ _context = own, instance = setmetatable({ _context = own }, SessionInstance) }, Session)
end

return session
