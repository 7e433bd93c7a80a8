--- Handlers of the description of an instance's API, or of the part for one object, in Swagger 2.0.
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local descriptions = {}

local REFERENCE = "#/definitions/"

local function operation(id, schema)
  local answer = json.object { description = "success" }
  if schema then answer.schema = json.object { ["$ref"] = REFERENCE .. schema } end
  return json.object { operationId = id, responses = json.object { ["200"] = answer } }
end

-- Paths, definitions, and for each operation its path, method and schema.
local function parts(element)
  local paths, definitions, operations = json.object(), json.object(), {}
  local function add(path, method, id, schema)
    paths[path] = paths[path] or json.object()
    paths[path][method] = operation(id, schema)
    operations[id] = { path = path, method = method, schema = schema }
  end
  add("/ping", "get", "getPing")
  add("/objects", "get", "getObjects")
  for _, name in ipairs(element.objects) do
    local list = name .. "List"
    definitions[name] = json.object {
      type = "object", properties = json.object { id = json.object { type = "string" } },
    }
    definitions[list] = json.object { type = "array", items = json.object { ["$ref"] = REFERENCE .. name } }
    local title = name:sub(1, 1):upper() .. name:sub(2)
    add("/" .. name, "get", "get" .. title, list)
    if name == "messages" then
      add("/messages", "post", "createMessages", name)
      add("/messages/{id}", "get", "getMessagesById", name)
    end
  end
  return paths, definitions, operations
end

local function swagger(element, paths, definitions)
  return json.object({
    swagger = "2.0", info = json.object { title = element.object.name, version = "api-v2" },
    basePath = request.PREFIX .. "/hubs/" .. element.hub, paths = paths, definitions = definitions,
  }, { "swagger", "info", "basePath", "paths", "definitions" })
end

local function used_by(entry, definitions)
  local used = json.object()
  local name = entry.schema
  while name do
    used[name] = definitions[name]
    local items = definitions[name].items
    name = items and items["$ref"]:sub(#REFERENCE + 1)
  end
  return used
end

local function find(context)
  local paths, definitions, operations = parts(context.instance.element)
  local entry = operations[context.captures.operation]
  if entry then return entry, paths, definitions end
  return nil, reply.fail(404, "No operation found with ID " .. context.captures.operation)
end

--- `GET /instances/{id}/docs`.
function descriptions.all(context)
  return reply.ok(swagger(context.instance.element, parts(context.instance.element)))
end

--- `GET /instances/{id}/docs/{operationId}`.
function descriptions.operation(context)
  local entry, paths, definitions = find(context)
  if not entry then return paths end
  local path = json.object { [entry.method] = paths[entry.path][entry.method] }
  return reply.ok(swagger(context.instance.element, json.object { [entry.path] = path }, used_by(entry, definitions)))
end

--- `GET /instances/{id}/docs/{operationId}/definitions`.
function descriptions.definitions(context)
  local entry, refusal, definitions = find(context)
  if not entry then return refusal end
  local used = used_by(entry, definitions)
  if request.parameter(context.request, "resolveReferences") == "true" then
    for _, definition in pairs(used) do
      local items = definition.items
      if items then definition.items = definitions[items["$ref"]:sub(#REFERENCE + 1)] end
    end
  end
  return reply.ok(used)
end

--- `GET /objects/{name}/docs`.
function descriptions.object(context)
  local name, list = context.captures.name, context.captures.name .. "List"
  local paths, definitions = parts(context.instance.element)
  if not definitions[list] then return reply.fail(404, "No object found with name " .. name) end
  local own = json.object()
  for path, methods in pairs(paths) do
    if path:match("^/([^/]+)") == name then own[path] = methods end
  end
  return reply.ok(swagger(context.instance.element, own,
    json.object { [name] = definitions[name], [list] = definitions[list] }))
end

return descriptions
