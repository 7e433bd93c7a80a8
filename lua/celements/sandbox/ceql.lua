--- The part of CEQL that the sandbox understands: `field = value` terms joined by AND.
local ceql = {}

local function literal(text, at)
  local quoted, after = text:match("^'([^']*)'()", at)
  if quoted then
    -- A doubled quote stands for one (API documentation).
    while text:sub(after, after) == "'" do
      local more, beyond = text:match("^'([^']*)'()", after)
      if not more then return nil end
      quoted, after = quoted .. "'" .. more, beyond
    end
    return quoted, after
  end
  local word, beyond = text:match("^(-?[%w.]+)()", at)
  if word and (tonumber(word) or word == "true" or word == "false") then return word, beyond end
end

local function term(text, at)
  local field, after = text:match("^%s*`([^`]+)`%s*=%s*()", at)
  if not field then field, after = text:match("^%s*([%a_][%w_]*)%s*=%s*()", at) end
  if not field then return nil end
  local value, beyond = literal(text, after)
  if not value then return nil end
  return { field = field, value = value }, text:match("^%s*()", beyond)
end

--- Reads a condition.
---@param text string
---@return { field: string, value: string }[]? terms
---@return string? err
function ceql.parse(text)
  local terms, at = {}, 1
  while true do
    local found, after = term(text, at)
    if not found then break end
    terms[#terms + 1] = found
    if after > #text then return terms end
    at = text:match("^[aA][nN][dD]%s+()", after)
    if not at then break end
  end
  return nil, "Error parsing query: " .. text
end

local function equal(actual, wanted)
  if type(actual) == "number" then return actual == tonumber(wanted) end
  if type(actual) == "boolean" or type(actual) == "string" then return tostring(actual) == wanted end
  return false
end

--- Tells whether an object's top-level fields meet every term.
---@param terms { field: string, value: string }[]
---@param object table
---@return boolean
function ceql.matches(terms, object)
  for _, entry in ipairs(terms) do
    if not equal(object[entry.field], entry.value) then return false end
  end
  return true
end

return ceql
