--- What a failed call returns as its second value.

local core = require "celements.core"

local errors = {}

--- What kind of failure it is. The list is closed.
---@alias celements.Kind
---| "configuration" # something required is missing or malformed; nothing was sent
---| "unauthorized" # 401: the User or Organization secret or the token is wrong
---| "forbidden" # 403: not allowed, or the instance is disabled
---| "not_found" # 404: no such instance, element or object
---| "conflict" # 409: it exists already, or is in use
---| "rate_limited" # 429: too many calls
---| "too_large" # 413, or 429 for a body over the platform's 8 MB
---| "rejected" # any other 4xx: the platform understood and refused
---| "provider" # the SaaS product behind the element refused or failed
---| "server" # 5xx: the platform failed
---| "timeout" # the call's deadline, its connect timeout or low_speed_time passed
---| "network" # no connection, or it broke
---| "tls" # the secure connection could not be made or trusted
---| "response" # the answer is not JSON, truncated, a redirect, or over a limit
---| "cancelled" # the call was cancelled
---| "closed" # the client or session was closed
---| "unavailable" # this phase or this build cannot make the call

--- An expected failure. `tostring` gives one line with all that matters; none of it holds a secret, a token or a body.
---@class celements.Error
---@field kind celements.Kind what to branch on; the texts may change
---@field message string one line; the platform's own text where it gave one
---@field hint string? what to do about it
---@field status integer? HTTP status, absent when no answer came
---@field provider_message string? the provider's own text
---@field request_id string? to quote to the platform's support
---@field missing string[]? configuration entries that are missing
---@field likely_missing string[]? entries the catalogue would have expected, when the platform refused
---@field placeholders string[]? where an `<INSERT_…>` is left in
---@field invalid { key: string, reason: string }[]? configuration entries that cannot be right
---@field problems celements.Problem[]? what is wrong with a document, in the order of the text
---@field method string? of the call, such as "POST"
---@field path string? of the call, without its query
---@field attempts integer? how often the call was tried
---@field tries celements.Try[]? what came of each attempt
---@field retry_after number? seconds after which the platform said to try again
---@field retryable boolean? repeating the call can help and cannot do its work twice
---@field maybe_sent boolean? the platform may have done the work although no usable answer says so
---@field hook_error string? what a hook raised
---@field instance table? the instance that was made all the same, or that is there
---@field failed table<string, celements.Error>? `configure`: what went wrong with each entry, by key
---@field changed string[]? `configure`: keys of the entries that were written; `ensure`: the parts of the request that
--- are not as before, such as "name" and "configuration.mailjet.api.key"
---@field untried string[]? `configure`: keys of the entries that were not sent
---@field private finds_nothing boolean? a 404 that says that a collection is empty
---@field matches table[]? `ensure`: the instances among which none was chosen

local hints = {
  unauthorized = "check user_secret, organization_secret and the element token",
  forbidden = "check that the account may do this and that the instance is enabled",
  not_found = "check the id or the path, and base_url",
  conflict = "look at what is there already",
  rate_limited = "wait before trying again",
  too_large = "the platform takes at most 8 MB",
  provider = "check what the configuration says about the provider's account",
  server = "try again later",
  timeout = "allow a longer timeout",
  network = "check base_url and the network",
  tls = "check base_url, or name the server's CA with ca_file",
  response = "check that base_url is the platform's and that nothing answers in its place",
  rejected = "see what the platform says is wrong with the request",
  closed = "make a new one",
}

local Error = { __name = "celements.Error" }
Error.__index = Error

-- Why the last attempt was the last, where another could have helped.
local GAVE_UP = {
  budget = "not tried again: too many calls fail, the client's retry budget is used up",
  deadline = "not tried again: the call's time would be over",
  sleepless = "not tried again: this copas cannot sleep, 2.0.2 can",
}

-- One line whatever a server wrote into its text.
local function one_line(text)
  return (text:gsub("%c+", " "))
end

function Error:__tostring()
  local facts = {}
  if self.hint then table.insert(facts, self.hint) end
  if self.kind ~= "configuration" then
    table.insert(facts, self.status and ("%s %d"):format(self.kind, self.status) or self.kind)
  end
  if self.method then table.insert(facts, ("%s %s"):format(self.method, self.path or "")) end
  if self.provider_message and self.provider_message ~= self.message then
    table.insert(facts, "provider: " .. self.provider_message)
  end
  if self.maybe_sent and self.method ~= "GET" and self.method ~= "HEAD" then
    table.insert(facts, "the platform may have done it all the same")
  end
  local tries = self.tries
  if tries and #tries > 1 then table.insert(facts, ("tried %d times"):format(#tries)) end
  if tries and GAVE_UP[tries[#tries].reason] then table.insert(facts, GAVE_UP[tries[#tries].reason]) end
  if self.retry_after then
    table.insert(facts, ("the platform asks to wait for %.0f s"):format(math.ceil(self.retry_after)))
  end
  if self.likely_missing and not self.missing then
    table.insert(facts, "likely missing: " .. table.concat(self.likely_missing, ", "))
  end
  if self.request_id then table.insert(facts, "request " .. self.request_id) end
  if #facts == 0 then return self.message end
  return one_line(("%s (%s)"):format(self.message, table.concat(facts, "; ")))
end

--- What each kind means.
---@type table<celements.Kind, string>
errors.kinds = {}
for _, kind in ipairs(core.kinds) do errors.kinds[kind.name] = kind.meaning end

--- Makes an error of its fields, for a store of your own. The kind must be one of the closed list.
---@param fields table `kind`, `message`, and what else `celements.Error` has; becomes the error
---@return celements.Error
function errors.new(fields)
  assert(errors.kinds[fields.kind], "not a kind of error")
  fields.message = one_line(fields.message)
  fields.path = fields.path and fields.path:match("^[^?]*") -- a query may hold a provider's secret
  fields.hint = fields.hint or hints[fields.kind]
  return setmetatable(fields, Error)
end

--- Whether a value is such an error.
---@param value any of any type
---@return boolean
function errors.is(value)
  return type(value) == "table" and getmetatable(value) == Error
end

return errors
