--- An instance's configuration: what is required, what is stored, what is shown.
local json = require "celements.sandbox.json"
local reserved = require "celements.sandbox.reserved"

local configuration = {}

--- What a secret reads back as (observed).
configuration.MASK = "********"

-- Masked although they are not of type PASSWORD.
local ALWAYS_MASKED = {
  ["oauth.api.key"] = true, ["oauth.api.secret"] = true,
  ["mailjet.api.key"] = true, ["mailjet.api.secret"] = true,
}

-- With tokens obtained elsewhere no redirect takes place, so no callback is needed.
local NOT_WHEN_EXTERNAL = { ["oauth.callback.url"] = true }
-- A proxy configured on the platform holds what the application has of the provider.
local NOT_WITH_PROXY = { ["oauth.api.key"] = true, ["oauth.api.secret"] = true, ["oauth.callback.url"] = true }

-- What OAuth 1 has in the place of a refresh token.
local NEEDED_OF_FIRST = { ["oauth.user.token"] = true, ["oauth.user.token.secret"] = true }

local function masked(element, key)
  if ALWAYS_MASKED[key] then return true end
  for _, entry in ipairs(element.configuration) do
    if entry.key == key then return entry.type == "PASSWORD" end
  end
  return false
end

--- Returns a value as the platform stores it: a string, or null (API documentation).
---@param value any
---@return any
function configuration.text(value)
  if value == json.null or type(value) == "string" then return value end
  if type(value) == "number" then return json.number(value) end
  if type(value) == "boolean" then return tostring(value) end
  return json.encode(value)
end

--- Merges what a caller sent into what is stored, by key. A masked value leaves the stored one unchanged.
---@param element celements.sandbox.Element
---@param stored table<string, any>
---@param sent table<string, any>
---@return table<string, any> merged a new table
function configuration.merge(element, stored, sent)
  local merged = {}
  for key, value in pairs(stored) do merged[key] = value end
  for key, value in pairs(sent) do
    local text = configuration.text(value)
    if not (text == configuration.MASK and masked(element, key)) then merged[key] = text end
  end
  return merged
end

--- Lists the required keys that are absent, null or empty, in catalogue order.
---@param element celements.sandbox.Element
---@param values table<string, any>
---@param flow? { external?: boolean, proxy?: boolean }
---@return string[]
function configuration.missing(element, values, flow)
  flow = flow or {}
  local keys = {}
  for _, entry in ipairs(element.configuration) do
    local key, value = entry.key, values[entry.key]
    local needed = entry.required and entry.defaultValue == json.null
    if flow.external and NOT_WHEN_EXTERNAL[key] or flow.proxy and NOT_WITH_PROXY[key] then needed = false end
    if flow.external and key == "oauth.user.refresh_token" then needed = values["oauth.user.token"] == nil end
    if flow.external and NEEDED_OF_FIRST[key] then needed = element.oauth == "oauth1" end
    if needed and (value == nil or value == json.null or value == "") then keys[#keys + 1] = key end
  end
  return keys
end

--- Tells whether one of the values is a given reserved credential.
---@param values table<string, any>
---@param name "REJECTED"|"UNVERIFIED"
---@return boolean
function configuration.holds(values, name)
  for _, value in pairs(values) do
    if value == reserved[name] then return true end
  end
  return false
end

--- Returns an instance's keys: the catalogue's in its order, then the others sorted.
---@param instance celements.sandbox.Instance
---@return string[]
function configuration.keys(instance)
  local keys, known, others = {}, {}, {}
  for _, entry in ipairs(instance.element.configuration) do
    keys[#keys + 1], known[entry.key] = entry.key, true
  end
  for key in pairs(instance.configuration) do
    if not known[key] then others[#others + 1] = key end
  end
  table.sort(others)
  for _, key in ipairs(others) do keys[#keys + 1] = key end
  return keys
end

local function shown(instance, key, default)
  local value = instance.configuration[key]
  if value == nil then return default end
  if value ~= json.null and value ~= "" and masked(instance.element, key) then return configuration.MASK end
  return value
end

--- Returns the text that stands for a key, or that is its default; nil when there is none. Nothing is masked.
---@param instance celements.sandbox.Instance
---@param key string
---@return string?
function configuration.value(instance, key)
  local value = instance.configuration[key]
  for _, entry in ipairs(value == nil and instance.element.configuration or {}) do
    if entry.key == key then value = entry.defaultValue end
  end
  return value ~= json.null and value ~= "" and value or nil
end

--- Returns the configuration as the map inside an instance: secrets masked, absent entries with their default.
---@param instance celements.sandbox.Instance
---@return table
function configuration.map(instance)
  local map = {}
  for _, entry in ipairs(instance.element.configuration) do
    map[entry.key] = shown(instance, entry.key, entry.defaultValue)
  end
  for key in pairs(instance.configuration) do
    if map[key] == nil then map[key] = shown(instance, key) end
  end
  return json.object(map, configuration.keys(instance))
end

--- Returns the configuration as a list of entries with ids.
---@param instance celements.sandbox.Instance
---@return table[]
function configuration.entries(instance)
  local list, map, definitions = json.array(), configuration.map(instance), {}
  for _, entry in ipairs(instance.element.configuration) do definitions[entry.key] = entry end
  instance.entry_ids = instance.entry_ids or { count = 0 }
  for _, key in ipairs(configuration.keys(instance)) do
    local ids, copy = instance.entry_ids, { key = key, propertyValue = map[key], name = key }
    for field, value in pairs(definitions[key] or {}) do copy[field] = value end
    if not ids[key] then
      ids.count = ids.count + 1
      ids[key] = instance.sequence * 1000 + ids.count
    end
    copy.id = ids[key]
    list[#list + 1] = json.object(copy, { "id", "key", "name", "propertyValue" })
  end
  return list
end

return configuration
