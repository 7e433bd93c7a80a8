--- Handlers of `/hubs`, `/hubs/keys`, `/hubs/{key}` and `/hubs/{key}/elements`.
local elements = require "celements.sandbox.elements"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local hub_catalogue = {}

local FIELDS = { "id", "name", "key", "description", "active", "resources" }

-- The messaging hub is number 1 (API documentation).
local keys, members = { "messaging" }, {}
for _, element in ipairs(elements.list) do
  local key = element.hub
  if not members[key] then
    members[key] = json.array()
    if key ~= "messaging" then keys[#keys + 1] = key end
  end
  table.insert(members[key], element.object)
end
table.sort(keys, function(a, b)
  if a == "messaging" or b == "messaging" then return a == "messaging" and b ~= "messaging" end
  return a < b
end)

local function resources(key)
  local list, seen = json.array(), {}
  for _, element in ipairs(elements.list) do
    for _, name in ipairs(element.hub == key and element.objects or {}) do
      if not seen[name] then list[#list + 1], seen[name] = json.object { name = name }, true end
    end
  end
  return list
end

local function hub(id, hydrate)
  local key = keys[id]
  local name = key:sub(1, 1):upper() .. key:sub(2) .. " Hub"
  return json.object({
    id = id, name = name, key = key, description = ("Elements of the %s."):format(name), active = true,
    resources = hydrate and resources(key) or nil,
  }, FIELDS)
end

--- `GET /hubs`.
function hub_catalogue.list(context)
  local list, hydrate = json.array(), request.parameter(context.request, "hydrate") == "true"
  for id in ipairs(keys) do list[id] = hub(id, hydrate) end
  return reply.ok(list)
end

--- `GET /hubs/keys`.
function hub_catalogue.keys()
  local list = json.array()
  for id, key in ipairs(keys) do list[id] = key end
  return reply.ok(list)
end

local function no_hub(key)
  return reply.fail(404, "No hub found with key " .. key)
end

--- `GET /hubs/{key}`.
function hub_catalogue.get(context)
  for id, key in ipairs(keys) do
    if key == context.captures.hub then return reply.ok(hub(id)) end
  end
  return no_hub(context.captures.hub)
end

--- `GET /hubs/{key}/elements`.
function hub_catalogue.elements(context)
  local list = members[context.captures.hub]
  return list and reply.ok(list) or no_hub(context.captures.hub)
end

return hub_catalogue
