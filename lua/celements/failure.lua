--- The errors of calls that failed, made of what is known of them.

local core = require "celements.core"
local errors = require "celements.errors"
local redact = require "celements.redact"

local failure = {}

local function short(path)
  path = path:gsub("^%.", "")
  return #path > 100 and path:sub(1, 100) .. "…" or path
end

--- The body cannot be sent.
---@param where string the path to what is at fault in it
---@param reason string
---@param method string
---@param path string
---@return celements.Error
function failure.of_body(where, reason, method, path)
  return errors.new {
    kind = "configuration",
    message = ("the request's %s %s"):format(where == "" and "body" or short(where), reason),
    method = method,
    path = path,
  }
end

-- By libcurl's words, where low_speed_time ended the call, and the core's.
local function hint_for(taken, given)
  if taken.kind == "timeout" and taken.detail:find("^Operation too slow") then
    return "the connection is slow or stands still: see low_speed_limit and low_speed_time"
  elseif taken.kind == "response" and taken.detail and taken.detail:find("^the answer is over the limit") then
    return ("allow more with %s"):format(given.stream and "max_bytes" or "max_response")
  elseif taken.kind == "response" and taken.cut then
    return "check the network, and what stands before the platform"
  end
end

-- What a proxy before the platform says in HTML, without being the wrong server.
local FROM_PROXIES = { rate_limited = true, server = true, too_large = true }

-- A redirect is judged before its body is read: what stands there is not the platform's.
local function describe(status, texts, kind)
  if status >= 300 and status < 400 then
    return ("the server redirects (status %d), which is not followed"):format(status)
  end
  local detail = texts.detail
  if detail and (status < 400 or kind == "response") then return detail end
  if texts.message then return texts.message end
  local hint = detail and not FROM_PROXIES[kind] and detail .. "; check base_url" or nil
  return ("the platform answered with status %d"):format(status), hint
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function text_field(body, name)
  return text_or_nil(type(body) == "table" and body[name])
end

-- An empty collection is often answered with 404 (API documentation: "No users found"; observed). The text of a
-- missing object goes on ("No account found with ID 123").
local function finds_nothing(status, message)
  return status == 404 and message ~= nil and message:find("^No .+ found%.?$") ~= nil
end

--- An attempt failed.
---@param context celements.Context
---@param method string
---@param path string
---@param given celements.CallOptions
---@param taken celements.Taken
---@return celements.Error
function failure.of_attempt(context, method, path, given, taken)
  local body, status = taken.value, taken.status
  local texts = {
    message = text_field(body, "message"),
    provider_message = text_field(body, "providerMessage"),
    request_id = text_or_nil(core.header(taken.block, "elements-request-id")) or text_field(body, "requestId"),
  }
  local is_nothing = finds_nothing(status, texts.message) -- before a word of it may be masked
  if not context.public then redact.texts(context.target, path, given, texts) end
  -- The words of libcurl and of the JSON decoder, which may be those of a request: only secrets are looked for.
  texts.detail = taken.detail and context.target and context.target:redact(taken.detail) or taken.detail
  local message, hint = describe(status, texts, taken.kind)
  return errors.new {
    kind = taken.kind,
    message = message,
    hint = hint or hint_for(taken, given),
    status = status ~= 0 and status or nil,
    provider_message = texts.provider_message,
    request_id = texts.request_id,
    method = method,
    path = context.target and context.target:redact(path) or path,
    attempts = 1,
    retryable = taken.delay ~= nil,
    retry_after = taken.retry_after,
    maybe_sent = taken.maybe_sent or nil,
    finds_nothing = is_nothing or nil,
  }
end

--- The client or session was closed before.
---@param context celements.Context
---@param method string
---@param path string
---@return celements.Error
function failure.closed(context, method, path)
  local message = ("the %s is closed"):format(context.name)
  local hint = context.name == "session" and "make a new session with the token" or nil
  return errors.new { kind = "closed", message = message, hint = hint, method = method, path = path }
end

--- Nothing can make the call here.
---@param message string
---@param kind celements.Kind? default "unavailable"
---@param method string
---@param path string
---@return celements.Error
function failure.unavailable(message, kind, method, path)
  local is_short = message:find("operating system", 1, true) or message:find("too many open files", 1, true)
  local hint = is_short and "check the limit of open files, ulimit -n" or nil
  return errors.new { kind = kind or "unavailable", message = message, hint = hint, method = method, path = path }
end

--- The call may be on its way, but nothing can wait for it.
---@param message string
---@param method string
---@param path string
---@return celements.Error
function failure.unanswered(message, method, path)
  local err = failure.unavailable(message, nil, method, path)
  err.maybe_sent = method ~= "GET" or nil
  return err
end

return failure
