--- Notifications: who sent one, and which events it tells of. Signatures need luaossl.

local core = require "celements.core"
local crypto = require "celements.crypto"
local errors = require "celements.errors"
local options = require "celements.options"
local parameters = require "celements.parameters"

local webhook = {}

--- What a notification says of an event; every field but `raw` is text.
---@class celements.Event
---@field object_id string? of what it happened to, at the provider
---@field object_type string? such as "contacts"
---@field event_type string? "CREATED", "UPDATED", "DELETED" or "UNKNOWN"
---@field event_id string? of the notification, the same for all of its events
---@field element_key string? of the instance's element
---@field instance_id string? whose event it is
---@field date string? when it happened, as the platform writes it
---@field raw any the event as the notification has it

--- Options of `celements.webhook.verify`.
---@class celements.VerifyOptions
---@field seen (fun(id: string): boolean)? says whether the notification was handled before; may yield
---@field id string? what `seen` is asked for; by default the event id in the body, which is signed

local VERIFY = "celements.webhook.verify"
local KNOWN = { id = "string", seen = "function" }
local LETTERS = 43 -- of the base64 of a SHA-256, before one "="

local VALUES = {}
local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
for index = 1, #ALPHABET do VALUES[ALPHABET:sub(index, index)] = index - 1 end

local function refuse(kind, message, hint)
  return nil, errors.new { kind = kind, message = message, hint = hint }
end

-- Empty keys are refused, too: everybody can sign with them.
local function list_of(keys)
  local list, count = type(keys) == "string" and { keys } or keys, 0
  for _, key in pairs(type(list) == "table" and list or {}) do
    count = type(key) == "string" and key ~= "" and count + 1 or math.huge
  end
  if count == 0 or count ~= #list then
    error(VERIFY .. ": keys must be a string or a list of at least one string, none of them empty", 3)
  end
  return list
end

-- The digest in a header; nil when it is anything else, or has bits set that no encoder sets.
local function digest_of(header)
  local letters = header:match("^sha256=([A-Za-z0-9+/]+)=$")
  if not letters or #letters ~= LETTERS then return nil end
  local bytes, rest, bits = {}, 0, 0
  for letter in letters:gmatch(".") do
    rest, bits = rest * 64 + VALUES[letter], bits + 6
    if bits >= 8 then
      bits = bits - 8
      table.insert(bytes, string.char(math.floor(rest / 2 ^ bits)))
      rest = rest % 2 ^ bits
    end
  end
  return rest == 0 and table.concat(bytes) or nil
end

-- All keys are tried, so that the time does not tell which was right.
local function is_signed(hmac, body, digest, keys)
  local found = false
  for _, key in ipairs(keys) do
    local equal = crypto.is_equal(hmac.new(key, "sha256"):final(body), digest)
    found = equal or found
  end
  return found
end

-- Exact, whatever it was in JSON: the same id comes as a number and as a string.
local function text(value, otherwise)
  if type(value) == "number" then value = parameters.number(value) end
  if type(value) == "string" then return value end
  return otherwise
end

-- The notification, the part of it that tells what its events have in common, and its events. Two shapes are
-- documented: { message = { events, … } } and, for results of asynchronous calls, { response = { events }, … }.
local function parts_of(body)
  local notification, why = core.decode(body)
  if type(notification) ~= "table" then return nil, why or "it is no object" end
  local message, response = notification.message, notification.response
  if type(message) == "table" then return notification, message, message.events end
  return notification, notification, type(response) == "table" and response.events
end

local function not_json(why)
  return refuse("response", "the notification is not JSON: " .. why, "look at what was sent to the callback URL")
end

local function check_replay(body, given)
  local id = given.id
  if not id then
    local notification, common = parts_of(body)
    id = notification and text(common.eventId)
    if not id then return refuse("response", "the notification has no event id", "give the option 'id'") end
  end
  if given.seen(id) then
    return refuse("conflict", "the notification was handled before", "answer it with 200, or it is sent again")
  end
  return true
end

--- Says whether a notification comes from someone who has the key that is the instance's
--- `event.notification.signature.key`. Does not block, unless `seen` does.
---@param body string the bytes as they came
---@param header string? the value of Elements-Webhook-Signature
---@param keys string|string[] the key, or several of which any may be right
---@param given celements.VerifyOptions?
---@return true? genuine
---@return celements.Error? err "unauthorized" for a signature that is missing or wrong, "conflict" for what was seen,
--- "response" for a body without the event id that `seen` is asked for, "unavailable" without luaossl
function webhook.verify(body, header, keys, given)
  options.argument(VERIFY, "body", body, "string")
  if header ~= nil then options.argument(VERIFY, "header", header, "string") end
  local list = list_of(keys)
  given = options.check(VERIFY, given, KNOWN)
  if given.id and not given.seen then error(VERIFY .. ": option 'id' is of no use without option 'seen'", 2) end

  local hmac, unavailable = crypto.load("verifying a signature", "hmac")
  if not hmac then return nil, unavailable end
  if not header then
    return refuse("unauthorized", "the notification is not signed", "set event.notification.signature.key")
  end
  local digest = digest_of(header)
  if not digest then
    return refuse("unauthorized", "the signature is malformed", "it is 'sha256=' and the base64 of 32 bytes")
  end
  if not is_signed(hmac, body, digest, list) then
    return refuse("unauthorized", "the signature is wrong", "check the key, and that the body is as it came")
  end
  if not given.seen then return true end
  local fresh, err = check_replay(body, given)
  return fresh, err
end

--- Reads the events of a notification, which should have been verified.
---@param body string the bytes as they came
---@return celements.Event[]? events
---@return table|celements.Error notification all of the body, decoded; or an error of kind "response"
function webhook.events(body)
  options.argument("celements.webhook.events", "body", body, "string")
  local notification, common, events = parts_of(body)
  if not notification then return not_json(common) end
  if getmetatable(events) ~= core.array_mt then
    return refuse("response", "the notification has no events", "results of bulk jobs, for instance, have none")
  end
  local list = {}
  for index, raw in ipairs(events) do
    local own = type(raw) == "table" and raw or {}
    local provider = type(common.raw) == "table" and common.raw or {}
    list[index] = {
      object_id = text(own.objectId),
      object_type = text(own.objectType, text(provider.objectType)),
      event_type = text(own.eventType),
      event_id = text(common.eventId),
      element_key = text(own.elementKey, text(common.elementKey)),
      instance_id = text(own.instanceId, text(common.instanceId)),
      date = text(own.date),
      raw = raw,
    }
  end
  return list, notification
end

--- What a notification says of an asynchronous call.
---@class celements.Result
---@field event_id string the same as in the receipt of the call
---@field instance_id string? that the call was made to
---@field response any what the call would have answered

--- Reads the result of an asynchronous call from a notification, which should have been verified: the same URL may get
--- both results and events, and the same key signs them.
---@param body string the bytes as they came
---@return celements.Result? result
---@return table|celements.Error notification all of the body, decoded; or an error of kind "response", for a
--- notification of what happened at the provider, too
function webhook.result(body)
  options.argument("celements.webhook.result", "body", body, "string")
  local notification, common = parts_of(body)
  if not notification then return not_json(common) end
  local id = text(notification.eventId)
  if not id or notification.response == nil then
    return refuse("response", "the notification is no result of an asynchronous call", "events reads notifications")
  end
  local result = { event_id = id, instance_id = text(notification.instanceId), response = notification.response }
  return result, notification
end

return webhook
