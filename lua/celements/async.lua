--- Asynchronous calls: the platform answers with a receipt at once, and posts the result when it is done.

local copy = require "celements.copy"
local options = require "celements.options"
local parameters = require "celements.parameters"

local async = {}

local KNOWN = { callback_url = "string" }

--- Adds what asks for an asynchronous answer to the headers of a call (API documentation). Raises for what cannot be
--- the option `async`.
---@param where string the function, as the user calls it
---@param given true|{ callback_url: string? }
---@param headers table<string, string|number>? those of the call
---@param level integer of the caller to blame, counted from the function that calls this one
---@return table<string, string|number> headers a new table
function async.headers(where, given, headers, level)
  local whole = copy(headers)
  whole["Elements-Async-Request"] = "True"
  if type(given) == "table" then
    options.check(where .. ", option 'async'", given, KNOWN, level + 1)
    whole["Elements-Async-Callback-Url"] = given.callback_url
  end
  return whole
end

--- What the platform answers at once to a call with the option `async`.
---@class celements.Receipt
---@field event_id string the result's notification has the same, see `celements.webhook.result`
---@field status string "dispatched"

--- Reads the answer to an asynchronous call. One that is no receipt is the result itself: nothing was deferred.
---@param body any
---@return celements.Receipt|any
function async.receipt(body)
  local id = type(body) == "table" and body.eventId
  if type(id) == "number" then id = parameters.number(id) end
  if type(id) ~= "string" or type(body.eventStatus) ~= "string" then return body end
  return { event_id = id, status = body.eventStatus }
end

return async
