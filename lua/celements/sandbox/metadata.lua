--- Handlers of what `/elements` tells beyond the catalogue: metadata, API descriptions, transformations, traces.
local catalogue = require "celements.sandbox.catalogue"
local elements = require "celements.sandbox.elements"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local metadata = {}

local SHORT = { "id", "key", "name", "description", "events" }

local function names(element)
  local list = json.array()
  for index, name in ipairs(element.objects) do list[index] = name end
  return list
end

local function events_of(element)
  for _, entry in ipairs(element.configuration) do
    if entry.key == "event.vendor.type" then
      return json.object({ supported = true, methods = json.array { "polling" }, polling = names(element) },
        { "supported", "methods", "polling" })
    end
  end
  return json.object({ supported = false, methods = json.array() }, { "supported", "methods" })
end

local function short(element)
  local object = element.object
  return json.object({
    id = object.id, key = object.key, name = object.name, description = object.description,
    events = events_of(element),
  }, SHORT)
end

local function resources(element)
  local list = json.array()
  for index, name in ipairs(element.objects) do
    list[index] = json.object {
      canonicalName = name, operations = json.array { "create", "retrieve", "search" }, events = false, bulk = false,
      customField = false,
    }
  end
  return list
end

local function long(element)
  local object, full = element.object, short(element)
  local more = {
    image = object.image, displayOrder = 0, active = true, beta = object.name:find("Beta", 1, true) ~= nil,
    transformations = false, elementType = "system", churros = false, normalizedPaging = true,
    swaggerValidated = false, cloneable = false, authenticationType = object.authentication.type or "custom",
    discovery = json.object {
      customFields = false, customObjects = false, endpointCustomFields = false, endpointCustomObjects = false,
    },
    bulk = json.object { upload = false, download = false }, api = json.object { type = "rest" }, hub = object.hub,
    resources = resources(element),
  }
  for name, value in pairs(more) do full[name] = value end
  return full
end

--- `GET /elements/metadata`.
function metadata.list(context)
  local list = json.array()
  local form = request.parameter(context.request, "expand") == "true" and long or short
  for index, element in ipairs(elements.list) do list[index] = form(element) end
  return reply.ok(list)
end

--- `GET /elements/{id}/metadata`, also by key.
function metadata.get(context)
  local element, refusal = catalogue.find(context)
  if not element then return refusal end
  return reply.ok((request.parameter(context.request, "expand") == "true" and long or short)(element))
end

--- `GET /elements/{keyOrId}/docs`.
function metadata.docs(context)
  local element, refusal = catalogue.find(context)
  if not element then return refusal end
  local paths = json.object()
  for _, name in ipairs(element.objects) do
    local ok = json.object { description = "OK" }
    local get = json.object {
      operationId = "get" .. name:sub(1, 1):upper() .. name:sub(2), responses = json.object { ["200"] = ok },
    }
    paths["/" .. name] = json.object { get = get }
  end
  return reply.ok(json.object({
    swagger = "2.0", info = json.object({ title = element.object.name, version = "api-v2" }, { "title", "version" }),
    basePath = request.PREFIX .. "/hubs/" .. element.hub, paths = paths,
  }, { "swagger", "info", "basePath", "paths" }))
end

--- `GET /elements/{keyOrId}/transformations` and `.../export`: there are none.
function metadata.transformations(context)
  local element, refusal = catalogue.find(context)
  return element and reply.ok(json.object()) or refusal
end

--- `GET /elements/{keyOrId}/trace/{traceId}`.
function metadata.trace(context)
  local element, refusal = catalogue.find(context)
  if not element then return refusal end
  local id = context.captures.trace
  if context.state.traces[id] ~= element.key then return reply.fail(404, "No trace found with ID " .. id) end
  return reply.ok(json.object({ traceId = id, element = element.key, steps = json.array { "create" } },
    { "traceId", "element", "steps" }))
end

return metadata
