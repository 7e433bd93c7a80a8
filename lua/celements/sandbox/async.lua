--- Hub calls whose result comes as a notification (API documentation).
local json = require "celements.sandbox.json"
local notifications = require "celements.sandbox.notifications"
local reply = require "celements.sandbox.reply"

local async = {}

--- Tells whether a request wants its result later.
---@param req celements.sandbox.Request
---@return boolean
function async.is_asked(req)
  return (req.headers["elements-async-request"] or ""):lower() == "true"
end

-- What the call would have answered. Nobody says what a failure looks like.
local function response_of(result)
  if result.message then
    return json.object({ message = result.message, providerMessage = result.provider_message },
      { "message", "providerMessage" })
  end
  return result.data == nil and json.null or result.data
end

--- Wraps a handler: it answers with a receipt, and its result is to be posted.
---@param handler fun(context: table): celements.sandbox.Reply
---@return fun(context: table): celements.sandbox.Reply
function async.handler(handler)
  return function(context)
    local instance, state = context.instance, context.state
    local callback = context.request.headers["elements-async-callback-url"]
    if callback == "" then callback = nil end
    if not callback and not notifications.callback(instance) then
      return reply.fail(400, "An asynchronous request needs a callback URL")
    end
    local response, sequence = response_of(handler(context)), state:next_sequence()
    notifications.add(state, {
      sequence = sequence, instance = instance, callback = callback, provider_data = json.encode(response),
      payload = json.object({
        eventId = sequence, instanceId = json.integer(instance.id), response = response,
        notificationId = state:next_sequence(),
      }, { "eventId", "instanceId", "response", "notificationId" }),
    })
    return reply.ok(json.object({ eventId = sequence, eventStatus = "dispatched" }, { "eventId", "eventStatus" }))
  end
end

return async
