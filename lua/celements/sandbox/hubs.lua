--- Handlers of hub calls. The hub in the path is ignored: the token alone selects the instance (observed).
local calendar = require "celements.sandbox.calendar"
local configuration = require "celements.sandbox.configuration"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"
local usage = require "celements.sandbox.usage"
local view = require "celements.sandbox.view"

local hubs = {}

--- Wraps a handler that talks to the provider: refused while the instance is disabled (observed) and when the
--- provider does not accept its credentials.
---@param handler fun(context: table): celements.sandbox.Reply
---@return fun(context: table): celements.sandbox.Reply
function hubs.provider(handler)
  return function(context)
    local instance = context.instance
    if instance.disabled then return reply.fail(403, "The element instance is disabled") end
    if configuration.holds(instance.configuration, "UNVERIFIED") then
      return reply.provider_refusal(instance.element.key)
    end
    return handler(context)
  end
end

--- Wraps a handler of an object that not every element has.
---@param object string
---@param handler fun(context: table): celements.sandbox.Reply
---@return fun(context: table): celements.sandbox.Reply
function hubs.having(object, handler)
  return hubs.provider(function(context)
    for _, name in ipairs(context.instance.element.objects) do
      if name == object then return handler(context) end
    end
    return reply.fail(404, "This API is not currently supported for this element")
  end)
end

--- `GET /ping`.
hubs.ping = hubs.provider(function(context)
  return reply.ok(json.object({
    dateTime = calendar.write(context.state.now()),
    provider = context.instance.element.key,
  }, { "dateTime", "provider" }))
end)

--- `GET /objects`, which also answers for a disabled instance (observed).
function hubs.objects(context)
  local element = context.instance.element
  if context.request.headers["elements-version"] == "Helium" then return reply.ok(view.objects(element)) end
  local names = json.array()
  for index, name in ipairs(element.objects) do names[index] = name end
  return reply.ok(names)
end

-- The fields of a message (API documentation); of other objects no source tells.
local FIELDS = {
  messages = {
    { "id", "number" }, { "from", "string" }, { "to", "string" }, { "subject", "string" }, { "message", "string" },
    { "cc", "string" }, { "mimeType", "string" }, { "sent", "boolean" }, { "sentTime", "date" },
  },
}
local OTHER = { { "id", "string" } }

--- `GET /objects/{name}/metadata`, which also answers for a disabled instance.
function hubs.metadata(context)
  local name, fields = context.captures.name, json.array()
  for _, known in ipairs(context.instance.element.objects) do
    if known == name then
      for index, field in ipairs(FIELDS[name] or OTHER) do
        fields[index] = json.object({ vendorPath = field[1], type = field[2] }, { "vendorPath", "type" })
      end
      return reply.ok(json.object { fields = fields })
    end
  end
  return reply.fail(404, "No object found with name " .. name)
end

local provider_usage = hubs.provider(function(context)
  local days = request.parameter(context.request, "days")
  if days and not days:find("^%d+$") then return reply.fail(400, "days must be an integer") end
  return reply.ok(json.object({ days = tonumber(days or "7"), messages = #context.instance.messages },
    { "days", "messages" }))
end)

--- `GET /usage`: the element's own with a token, the platform's log without one.
function hubs.usage(context)
  if context.instance then return provider_usage(context) end
  if context.hub then return reply.unauthorized() end
  return usage.list(context)
end

return hubs
