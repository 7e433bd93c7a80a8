--- One call, from its options to its result or error. Everything that reaches the platform goes through here.

local core = require "celements.core"
local errors = require "celements.errors"
local parameters = require "celements.parameters"
local redact = require "celements.redact"
local runtime = require "celements.runtime"

local request = {}

-- Every call passes here.
local setmetatable = setmetatable

--- Options of every call.
---@class celements.CallOptions
---@field body table|string|nil `client:request` only: a table is sent as JSON, a string as it is
---@field query table<string, string|number|boolean|table>? an array is sent as `name[]=…` for each item
---@field headers table<string, string|number>?
---@field timeout number? seconds for the whole call, DNS included
---@field connect_timeout number? seconds until the connection stands
---@field max_response integer? bytes of a response's body
---@field stream celements.Streamed? `celements.files` only: a body that is not in memory as a whole
request.options = {
  query = "table",
  headers = "table",
  timeout = "seconds",
  connect_timeout = "seconds",
  max_response = "size",
}

--- Known option names: those of every call, and more.
---@param more table<string, string>
---@return table<string, string>
function request.options_with(more)
  local known = {}
  for name, kinds in pairs(request.options) do known[name] = kinds end
  for name, kinds in pairs(more) do known[name] = kinds end
  return known
end

--- The options of a call, out of those of a method.
---@param given table already checked
---@param body table|string|nil
---@return celements.CallOptions
function request.call_options(given, body)
  local call = { body = body }
  for name in pairs(request.options) do call[name] = given[name] end
  return call
end

--- What a successful call returns as its second value.
---@class celements.Info
---@field status integer
---@field headers table<string, string> names in lower case
---@field request_id string?
---@field next_page string? the cursor of the next page of a collection
---@field page integer? the number of the page, where pages are counted
---@field total integer? items in the whole collection, where the platform says so
---@field returned integer? items in this page, where the platform says so
---@field advice string? what the platform remarks on a success, such as that it capped the page size
---@field attempts integer
---@field duration number seconds
---@field verified boolean? of a creation with `verify`: whether the provider answered
local Info = { __name = "celements.Info" }

local TEXTS = {
  request_id = "elements-request-id", next_page = "elements-next-page-token", advice = "elements-error",
}
local COUNTS = { total = "elements-total-count", returned = "elements-returned-count" }

-- The header block is parsed when somebody asks: most callers never do.
function Info:__index(name)
  if name == "headers" then
    local headers = core.headers(rawget(self, "_block"))
    rawset(self, "headers", headers)
    return headers
  elseif TEXTS[name] then
    return core.header(rawget(self, "_block"), TEXTS[name])
  elseif COUNTS[name] then
    local text = core.header(rawget(self, "_block"), COUNTS[name])
    return text and text:find("^%d+$") and tonumber(text) or nil
  end
end

local function short(path)
  path = path:gsub("^%.", "")
  return #path > 100 and path:sub(1, 100) .. "…" or path
end

local function encode_fault(where, reason, method, path)
  return errors.new {
    kind = "configuration",
    message = ("the request's %s %s"):format(where == "" and "body" or short(where), reason),
    method = method,
    path = path,
  }
end

-- A redirect is judged before its body is read: what stands there is not the platform's.
local function describe(status, texts)
  if status >= 300 and status < 400 then
    return ("the server redirects (status %d), which is not followed"):format(status)
  end
  local detail = texts.detail
  if detail and status < 400 then return detail end
  if texts.message then return texts.message end
  return ("the platform answered with status %d"):format(status), detail and detail .. "; check base_url"
end

local function text_field(body, name)
  local value = type(body) == "table" and body[name]
  return type(value) == "string" and value ~= "" and value or nil
end

local function failure(context, method, path, given, taken)
  local body, status = taken.value, taken.status
  local texts = {
    detail = taken.detail,
    message = text_field(body, "message"),
    provider_message = text_field(body, "providerMessage"),
    request_id = core.header(taken.block, "elements-request-id") or text_field(body, "requestId"),
  }
  if not context.public then redact.texts(context.target, path, given, texts) end
  local message, hint = describe(status, texts)
  return errors.new {
    kind = taken.kind,
    message = message,
    hint = hint,
    status = status ~= 0 and status or nil,
    provider_message = texts.provider_message,
    request_id = texts.request_id,
    method = method,
    path = context.target and context.target:redact(path) or path,
    attempts = 1,
    retryable = taken.retryable or false,
    maybe_sent = taken.maybe_sent or nil,
  }
end

local function closed(context, method, path)
  local message = ("the %s is closed"):format(context.name)
  return errors.new { kind = "closed", message = message, method = method, path = path }
end

local function cannot_call(message, kind, method, path)
  local is_short = message:find("operating system", 1, true) or message:find("too many open files", 1, true)
  local hint = is_short and "check the limit of open files, ulimit -n" or nil
  return errors.new { kind = kind or "unavailable", message = message, hint = hint, method = method, path = path }
end

-- The call may be on its way.
local function unanswered(message, method, path)
  local err = cannot_call(message, nil, method, path)
  err.maybe_sent = method ~= "GET" or nil
  return err
end

--- Makes one call and waits for it. Raises for misuse, blaming the caller at `level`.
---@param context celements.Context
---@param where string the function, as the user calls it
---@param method string checked here, as is the path
---@param path string
---@param given celements.CallOptions already checked
---@param level integer
---@return any body nil when it failed, true when the answer was empty
---@return celements.Info|celements.Error
function request.perform(context, where, method, path, given, level)
  local target = context.target
  if not target then return nil, closed(context, method, path) end
  local reactor, await, waiter = runtime.of(context)
  if not reactor then return nil, cannot_call(await, waiter, method, path) end
  context.reactor = reactor
  local call, what, why, at = reactor.engine:submit(target, method, path,
    given.query and parameters.query(where, given.query, level + 1),
    given.headers and parameters.headers(where, given.headers, level + 1),
    given.body, given.timeout or context.timeout, given.connect_timeout or context.connect_timeout,
    given.max_response or context.max_response, waiter, given.stream and given.stream.core)
  if not call then
    if what == "body" then return nil, encode_fault(at, why, method, path) end
    if what == "engine" then return nil, cannot_call(why, nil, method, path) end
    error(("%s: %s %s"):format(where, what, why), level + 1)
  end
  local reason
  if given.stream then
    reason = given.stream:carry(reactor, await, call, waiter)
  else
    reason = await(reactor, call, waiter)
  end
  if reason then return nil, unanswered(reason, method, path) end
  local value, detail, kind, status, block, duration, maybe_sent, retryable = call:take()
  if kind then
    return nil, failure(context, method, path, given, {
      kind = kind, value = value, status = status, block = block, detail = detail,
      maybe_sent = maybe_sent, retryable = retryable,
    })
  end
  if value == nil then value = true end
  return value, setmetatable({ status = status, duration = duration, attempts = 1, _block = block }, Info)
end

--- An error of kind "response" for an answer that is JSON, but not what it has to be.
---@param message string
---@param method string
---@param path string
---@return celements.Error
function request.fault(message, method, path)
  return errors.new { kind = "response", message = message, method = method, path = path, attempts = 1 }
end

--- Takes only an object for an instance, or for what is named. Anything else is an error of kind "response".
---@param value any what a call returned
---@param info celements.Info|celements.Error
---@param method string
---@param path string
---@param noun string?
---@return table? object
---@return celements.Info|celements.Error
function request.object(value, info, method, path, noun)
  if value == nil or type(value) == "table" and getmetatable(value) ~= core.array_mt then return value, info end
  local err = request.fault("the answer holds no " .. (noun or "instance"), method, path)
  err.status, err.request_id = info.status, info.request_id
  err.maybe_sent = method ~= "GET" or nil
  return nil, err
end

--- The second value of a successful call that has no response of its own.
---@param fields table
---@return celements.Info
function request.info(fields)
  fields._block = fields._block or ""
  return setmetatable(fields, Info)
end

-- Where integers are a type of their own, they are exact beyond 2^53, too.
local function is_integer(number)
  return math.type ~= nil and math.type(number) == "integer"
end

--- A path with `%s` for each id, which is checked and encoded. Raises at `level` for what cannot be an id: an empty one
--- would name another thing than it was meant to.
---@param where string
---@param format string
---@param name string what the id is called
---@param id any
---@param level integer
---@return string
function request.path(where, format, name, id, level)
  local kind = type(id)
  if kind == "number" and id % 1 == 0 and id >= 0 and (id < 2 ^ 53 or is_integer(id)) then
    id = ("%d"):format(id)
  elseif kind ~= "string" or id == "" then
    error(("%s: %s must be a whole number or a non-empty string, not %s"):format(where, name,
      kind == "string" and "an empty one" or kind == "number" and tostring(id) or "a " .. kind), level + 1)
  end
  return (format:format((core.escape(id))))
end

return request
