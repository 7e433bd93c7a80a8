--- Telling a program of each attempt of its client's calls, for logs, metrics and traces.

local hooks = {}

--- Before an attempt.
---@class celements.RequestEvent
---@field method string such as "GET"
---@field path string without its query and the client's secrets
---@field attempt integer from 1

--- After an attempt.
---@class celements.ResponseEvent: celements.RequestEvent
---@field status integer? HTTP status, nil when no answer came
---@field kind celements.Kind? of its failure, nil for success
---@field request_id string? as in `celements.Info`
---@field retry_delay number? seconds until the next attempt, nil when there is none
---@field sent integer? bytes of the request's body that went up
---@field received integer? bytes of the answer's body that came down
---@field dns number? seconds from the start until the name was resolved; 0 when it had not to be
---@field connect number? until the connection stood; 0 for one that was there
---@field tls number? until it was secure
---@field first_byte number? until the answer began
---@field total number? until the end

---@class celements.Hooks
---@field on_request fun(event: celements.RequestEvent)?
---@field on_response fun(event: celements.ResponseEvent)?

--- The hooks among a client's options.
---@param given celements.ClientOptions
---@return celements.Hooks? hooks nil for none
function hooks.of(given)
  if not (given.on_request or given.on_response) then return nil end
  return { on_request = given.on_request, on_response = given.on_response }
end

local function event_of(context, method, path, attempt)
  path = tostring(path):match("^[^?]*")
  return { method = method, path = context.target and context.target:redact(path) or path, attempt = attempt }
end

-- What a hook raises is no reason to lose the result of a call, which may be a new instance. Nor is what the error
-- raises when it is asked for its text.
local function call(hook, event)
  local ok, err = pcall(hook, event)
  if ok then return nil end
  local has_text, text = pcall(tostring, err)
  return has_text and type(text) == "string" and text or "an error without a message"
end

--- Tells that an attempt begins.
---@param context celements.Context
---@param method string
---@param path string
---@param attempt integer
---@return string? fault what the hook raised
function hooks.request(context, method, path, attempt)
  local hook = context.hooks.on_request
  return hook and call(hook, event_of(context, method, path, attempt))
end

--- Tells what came of an attempt. What a hook raised, this one or the one before, is noted in the result.
---@param context celements.Context
---@param method string
---@param path string
---@param attempt integer
---@param result celements.Info|celements.Error
---@param times table? of its phases, as `take` gives them
---@param fault string?
---@param retry_delay number?
function hooks.response(context, method, path, attempt, result, times, fault, retry_delay)
  local hook = context.hooks.on_response
  if hook then
    local event = event_of(context, method, path, attempt)
    for name, value in pairs(times or {}) do event[name] = value end
    event.status, event.kind, event.request_id = result.status, result.kind, result.request_id
    event.retry_delay = retry_delay or nil
    local raised = call(hook, event)
    fault = fault or raised
  end
  result.hook_error = fault or nil
end

return hooks
