--- Handlers of an instance's configuration entries.
local body = require "celements.sandbox.body"
local configuration = require "celements.sandbox.configuration"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"

local entries = {}

local function find(context)
  for _, entry in ipairs(configuration.entries(context.instance)) do
    if json.number(entry.id) == context.captures.entry then return entry end
  end
end

local function unknown(context)
  return reply.fail(404, "No configuration found with ID " .. context.captures.entry)
end

--- `GET /instances/{id}/configuration`.
function entries.list(context)
  return reply.ok(configuration.entries(context.instance))
end

--- `GET /instances/{id}/configuration/{configId}`.
function entries.get(context)
  local entry = find(context)
  return entry and reply.ok(entry) or unknown(context)
end

--- `PATCH /instances/{id}/configuration/{configId}`: the whole entry with a new `propertyValue`.
function entries.update(context)
  local entry = find(context)
  if not entry then return unknown(context) end
  local sent, refusal = body.read(context.request.body)
  if not sent then return refusal end
  if sent.propertyValue == nil then return reply.fail(400, "propertyValue is required") end
  local instance = context.instance
  local values = configuration.merge(instance.element, instance.configuration, { [entry.key] = sent.propertyValue })
  local missing = configuration.missing(instance.element, values, { external = instance.external == "initial" })
  if #missing > 0 then
    return reply.fail(400, "Missing required configuration: " .. table.concat(missing, ", "))
  end
  instance.configuration = values
  return reply.ok(find(context))
end

return entries
