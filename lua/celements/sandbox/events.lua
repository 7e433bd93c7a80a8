--- Handlers of events: what providers tell of, and what an instance was told.
local catalogue = require "celements.sandbox.catalogue"
local configuration = require "celements.sandbox.configuration"
local json = require "celements.sandbox.json"
local notifications = require "celements.sandbox.notifications"
local paging = require "celements.sandbox.paging"
local reply = require "celements.sandbox.reply"
local calendar = require "celements.sandbox.calendar"

local events = {}

-- How many events one notification holds at most (API documentation).
local SIZES = { polling = 10, webhook = 20 }

local TYPES = { CREATED = true, UPDATED = true, DELETED = true }
local MESSAGE = { "elementKey", "eventId", "instanceId", "events", "raw" }
local MEMBERS = { "elementKey", "eventType", "objectType", "objectId", "date" }

-- The provider's own form is anything; here it is one event, a list of them, or an object with a list.
local function provider_events(text)
  local raw, err = json.decode(text)
  if err then return nil, "Malformed JSON in the request body: " .. err end
  local list = raw
  if json.is_object(raw) then list = raw.events or json.array { raw } end
  if not json.is_array(list) or #list == 0 then return nil, "The request body must hold events" end
  for _, event in ipairs(list) do
    if not json.is_object(event) then return nil, "An event must be a JSON object" end
  end
  return list, raw
end

local function normalised(instance, event, now)
  return json.object({
    elementKey = instance.element.key, eventType = TYPES[event.eventType] and event.eventType or "UNKNOWN",
    objectType = event.objectType, objectId = event.objectId, date = event.date or calendar.write(now),
  }, MEMBERS)
end

local function size_of(instance)
  local vendor = (configuration.value(instance, "event.vendor.type") or ""):lower()
  return vendor:find("^webhooks?$") and SIZES.webhook or SIZES.polling
end

-- Each part repeats all of the provider's body (API documentation).
local function tell(context, instance, list, raw)
  local size = size_of(instance)
  for first = 1, #list, size do
    local part, sequence = json.array(), context.state:next_sequence()
    for index = first, math.min(first + size - 1, #list) do
      part[#part + 1] = normalised(instance, list[index], context.state.now())
    end
    notifications.add(context.state, {
      sequence = sequence, instance = instance, provider_data = context.request.body,
      payload = json.object { message = json.object({
        elementKey = instance.element.key, eventId = ("%.0f"):format(sequence),
        instanceId = json.integer(instance.id), events = part, raw = raw,
      }, MESSAGE) },
    })
  end
end

-- The instances that the request is for, or the refusal.
local function addressed(context)
  local list, element, refusal = {}, catalogue.find(context)
  if not element then return nil, refusal end
  for id in (context.request.headers["element-instances"] or ""):gmatch("[^,%s]+") do
    local instance = context.state.by_id[id]
    if not instance or instance.element ~= element then
      return nil, reply.fail(404, "No element instance found with ID " .. id)
    end
    list[#list + 1] = instance
  end
  if #list == 0 then return nil, reply.fail(400, "The header Element-Instances must name instances") end
  return list
end

--- `POST /events/{elementKey}`: what a provider, or a test, sends. Instances without events do not hear of it.
function events.inject(context)
  local instances, refusal = addressed(context)
  if not instances then return refusal end
  local list, raw = provider_events(context.request.body)
  if not list then return reply.fail(400, raw) end
  for _, instance in ipairs(instances) do
    local enabled = configuration.value(instance, "event.notification.enabled") or "false"
    if enabled:lower() == "true" then tell(context, instance, list, raw) end
  end
  return reply.done(context.switches)
end

local function shown(record)
  local is_notified = record.status == "delivered"
  return json.object({
    id = record.id, eventDate = calendar.write(record.at), status = is_notified and "NOTIFIED" or "NEW",
    providerData = record.provider_data, notifiedData = is_notified and json.array { record.payload } or nil,
  }, { "id", "eventDate", "status", "providerData", "notifiedData" })
end

--- `GET /instances/{id}/events`.
function events.list(context)
  return paging.answer(context, context.state.notifications, {
    what = "events", shown = shown, keep = function(record) return record.instance == context.instance end,
  })
end

--- `GET /instances/{id}/events/{eventId}`.
function events.get(context)
  for _, record in ipairs(context.state.notifications) do
    if record.id == context.captures.event and record.instance == context.instance then
      return reply.ok(shown(record))
    end
  end
  return reply.fail(404, "No event found with ID " .. context.captures.event)
end

return events
