--- One call, from its options to its result or error. Everything that reaches the platform goes through here.

local copy = require "celements.copy"
local core = require "celements.core"
local errors = require "celements.errors"
local failure = require "celements.failure"
local hooks = require "celements.hooks"
local options = require "celements.options"
local parameters = require "celements.parameters"
local retry = require "celements.retry"
local runtime = require "celements.runtime"

local request = {}

-- Every call passes here: a local is found faster.
local setmetatable = setmetatable

--- Options of every call.
---@class celements.CallOptions
---@field query table<string, string|number|boolean|table>? parameters of the query, escaped when they are sent; an
--- array is sent as `name[]=…` for each item (API documentation)
---@field headers table<string, string|number|boolean>? more headers; one that celements sends itself raises
---@field timeout number? seconds for the whole call: DNS, every attempt, and the waits between them
---@field connect_timeout number? seconds until the connection stands; default the client's, as for the other limits
---@field low_speed_limit integer? bytes a second, with `low_speed_time`; default 1
---@field low_speed_time integer? seconds; default 30 with `low_speed_limit`, otherwise none
---@field max_response integer? bytes of a response's body
---@field retries integer? how often the call may be tried again; 0 for never
---@field private stream celements.Streamed? `celements.files` only: a body that is not in memory as a whole
request.options = {
  query = "table",
  headers = "table",
  timeout = "seconds",
  connect_timeout = "seconds",
  low_speed_limit = "size",
  low_speed_time = "size",
  max_response = "size",
  retries = "count",
}

--- Options of `client:request` and `session:request`.
---@class celements.RequestOptions: celements.CallOptions
---@field body table|string|nil a table is sent as JSON, a string as it is

--- Known option names: those of every call, and more.
---@param more table<string, string>
---@return table<string, string>
function request.options_with(more)
  return copy(request.options, more)
end

--- The options of a call, out of those of a method.
---@param given table already checked
---@param body table|string|nil
---@return celements.RequestOptions
function request.call_options(given, body)
  local call = { body = body }
  for name in pairs(request.options) do call[name] = given[name] end
  return call
end

--- What limits a call, for another one that it needs.
---@param given table already checked
---@return celements.CallOptions
function request.limits(given)
  local call = request.call_options(given)
  call.query, call.headers = nil, nil
  return call
end

--- What a successful call returns as its second value.
---@class celements.Info
---@field status integer? HTTP status; nil where no call of its own was made
---@field headers table<string, string> names in lower case
---@field request_id string? to quote to the platform's support
---@field next_page string? the cursor of the next page of a collection
---@field page integer? the number of the page, where pages are counted
---@field total integer? items in the whole collection, where the platform says so
---@field returned integer? items in this page, where the platform says so
---@field advice string? what the platform remarks on a success, such as that it capped the page size
---@field attempts integer? how often the call was tried
---@field duration number? seconds, of all attempts and the waits between them
---@field tries celements.Try[]? those that failed before
---@field hook_error string? what a hook raised
---@field verified boolean? of a creation with `verify`: whether the provider answered
---@field outcome "created"|"adopted"|"unchanged"|"updated"|nil of `instances:ensure`
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
    local text = core.header(rawget(self, "_block"), TEXTS[name])
    return text ~= "" and text or nil
  elseif COUNTS[name] then
    local text = core.header(rawget(self, "_block"), COUNTS[name])
    return text and text:find("^%d+$") and tonumber(text) or nil
  end
end

-- An attempt failed. What is to come of the call is decided where it was begun.
local function fail(context, where, method, path, given, attempt, hook_error, err, taken)
  err.hook_error = hook_error or nil
  if attempt then return nil, err, taken end
  return retry.run(request, context, where, method, path, given, err, taken)
end

-- The same, after an answer or none.
local function fail_with(context, where, method, path, given, attempt, hook_error, taken, body)
  taken.body = body
  local err = failure.of_attempt(context, method, path, given, taken)
  return fail(context, where, method, path, given, attempt, hook_error, err, taken)
end

-- Makes a call if it is as most are: without a query, headers or hooks, in a task or where its thread has nothing else
-- to do. For any other, and for what must be refused, there is no result and nothing was done: the options may be
-- checked after.
local function perform_directly(context, where, method, path, given)
  if context.hooks then return nil end
  local reactor, await, waiter = runtime.direct(context)
  local target = context.target -- looked at last: whatever runs in between may close the client
  if not (reactor and target) then return nil end
  local value, status, block, duration = reactor.engine:perform(target, method, path, given, waiter)
  local body = block -- as it was sent, unless the call has succeeded
  if value == nil and duration then
    local call = duration -- which goes on
    await(reactor, call, waiter)
    value, status, block, duration = call:take()
  end
  if value ~= nil then
    if context.budget.spent > 0 then retry.repay(context.budget) end
    return value, setmetatable({ status = status, duration = duration, attempts = 1, _block = block }, Info)
  end
  local taken = status
  if taken then return fail_with(context, where, method, path, given or {}, nil, nil, taken, body) end
end

-- Makes any call, or a further attempt of one.
local function perform_any(context, where, method, path, given, level, attempt)
  local hooked = context.hooks
  local hook_error = hooked and hooks.request(context, method, path, attempt or 1)
  local target = context.target
  if not target then
    return fail(context, where, method, path, given, attempt, hook_error, failure.closed(context, method, path))
  end
  local reactor, await, waiter = runtime.of(context)
  if not reactor then
    local err = failure.unavailable(await, waiter, method, path)
    return fail(context, where, method, path, given, attempt, hook_error, err)
  end
  context.reactor = reactor
  local call, what, why, at = reactor.engine:submit(target, method, path, given, waiter,
    given.query and parameters.query(where, given.query, level + 1),
    given.headers and parameters.headers(where, given.headers, level + 1), given.stream and given.stream.core)
  if not call then
    if what ~= "body" and what ~= "engine" then error(("%s: %s %s"):format(where, what, why), level + 1) end
    local err = what == "body" and failure.of_body(at, why, method, path)
      or not context.target and failure.closed(context, method, path) or failure.unavailable(why, nil, method, path)
    return fail(context, where, method, path, given, attempt, hook_error, err)
  end
  local reason
  if given.stream then
    reason = given.stream:carry(reactor, await, call, waiter)
  else
    reason = await(reactor, call, waiter)
  end
  if reason then
    return fail(context, where, method, path, given, attempt, hook_error, failure.unanswered(reason, method, path))
  end
  local value, status, block, duration, times = call:take(attempt)
  if value == nil then return fail_with(context, where, method, path, given, attempt, hook_error, status, what) end
  if context.budget.spent > 0 then retry.repay(context.budget, attempt) end
  local info = setmetatable({ status = status, duration = duration, attempts = attempt or 1, _block = block }, Info)
  if hooked then hooks.response(context, method, path, attempt or 1, info, times, hook_error) end
  return value, info
end

--- Makes one call and waits for it, and tries it again where that can help and cannot do its work twice. Raises for
--- misuse, blaming the caller at `level`.
---@param context celements.Context
---@param where string the function, as the user calls it
---@param method string checked here, as is the path
---@param path string
---@param given celements.RequestOptions already checked
---@param level integer
---@param attempt integer? only this attempt of a call that was tried before
---@return any body nil when it failed, true when the answer was empty
---@return celements.Info|celements.Error
---@return celements.Taken? taken what an `attempt` that failed is judged by
function request.perform(context, where, method, path, given, level, attempt)
  if not attempt then
    local value, info = perform_directly(context, where, method, path, given)
    if info then return value, info end
  end
  local value, info, taken = perform_any(context, where, method, path, given, level + 1, attempt)
  return value, info, taken
end

local known = request.options_with { body = "table|string" }

--- The same, with options that are not checked yet, for a method that does nothing else: its caller is blamed.
---@param context celements.Context
---@param where string
---@param method string
---@param path string
---@param given celements.RequestOptions?
---@return any body
---@return celements.Info|celements.Error
function request.perform_unchecked(context, where, method, path, given)
  local value, info = perform_directly(context, where, method, path, given)
  if not info then
    given = options.check(where, given, known, 3)
    value, info = perform_any(context, where, method, path, given, 3)
  end
  return value, info
end

--- An error of kind "response" for an answer that is JSON, but not what it has to be.
---@param message string
---@param method string
---@param path string
---@param info celements.Info? of the answer
---@return celements.Error
function request.fault(message, method, path, info)
  info = info or { attempts = 1 }
  return errors.new {
    kind = "response", message = message, method = method, path = path, status = info.status, attempts = info.attempts,
    tries = info.tries, request_id = info.request_id, hook_error = info.hook_error,
  }
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
  local err = request.fault("the answer holds no " .. (noun or "instance"), method, path, info)
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

--- Whether a value can be an id: an empty text would name another thing than it was meant to.
---@param id any
---@return boolean
function request.is_id(id)
  if type(id) == "number" then return id % 1 == 0 and id >= 0 and (id < 2 ^ 53 or is_integer(id)) end
  return type(id) == "string" and id ~= ""
end

--- A path with `%s` for each id, which is checked and encoded. Raises at `level` for what cannot be an id.
---@param where string
---@param format string
---@param name string what the id is called
---@param id any
---@param level integer
---@return string
function request.path(where, format, name, id, level)
  local kind = type(id)
  if not request.is_id(id) then
    error(("%s: %s must be a whole number or a non-empty string, not %s"):format(where, name,
      kind == "string" and "an empty one" or kind == "number" and tostring(id) or options.kind(id)), level + 1)
  end
  return (format:format((core.escape(kind == "number" and ("%d"):format(id) or id))))
end

return request
