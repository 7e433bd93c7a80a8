--- JSON as the sandbox reads and writes it: strict on the way in, exact on the way out.
-- It uses dkjson, not the library the client uses, so that the two can disagree.
local syntax = require "celements.sandbox.json_syntax"

local json = {}

--- What to do when dkjson cannot be found.
json.MISSING = "dkjson is missing: install Debian's lua-dkjson, or run `luarocks install dkjson`"

--- JSON's null, inside decoded tables and in tables to encode.
json.null = setmetatable({}, {
  __tojson = function() return "null" end,
  __tostring = function() return "null" end,
})

local function library()
  local found, dkjson = pcall(require, "dkjson")
  if not found then error(json.MISSING, 0) end
  return dkjson
end

--- Marks a table as a JSON object, so that it is written as `{}` when empty.
---@param values? table
---@param order? string[] the order in which its fields are written
---@return table values
function json.object(values, order)
  return setmetatable(values or {}, { __jsontype = "object", __jsonorder = order })
end

--- Marks an object that never changes: it is encoded once, however often it is written.
---@param object table of `json.object`
---@return table object
function json.constant(object)
  local text
  getmetatable(object).__tojson = function()
    if not text then
      local copy = {}
      for name, value in pairs(object) do copy[name] = value end
      text = json.encode(json.object(copy, getmetatable(object).__jsonorder))
    end
    return text
  end
  return object
end

--- Marks a table as a JSON array.
---@param values? table
---@return table values
function json.array(values)
  return setmetatable(values or {}, { __jsontype = "array" })
end

--- Tells whether a decoded value is a JSON array.
---@param value any
---@return boolean
function json.is_array(value)
  local meta = type(value) == "table" and getmetatable(value)
  return meta and meta.__jsontype == "array" or false
end

--- Tells whether a decoded value is a JSON object.
---@param value any
---@return boolean
function json.is_object(value)
  local meta = type(value) == "table" and getmetatable(value)
  return meta and meta.__jsontype == "object" or false
end

--- Makes a JSON integer of decimal digits, also of more digits than a Lua number holds.
---@param digits string
---@return any integer to be put in a table that is encoded
function json.integer(digits)
  if #digits < 15 then return tonumber(digits) end
  return setmetatable({}, { __tojson = function() return digits end })
end

--- Writes a number as JSON text: integers without fraction, floats with the digits that read back.
---@param number number
---@return string
function json.number(number)
  if number % 1 == 0 and number > -2 ^ 53 and number < 2 ^ 53 then return ("%.0f"):format(number) end
  local short = ("%.15g"):format(number)
  return tonumber(short) == number and short or ("%.17g"):format(number)
end

--- Encodes a value.
---@param value any
---@return string text
function json.encode(value)
  return library().encode(value)
end

--- Decodes JSON text, refusing everything that RFC 8259 does not allow.
---@param text string
---@return any? value
---@return string? err what is wrong and at which byte
function json.decode(text)
  local ok, err = syntax.check(text)
  if not ok then return nil, err end
  -- The metatables tell [] from {} afterwards.
  local value = library().decode(text, 1, json.null)
  return value
end

return json
