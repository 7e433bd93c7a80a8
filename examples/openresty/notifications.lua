--- Receives what the platform tells of the customers' instances. Anyone can post here, so only what is signed counts.
local celements = require "celements"
local metrics = require "metrics"
local reply = require "reply"

local DAY = 86400
local key = assert(os.getenv("WEBHOOK_KEY"), "set WEBHOOK_KEY to the instances' event.notification.signature.key")
local status_of = { conflict = 200, unauthorized = 401, unavailable = 500 }

-- Known for a day: longer than the platform tries again.
local function seen(id)
  return ngx.shared.notifications:get(id) ~= nil
end

return function()
  ngx.req.read_body()
  local body = ngx.req.get_body_data() or ""
  local signature = ngx.var.http_elements_webhook_signature
  local genuine, err = celements.webhook.verify(body, signature, key, { seen = seen })
  if not genuine then return reply.with(status_of[err.kind] or 400, { error = err.kind, message = err.message }) end
  for _, event in ipairs(celements.webhook.events(body) or {}) do
    metrics.event(event.event_type or "UNKNOWN")
    ngx.shared.notifications:set(event.event_id, true, DAY) -- when the work is done, not before
  end
  reply.with(200, { received = true })
end
