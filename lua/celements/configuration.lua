--- The configuration of an instance in readable names and Lua values: building what is sent, reading what comes back.

local core = require "celements.core"
local errors = require "celements.errors"
local options = require "celements.options"
local properties = require "celements.configuration.properties"
local values = require "celements.configuration.values"

---@class celements.Configuration
---@overload fun(settings: celements.Settings): table<string, any>?, celements.Error|string|nil
local configuration = {}

local WHERE = "celements.configuration"
local MASK = properties.MASK

local NO_CALLBACK = "events are on and have no callback URL: they reach formulas only; set events.callback_url"

local EVENTS = {
  enabled = "boolean",
  vendor = "string",
  type = "string",
  callback_url = "string",
  signature_key = "string",
  refresh_interval = "number|string",
  poller = "table|string",
  poller_urls = "table|string",
  objects = "table|string",
}
local KNOWN = { events = "table|boolean", filter_nulls = "boolean" }

local by_key, by_name = {}, {}
for _, property in ipairs(properties.list) do
  by_key[property.key] = property
  if property.name then by_name[(property.group and property.group .. "." or "") .. property.name] = property end
end

-- Names that could be taken for others. The short ones of events could be an element's own keys.
local MISTAKABLE = {
  events = "events", filter_nulls = "filter_nulls", callback_url = "events.callback_url",
  signature_key = "events.signature_key", refresh_interval = "events.refresh_interval",
  poller_urls = "events.poller_urls",
}

-- An element's own keys pass, and no list of them is complete: only what is almost one of the readable names is one
-- that was misspelt.
local function refuse_misspelt(given, level)
  for name in next, given do
    if type(name) ~= "string" then
      error(("%s: names must be strings, not a %s"):format(WHERE, type(name)), level + 1)
    end
    local own = KNOWN[name] or name:find(".", 1, true)
    local near = not own and options.nearest(name, MISTAKABLE, math.max(1, #name / 6))
    if near then
      error(("%s: unknown name '%s' (did you mean '%s'?)"):format(WHERE, name, MISTAKABLE[near]), level + 1)
    end
  end
end

-- Null clears a property, whatever its type.
local function check(where, given, known, level)
  local typed = {}
  for name, value in next, given do
    if value ~= core.null or known[name] == nil then typed[name] = value end
  end
  options.check(where, typed, known, level + 1)
end

local function check_items(name, list, level)
  local count = 0
  for _, item in next, list do count = type(item) == "string" and count + 1 or math.huge end
  if count ~= #list then error(("%s: '%s' must be a list of strings"):format(WHERE, name), level + 1) end
end

-- The readable names as one flat table, "events.vendor", checked.
local function flat(given, level)
  local known, found = {}, {}
  for name in pairs(KNOWN) do known[name] = given[name] end
  if known.events == core.null then error(WHERE .. ": option 'events' must be a table or a boolean", level + 1) end
  check(WHERE, known, KNOWN, level + 1)
  found.filter_nulls = known.filter_nulls
  if type(known.events) == "table" then
    check(WHERE .. ": events", known.events, EVENTS, level + 1)
    for name, value in next, known.events do found["events." .. name] = value end
    if found["events.enabled"] == nil then found["events.enabled"] = true end
  else
    found["events.enabled"] = known.events
  end
  for name, value in next, found do
    if by_name[name].means == "list" and type(value) == "table" then check_items(name, value, level + 1) end
  end
  return found
end

local function fault(property, name, value, invalid)
  local sent, reason = values.write(property, value)
  reason = reason or properties.fault(property.key, value)
  if reason then table.insert(invalid, { key = property.key, reason = reason, text = name .. " " .. reason }) end
  return sent
end

local function refusal(invalid)
  table.sort(invalid, function(a, b) return a.key < b.key end)
  local texts = {}
  for index, entry in ipairs(invalid) do texts[index], entry.text = entry.text, nil end
  return errors.new { kind = "configuration", message = table.concat(texts, "; "), invalid = invalid }
end

local function is_on(map, key)
  local value = map[key]
  return value ~= nil and value ~= core.null and value ~= "" and tostring(value):lower() ~= "false"
end

--- The instance's events. What is left out stays as the platform has it.
---@class celements.EventSettings
---@field enabled boolean? true by default, wherever the table is given
---@field callback_url string? http or https; where notifications go
---@field signature_key string? what they are signed with, see `celements.webhook`
---@field vendor "polling"|"webhook"|nil how the platform hears of events; each element has its default
---@field refresh_interval integer|string|nil minutes between two polls
---@field objects string[]|string|nil names of the objects to hear of
---@field poller table|string|nil what to poll and how: resource name to `{ url, idField, … }`
---@field poller_urls string[]|string|nil resources to poll
---@field type "webhook"|nil how the platform passes them on

--- A configuration in readable names. Every other name is taken for a key of the platform's and stays as it is.
---@class celements.Settings
---@field events celements.EventSettings|boolean|nil a boolean turns them on or off and leaves the rest
---@field filter_nulls boolean? whether fields that are null are left out of what the provider answers; true by default

--- Builds the `configuration` of a request from readable names: `celements.configuration { events = { … },
--- filter_nulls = false, ["mailjet.api.key"] = "…" }`. `celements.null` clears what it is given for. Raises for a wrong
--- type, for a name that is almost a readable one, and for a property that is given twice.
---@param given celements.Settings
---@return table<string, any>? map nil when a value cannot be right
---@return celements.Error|string|nil err of kind "configuration", with `invalid`; or, beside a map, a warning that
--- events are on and have no callback URL
local function build(_, given)
  options.argument(WHERE, "settings", given, "table")
  refuse_misspelt(given, 2)
  local map, invalid = {}, {}
  for name, value in next, given do
    if not KNOWN[name] then map[name] = value end
  end
  for name, value in next, flat(given, 2) do
    local property = by_name[name]
    if map[property.key] == nil then
      map[property.key] = value == core.null and value or fault(property, name, value, invalid)
    elseif name ~= "events.enabled" or type(given.events) ~= "table" or given.events.enabled ~= nil then
      error(("%s: '%s' and '%s' are the same: give one of them"):format(WHERE, name, property.key), 2)
    end
  end
  for key, value in next, map do
    local reason = given[key] ~= nil and value ~= core.null and value ~= "" and properties.fault(key, value)
    if reason then table.insert(invalid, { key = key, reason = reason, text = key .. " " .. reason }) end
  end
  if invalid[1] then return nil, refusal(invalid) end
  local warns = is_on(map, "event.notification.enabled") and not is_on(map, "event.notification.callback.url")
  return map, warns and NO_CALLBACK or nil
end

-- The list of entries that GET /instances/{id}/configuration gives, as a map.
local function map_of(given)
  if rawget(given, 1) == nil then return given end
  local map = {}
  for _, entry in ipairs(given) do
    if type(entry) == "table" and type(entry.key) == "string" then map[entry.key] = entry.propertyValue end
  end
  return map
end

--- Reads what came back: the `configuration` of an instance, or the list of its configuration entries. The result has
--- the names and types that `celements.configuration` takes, so it can be changed and built again. Common properties
--- without a value are absent, but for `events.enabled`, which is false then; keys that are not common ones stay as
--- they are.
---@param given table? older answers of the platform have no configuration, which reads as an empty one
---@return celements.Settings settings without the values that the platform masked
---@return string[] masked the keys of those, sorted: there is a value, and it is not shown
function configuration.read(given)
  if given ~= nil then options.argument(WHERE .. ".read", "configuration", given, "table") end
  local settings, masked = {}, {}
  for key, value in next, map_of(given or {}) do
    local property = by_key[key]
    if value == MASK then
      table.insert(masked, key)
    elseif not property then
      settings[key] = value
    elseif property.group then
      settings[property.group] = settings[property.group] or { enabled = false }
      local events, meant = settings[property.group], values.read(property, value)
      if meant ~= nil then events[property.name] = meant end
    else
      settings[property.name or key] = values.read(property, value)
    end
  end
  table.sort(masked)
  return settings, masked
end

return setmetatable(configuration, { __call = build })
