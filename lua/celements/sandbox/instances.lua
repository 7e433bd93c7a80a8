--- Handlers of `/instances` and `/elements/{keyOrId}/instances`.
local body = require "celements.sandbox.body"
local catalogue = require "celements.sandbox.catalogue"
local configuration = require "celements.sandbox.configuration"
local crowd = require "celements.sandbox.crowd"
local json = require "celements.sandbox.json"
local paging = require "celements.sandbox.paging"
local random = require "celements.sandbox.random"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"
local view = require "celements.sandbox.view"

local instances = {}

local unpack = table.unpack or unpack -- luacheck: std max

-- What stands in the way of provisioning, or nil.
local function refuse(element, values, sent)
  local external = sent.externalAuthentication == "initial"
  local proxy = type(sent.oauthProxy) == "table" and sent.oauthProxy.isOauthProxy == true
  local missing = configuration.missing(element, values, { external = external, proxy = proxy })
  if #missing > 0 then
    return reply.fail(400, "Missing required configuration: " .. table.concat(missing, ", "))
  end
  if configuration.holds(values, "REJECTED") then return reply.provider_refusal(element.key) end
end

--- `POST /instances` and `POST /elements/{keyOrId}/instances`.
function instances.create(context)
  local sent, refusal = body.read(context.request.body)
  if not sent then return refusal end
  local element
  if context.captures.element then
    element, refusal = catalogue.find(context)
    if not element then return refusal end
    if sent.element and sent.element.key and sent.element.key ~= element.key then
      return reply.fail(400, "element.key differs from the element in the path")
    end
  else
    element, refusal = body.element(sent.element, context.switches.create_by_element_id)
    if not element then return refusal end
  end
  if not sent.name then return reply.fail(400, "name is required") end
  local values = configuration.merge(element, {}, sent.configuration or {})
  refusal = refuse(element, values, sent)
  if refusal then return refusal end
  refusal = context.state.grants:exchange(element, values, sent)
  if refusal then return refusal end
  local name = body.sanitise(sent.name)
  local tags = sent.tags and #sent.tags > 0 and { unpack(sent.tags) } or { name }
  local instance = context.state:add {
    name = name, element = element, configuration = values, tags = tags,
    external = sent.externalAuthentication or "none",
  }
  local trace = random.hex(24)
  if sent.providerData and sent.providerData.debug == true then context.state.traces[trace] = element.key end
  return reply.ok(
    view.instance(instance, context.switches, "written", { objects = sent.retrieveObjectsAfterInstantiation }),
    { ["Elements-Trace-Id"] = trace }
  )
end

local function filter(context, element)
  local tags, text = request.all(context.request, "tags[]"), request.parameter(context.request, "searchText")
  local now = context.state.now()
  if #tags == 0 and not text and not element and context.state.all_listed <= now then return nil end
  text = text and text:lower()
  return function(instance)
    if instance.listed > now then return false end
    if element and instance.element ~= element then return false end
    local has = {}
    for _, tag in ipairs(instance.tags) do has[tag] = true end
    for _, tag in ipairs(tags) do
      if not has[tag] then return false end
    end
    return not text or instance.name:lower():find(text, 1, true) ~= nil or instance.element.key == text
  end
end

--- `GET /instances` and `GET /elements/{keyOrId}/instances`.
function instances.list(context)
  local element, refusal
  if context.captures.element then
    element, refusal = catalogue.find(context)
    if not element then return refusal end
  end
  local keep = filter(context, element)
  local page, headers = paging.cut(context.request, keep and context.state.instances or crowd.behind(context.state), {
    key = "sequence", keep = keep, total = context.switches.total_count,
  })
  return view.list(context, page, headers, { light = request.parameter(context.request, "hydrate") == "false" })
end

--- `GET /instances/{id}`.
function instances.get(context)
  return reply.ok(view.instance(context.instance, context.switches, "read"))
end

-- PUT and PATCH alike: what is sent replaces, configuration merges by key, what is not sent stays. A client
-- that leaves masked secrets out of a PUT would otherwise lose them.
function instances.update(context)
  local sent, refusal = body.read(context.request.body)
  if not sent then return refusal end
  local instance = context.instance
  local id = type(sent.id) == "number" and json.number(sent.id) or sent.id
  if id ~= nil and id ~= instance.id and #instance.id < 16 then
    return reply.fail(400, "id differs from the instance's")
  end
  local element = instance.element
  if sent.element then
    element, refusal = body.element(sent.element, true)
    if not element then return refusal end
  end
  local values = configuration.merge(element, instance.configuration, sent.configuration or {})
  local again = not (context.captures.element and request.parameter(context.request, "reAuthenticate") == "false")
  if again and (sent.configuration or sent.providerData) then
    refusal = refuse(element, values, { externalAuthentication = instance.external, oauthProxy = sent.oauthProxy })
      or sent.providerData and context.state.grants:exchange(element, values, sent)
    if refusal then return refusal end
  end
  instance.element, instance.configuration = element, values
  instance.name = sent.name and body.sanitise(sent.name) or instance.name
  if sent.tags then instance.tags = { unpack(sent.tags) } end
  return reply.ok(view.instance(instance, context.switches, "written"))
end

--- `DELETE /instances/{id}`. The token goes with the instance.
function instances.delete(context)
  if context.instance.in_use then
    return reply.fail(409, ("Element instance with ID %s is in use"):format(context.instance.id))
  end
  context.state:remove(context.instance)
  return reply.done(context.switches)
end

--- `PUT /instances/{id}/enabled`.
function instances.enable(context)
  context.instance.disabled = false
  return reply.done(context.switches)
end

--- `DELETE /instances/{id}/enabled`.
function instances.disable(context)
  context.instance.disabled = true
  return reply.done(context.switches)
end

return instances
