--- Notifications: what is to be posted to an instance's callback URL, and what becomes of it. Pure: `sender` sends.
local configuration = require "celements.sandbox.configuration"
local json = require "celements.sandbox.json"
local random = require "celements.sandbox.random"

local notifications = {}

-- How often a notification that was not taken is sent again, `8^n` seconds after the attempt `n` (API documentation,
-- the newer of two schedules). The switch `notification_pace` shortens the wait.
local RETRIES = 5

---@class celements.sandbox.Notification
---@field sequence integer
---@field id string of the event
---@field webhook_id string the same for every attempt
---@field at number
---@field instance celements.sandbox.Instance
---@field provider_data string
---@field payload table
---@field body string what is sent, the same bytes for every attempt
---@field callback string? instead of the instance's callback URL
---@field status string? of the delivery: "created", "delivered", "retry", "queued"; nil where nothing is to be sent
---@field attempts integer
---@field answer integer? the receiver's last status
---@field error string? why the last attempt got none

--- Returns the URL that notifications of an instance go to. Documented instances hold "false" for none.
---@param instance celements.sandbox.Instance
---@return string?
function notifications.callback(instance)
  local url = configuration.value(instance, "event.notification.callback.url")
  return url ~= "false" and url or nil
end

local function queue_up(state, record)
  record.status, record.attempts = "created", 0
  state.outbox[#state.outbox + 1] = record
end

--- Adds a notification, to be sent at once where there is a URL.
---@param state celements.sandbox.State
---@param record table sequence, instance, provider_data, payload, callback
---@return celements.sandbox.Notification
function notifications.add(state, record)
  record.id, record.webhook_id = ("%.0f"):format(record.sequence), random.hex(24)
  record.at, record.body, record.attempts = state.now(), json.encode(record.payload), 0
  state.notifications[#state.notifications + 1] = record
  if record.instance.queues then
    record.status = "queued"
  elseif record.callback or notifications.callback(record.instance) then
    queue_up(state, record)
  end
  return record
end

--- Sends a queued notification again, and further ones of its instance, too.
---@param state celements.sandbox.State
---@param record celements.sandbox.Notification
function notifications.redeliver(state, record)
  record.instance.queues = nil
  queue_up(state, record)
end

local function is_local(host)
  return host == "localhost" or host:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

local function parse(url)
  local scheme, authority, path = url:match("^(https?)://([^/?#%c]+)([^#%c]*)$")
  if not scheme then return nil end
  local host, port = authority:match("^([^:@]+):?(%d*)$")
  if not host then return nil end
  if not path:find("^/") then path = "/" .. path end
  local default = scheme == "https" and 443 or 80
  return { tls = scheme == "https", host = host, port = tonumber(port) or default, authority = authority, path = path }
end

--- Says what to send for a notification, and where to.
---@param state celements.sandbox.State
---@param record celements.sandbox.Notification
---@param sign fun(key: string, body: string): string?, string?
---@return { tls: boolean, host: string, port: integer, path: string, headers: table, body: string }? post
---@return string? err why it cannot be sent, now or later
function notifications.prepare(state, record, sign)
  local instance = record.instance
  if state.by_id[instance.id] ~= instance then return nil, "the instance is gone" end
  local url = record.callback or notifications.callback(instance)
  local post = url and parse(url)
  if not post then return nil, "the callback URL is none" end
  if not state.switches.notify_anywhere and not is_local(post.host) then
    return nil, "the callback URL is not on 127.0.0.1 or localhost: set the switch notify_anywhere to send there"
  end
  local signature, err
  local key = configuration.value(instance, "event.notification.signature.key")
  if key then
    signature, err = sign(key, record.body)
    if not signature then return nil, err end
  end
  post.body = record.body
  post.headers = {
    ["Host"] = post.authority, ["Content-Type"] = "application/json;charset=UTF-8",
    ["Elements-Webhook-Id"] = record.webhook_id, ["Elements-Webhook-Signature"] = signature,
  }
  return post
end

--- Notes that a notification cannot be sent.
---@param record celements.sandbox.Notification
---@param err string
function notifications.give_up(record, err)
  record.status, record.answer, record.error = "queued", nil, err
end

--- Notes what came of an attempt. When retries run out, or there are to be none, the instance's notifications queue
--- until they are asked for (API documentation).
---@param state celements.sandbox.State
---@param record celements.sandbox.Notification
---@param answer integer? the receiver's status
---@param err string? why there is none
---@return number? delay seconds until the next attempt
function notifications.attempted(state, record, answer, err)
  record.attempts, record.answer, record.error = record.attempts + 1, answer, err
  if answer and answer >= 200 and answer < 300 then
    record.status = "delivered"
    return nil
  end
  if state.switches.notification_policy == "queue" or record.attempts > RETRIES then
    record.status, record.instance.queues = "queued", true
    return nil
  end
  record.status = "retry"
  return 8 ^ record.attempts * state.switches.notification_pace
end

local RECORD = { "event_id", "instance_id", "status", "attempts", "answer", "error", "body" }

--- Lists every notification for the control port.
---@param state celements.sandbox.State
---@return table[]
function notifications.records(state)
  local list = json.array()
  for index, record in ipairs(state.notifications) do
    list[index] = json.object({
      event_id = record.id, instance_id = json.integer(record.instance.id), status = record.status,
      attempts = record.attempts, answer = record.answer, error = record.error, body = record.body,
    }, RECORD)
  end
  return list
end

return notifications
