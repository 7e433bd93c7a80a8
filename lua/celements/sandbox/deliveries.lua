--- Handlers of deliveries: what was sent to callback URLs, and what waits to be sent again.
local ceql = require "celements.sandbox.ceql"
local json = require "celements.sandbox.json"
local notifications = require "celements.sandbox.notifications"
local paging = require "celements.sandbox.paging"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"
local calendar = require "celements.sandbox.calendar"

local deliveries = {}

local FIELDS = { "id", "channel", "status", "eventId", "instanceId", "attempts", "createdDate" }

local function shown(record)
  return json.object({
    id = record.webhook_id, channel = "webhook", status = record.status, eventId = record.id,
    instanceId = json.integer(record.instance.id), attempts = record.attempts, createdDate = calendar.write(record.at),
  }, FIELDS)
end

-- The condition in `where`, or the refusal.
local function condition(context)
  local where = request.parameter(context.request, "where")
  local terms, err = {}, nil
  if where then terms, err = ceql.parse(where) end
  if not terms then return nil, reply.fail(400, err) end
  return function(record)
    return record.status ~= nil and ceql.matches(terms, shown(record))
  end
end

--- `GET /notifications/subscriptions/deliveries`.
function deliveries.list(context)
  local keep, refusal = condition(context)
  if not keep then return refusal end
  return paging.answer(context, context.state.notifications, { what = "deliveries", shown = shown, keep = keep })
end

--- `PUT /notifications/subscriptions/deliveries`: sends what is queued, and meets the condition, again.
function deliveries.redeliver(context)
  local keep, refusal = condition(context)
  if not keep then return refusal end
  for _, record in ipairs(context.state.notifications) do
    if record.status == "queued" and keep(record) then notifications.redeliver(context.state, record) end
  end
  return reply.done(context.switches)
end

return deliveries
