--- What the platform's text for a common property means, and the text for what a program means. On the wire every value
--- is a string or null, whatever was sent (API documentation).

local core = require "celements.core"
local parameters = require "celements.parameters"

local values = {}

local function trimmed(text)
  return text:match("^%s*(.-)%s*$")
end

local function items(text, separators)
  local list = setmetatable({}, core.array_mt)
  for piece in text:gmatch("[^" .. separators .. "]+") do
    local item = trimmed(piece)
    if item ~= "" then table.insert(list, item) end
  end
  return list
end

-- What a text means; nil when it says something else.
local READERS = {
  boolean = function(text)
    text = trimmed(text):lower()
    if text == "true" or text == "false" then return text == "true" end
  end,

  -- Every Lua holds 15 digits exactly.
  integer = function(text)
    local digits = text:match("^%s*(%d+)%s*$")
    return digits and #digits <= 15 and tonumber(digits) or nil
  end,

  -- Both spellings are about equally frequent in what the platform sends (API documentation).
  vendor = function(text)
    local name = trimmed(text):lower()
    return name == "webhooks" and "webhook" or name
  end,

  json = function(text)
    local value = core.decode(text)
    if type(value) == "table" then return value end
  end,

  list = function(text, property) return items(text, property.separators) end,
}

--- Says what a property's value means. What is null, blank, or "false" for a URL means nothing: nil. What cannot be
--- understood stays as it is.
---@param property celements.configuration.Property
---@param value any
---@return any
function values.read(property, value)
  if value == core.null then return nil end
  if type(value) ~= "string" then return value end
  if trimmed(value) == "" or property.means == "url" and trimmed(value):lower() == "false" then return nil end
  local read = READERS[property.means]
  local meant = read and read(value, property)
  if meant == nil then return value end
  return meant
end

local function joined(list, property)
  for _, item in ipairs(list) do
    if trimmed(item) == "" or item:find("[" .. property.separators .. "]") then
      return nil, ("must hold names that are neither empty nor contain %s"):format(
        property.separator == "," and "a comma" or "a vertical bar or a line break")
    end
  end
  return table.concat(list, property.separator)
end

--- Says what is sent for a property's value, whose type was checked.
---@param property celements.configuration.Property
---@param value any
---@return string|table|nil sent a table is an object of JSON
---@return string? reason why the value cannot be right
function values.write(property, value)
  local kind = type(value)
  if kind == "string" and trimmed(value) == "" then return nil, "must not be blank: celements.null clears it" end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then
    local digits = parameters.number(value)
    if digits then return digits end
    return nil, "is a number that cannot be sent exactly"
  end
  if kind == "table" and property.means == "list" then
    local text, reason = joined(value, property)
    return text, reason
  end
  if property.means == "json" and kind == "string" and not READERS.json(value) then return nil, "must be JSON" end
  return value
end

return values
