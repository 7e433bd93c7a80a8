--- Lua values as the text of a query or a header: no digit is lost, nothing is dropped in silence.

local parameters = {}

local EXACT = 2 ^ 53

--- The digits of a number, all of them; nil when this Lua does not hold it exactly.
---@param value number
---@return string?
function parameters.number(value)
  local whole = value % 1 == 0
  if math.type and math.type(value) == "integer" or whole and value <= EXACT and value >= -EXACT then
    return ("%d"):format(value)
  end
  if value ~= value or value == math.huge or value == -math.huge then return nil end
  if whole and not math.type then return nil end
  local text = ("%.14g"):format(value)
  if tonumber(text) ~= value then text = ("%.17g"):format(value) end
  return (text:gsub("[^%de+-]+", ".")) -- whatever the locale's decimal point is
end

local function scalar_text(where, name, value, level)
  local kind = type(value)
  local text
  if kind == "string" then text = value end
  if kind == "boolean" then text = tostring(value) end
  if kind == "number" then
    text = parameters.number(value)
    if not text then
      error(("%s: %s is a number that cannot be sent exactly: give it as a string"):format(where, name), level + 1)
    end
  end
  if not text then
    error(("%s: %s must be a string, number or boolean, not a %s"):format(where, name, kind), level + 1)
  end
  return text
end

local function check_list(where, name, value, level)
  local count = 0
  for _ in next, value do count = count + 1 end
  if count == 0 or count ~= #value then
    error(("%s: %s must be a value or a list of at least one value, without holes"):format(where, name), level + 1)
  end
end

--- Turns a query table into a flat list of names and values. Arrays have a literal [] after their name (API
--- documentation). Sorted, so that equal queries are equal requests. Raises for what cannot be sent.
---@param where string the function, as the user calls it
---@param query table<string, string|number|boolean|table>
---@param level integer of the caller to blame, counted from the function that calls this one
---@return string[]
function parameters.query(where, query, level)
  local names, list = {}, {}
  for name in pairs(query) do
    if type(name) ~= "string" then
      error(("%s: option 'query' must have string names"):format(where), level + 1)
    end
    table.insert(names, name)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value, called = query[name], "query '" .. name .. "'"
    if type(value) == "table" then
      local array = name:find("%[%]$") and name or name .. "[]"
      check_list(where, called, value, level + 1)
      for _, item in ipairs(value) do
        table.insert(list, array)
        table.insert(list, scalar_text(where, called, item, level + 1))
      end
    else
      table.insert(list, name)
      table.insert(list, scalar_text(where, called, value, level + 1))
    end
  end
  return list
end

--- Turns a table of headers into strings. Raises for what cannot be sent.
---@param where string
---@param headers table<string, string|number|boolean>
---@param level integer
---@return table<string, string>
function parameters.headers(where, headers, level)
  local map = {}
  for name, value in pairs(headers) do
    if type(name) ~= "string" then
      error(("%s: option 'headers' must have string names"):format(where), level + 1)
    end
    map[name] = scalar_text(where, "header '" .. name .. "'", value, level + 1)
  end
  return map
end

--- Undoes percent-encoding.
---@param text string
---@return string
function parameters.unescape(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

return parameters
