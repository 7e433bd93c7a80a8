--- Calls with an element token: one customer's instance of one element.

local async = require "celements.async"
local context = require "celements.context"
local copy = require "celements.copy"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"
local selection = require "celements.selection"

--- What is done with the element token of one instance. Made by `client:with_token`.
---@class celements.Session
---@field instance celements.SessionInstance the instance itself
local Session = { __name = "celements.Session" }
Session.__index = Session

local known = request.options_with { async = "boolean|table" }
local known_for_get = copy(selection.options, { async = "boolean|table" })

--- Options of a call to an instance's provider.
---@class celements.SessionCallOptions: celements.CallOptions
---@field async boolean|{ callback_url: string? }|nil whether the platform is to answer with a `celements.Receipt` at
--- once and to post the result later: to this URL, or to the instance's `event.notification.callback.url`

--- Options of `session:get`.
---@class celements.GetOptions: celements.SelectOptions, celements.SessionCallOptions

-- Calls whose result is posted later have a table of their own, because it gets more headers.
local function deferred(self, where, method, path, whole, kind, level)
  local own = request.call_options(whole, whole.body)
  own.headers = async.headers(where, kind, whole.headers, level + 1)
  local result, info = request.perform(self._context, where, method, path, own, level + 1)
  return async.receipt(result), info
end

local function call(self, where, method, path, body, given)
  if body ~= nil then options.argument(where, "body", body, "table|string", 3) end
  local checked = options.check(where, given, known, 3)
  local whole = { body = body }
  for name, value in pairs(checked) do whole[name] = value end
  if whole.async then
    local receipt, about = deferred(self, where, method, path, whole, whole.async, 3)
    return receipt, about
  end
  local result, info = request.perform(self._context, where, method, path, whole, 3)
  return result, info
end

--- Calls `GET` on a path such as `/hubs/messaging/messages`. Blocks or yields.
---@param path string below the base URL
---@param given celements.GetOptions?
---@return any? body the decoded body, true when the answer is empty; a `celements.Receipt` with `async`
---@return celements.Info|celements.Error
function Session:get(path, given)
  local where = "session:get"
  local checked = options.check(where, given, known_for_get, 2)
  local whole = selection.call(where, checked, 2)
  if checked.async then
    local receipt, about = deferred(self, where, "GET", path, whole, checked.async, 2)
    return receipt, about
  end
  local body, info = request.perform(self._context, where, "GET", path, whole, 2)
  return body, info
end

--- Calls `POST`. What may have been sent is not sent again. Blocks or yields.
---@param path string below the base URL
---@param body table|string|nil a table is sent as JSON, a string as it is
---@param given celements.SessionCallOptions?
---@return any? body as for `session:get`
---@return celements.Info|celements.Error
function Session:post(path, body, given)
  local result, info = call(self, "session:post", "POST", path, body, given)
  return result, info
end

--- Calls `PUT`. Blocks or yields.
---@param path string below the base URL
---@param body table|string|nil as for `session:post`
---@param given celements.SessionCallOptions?
---@return any? body as for `session:get`
---@return celements.Info|celements.Error
function Session:put(path, body, given)
  local result, info = call(self, "session:put", "PUT", path, body, given)
  return result, info
end

--- Calls `PATCH`. What may have been sent is not sent again. Blocks or yields.
---@param path string below the base URL
---@param body table|string|nil as for `session:post`
---@param given celements.SessionCallOptions?
---@return any? body as for `session:get`
---@return celements.Info|celements.Error
function Session:patch(path, body, given)
  local result, info = call(self, "session:patch", "PATCH", path, body, given)
  return result, info
end

--- Calls `DELETE`. Where the answer of an attempt was lost and the next one finds nothing, it has succeeded.
--- Blocks or yields.
---@param path string below the base URL
---@param given celements.SessionCallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function Session:delete(path, given)
  local body, info = call(self, "session:delete", "DELETE", path, nil, given)
  return body, info
end

--- Calls any method, such as `HEAD`, `OPTIONS`, or `DELETE` with a body. Blocks or yields.
---@param method string such as "HEAD"
---@param path string below the base URL
---@param given celements.RequestOptions?
---@return any? body true when the answer has none
---@return celements.Info|celements.Error
function Session:request(method, path, given)
  local body, info = request.perform_unchecked(self._context, "session:request", method, path, given)
  return body, info
end

--- Goes through the items of a collection: `for item, info in session:each(path) do`. Raises the error's table when a
--- page does not come; calling on asks for that page again.
---@param path string below the base URL
---@param given celements.WalkOptions?
---@return celements.Items
function Session:each(path, given)
  local items = selection.walk(self._context, pages.each, "session:each", path, given, "any")
  return items
end

--- Goes through a collection page by page, without raising: `local page, info = session:pages(path):next()` gives a
--- page, or nil and why it did not come, or nil alone at the end.
---@param path string below the base URL
---@param given celements.WalkOptions?
---@return celements.Pages
function Session:pages(path, given)
  local list = selection.walk(self._context, pages.walk, "session:pages", path, given, "any")
  return list
end

-- Most programs have no files, and know their objects.
local function files() return require "celements.files" end
local function objects() return require "celements.session.objects" end

--- Uploads a file as a multipart form, streamed: its size does not matter to memory. Blocks or yields. It is never sent
--- twice.
---@param path string below the base URL, such as `/hubs/documents/files`
---@param file string|celements.Upload the path of a file, or more about it
---@param given celements.UploadOptions?
---@return any? body as for `session:get`
---@return celements.Info|celements.Error
function Session:upload(path, file, given)
  local body, info = files().upload(self._context, "session:upload", path, file, given, 2)
  return body, info
end

--- Downloads a file to a path, where it appears when it is complete, or to a function, piece by piece. Blocks or
--- yields.
---@param path string below the base URL, such as `/hubs/documents/files/1234`
---@param target string|fun(piece: string): any, any a path, which is replaced, or a function: it ends the download by
--- returning false, or nil and a reason
---@param given celements.DownloadOptions?
---@return celements.Download? file
---@return celements.Info|celements.Error
function Session:download(path, target, given)
  local file, info = files().download(self._context, "session:download", path, target, given, 2)
  return file, info
end

--- Asks the provider, through the platform, whether the instance works: a creation that succeeded does not prove it
--- (observed). `GET /ping`. Blocks or yields.
---@param given celements.SessionCallOptions?
---@return any? body what the platform answers; nil when the instance does not work, or the element cannot be pinged:
--- the error then has status 404 or 405
---@return celements.Info|celements.Error
function Session:ping(given)
  local body, info = call(self, "session:ping", "GET", "/ping", nil, given)
  return body, info
end

--- Names the objects that the instance has: `GET /objects`. Blocks or yields.
---@param given celements.ObjectsOptions?
---@return string[]|table[]|nil objects
---@return celements.Info|celements.Error
function Session:objects(given)
  local list, info = objects().list(self._context, "session:objects", given, 2)
  return list, info
end

--- Describes the fields of an object, `GET /objects/{name}/metadata`:
--- `{ fields = { { vendorPath = …, type = … }, … } }`.
---@param name string as `session:objects` gives it
---@param given celements.CallOptions?
---@return table? metadata
---@return celements.Info|celements.Error
function Session:metadata(name, given)
  local metadata, info = objects().describe(self._context, "session:metadata", "/objects/%s/metadata", name, given, 2)
  return metadata, info
end

--- Describes the calls that an object has, `GET /objects/{name}/docs`, in Swagger 2.0.
---@param name string as `session:objects` gives it
---@param given celements.CallOptions?
---@return table? docs
---@return celements.Info|celements.Error
function Session:docs(name, given)
  local docs, info = objects().describe(self._context, "session:docs", "/objects/%s/docs", name, given, 2)
  return docs, info
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
