--- Conditions for the query parameter `where`, in the platform's query language (CEQL), of a table of them.
--
-- A value stays one value, whatever stands in it and however an element reads literals: quotes are doubled, which ends
-- and begins a literal at once where a doubled quote means nothing. What one of the readers might take for a part of
-- the language is refused: a backslash could hide a closing quote, and so could bytes that are not UTF-8. Operators
-- stand in the keys, which the program writes: a table that comes from outside cannot bring one along.

local options = require "celements.options"
local parameters = require "celements.parameters"

local where = {}

-- The operators there are (API documentation).
local OPERATORS = {
  [""] = "=", ["="] = "=", ["!="] = "!=", ["<"] = "<", [">"] = ">", ["<="] = "<=", [">="] = ">=",
  ["like"] = " LIKE ", ["in"] = " IN ", ["is null"] = " IS NULL",
}

local RESERVED = {
  ["and"] = true, ["or"] = true, ["not"] = true, ["like"] = true, ["in"] = true, ["is"] = true, ["null"] = true,
}

local WELL_FORMED = {
  "[\194-\223][\128-\191]",
  "\224[\160-\191][\128-\191]", "[\225-\236\238\239][\128-\191][\128-\191]", "\237[\128-\159][\128-\191]",
  "\240[\144-\191][\128-\191][\128-\191]", "[\241-\243][\128-\191][\128-\191][\128-\191]",
  "\244[\128-\143][\128-\191][\128-\191]",
}

local function is_utf8(text)
  -- A blank in the place of each character, so that what stood around it does not become one.
  for _, pattern in ipairs(WELL_FORMED) do text = text:gsub(pattern, " ") end
  return not text:find("[\128-\255]")
end

local function scalar(value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "boolean" then return tostring(value) end
  if kind ~= "number" then return nil, "must be a string, a number or a boolean, not a " .. kind end
  local text = parameters.number(value)
  if text then return text end
  return nil, "is a number that cannot be sent exactly: give it as a string"
end

local function literal(value)
  local text, why = scalar(value)
  if not text then return nil, why end
  if text:find("%c") then why = "a control character" end
  if text:find("\\", 1, true) then why = "a backslash" end
  if not is_utf8(text) then why = "bytes that are not UTF-8" end
  if why then
    return nil, ("holds %s, which elements may read in different ways: write the whole condition as text"):format(why)
  end
  return "'" .. text:gsub("'", "''") .. "'"
end

local function literals(list)
  local count = 0
  if type(list) == "table" then
    for _ in next, list do count = count + 1 end
  end
  if count == 0 or count ~= #list then return nil, "must be a list of at least one value, without holes" end
  local texts = {}
  for index = 1, count do
    local text, why = literal(list[index])
    if not text then return nil, why end
    texts[index] = text
  end
  return "(" .. table.concat(texts, ",") .. ")"
end

-- Back-ticks keep a dotted name whole (API documentation).
local function field(name)
  if RESERVED[name:lower()] or name:find("[.-]") then return "`" .. name .. "`" end
  return name
end

local function term(key, value)
  local name, operator = key:match("^([A-Za-z_][A-Za-z0-9_.-]*)%s*(.-)%s*$")
  operator = name and OPERATORS[operator:lower():gsub("%s+", " ")]
  if not operator then
    return nil, "has a key that is not a field, or a field and an operator (=, !=, <, >, <=, >=, like, in, is null): "
      .. key:sub(1, 60):gsub("%c", "?")
  end
  local text, why
  if operator == OPERATORS["is null"] then
    text, why = value == true and "", "must be true"
  elseif operator == OPERATORS["in"] then
    text, why = literals(value)
  else
    text, why = literal(value)
  end
  if not text then
    local hint = type(value) == "table" and operator == "=" and ': an operator stands in the key, ["%s >="]'
    return nil, ("'%s' %s%s"):format(name, why, hint and hint:format(name) or "")
  end
  return field(name) .. operator .. text
end

--- Writes a condition.
---@private
---@param conditions string|table a text is given back as it is
---@return string? text
---@return string? why what is wrong, to be said after "where"
function where.compose(conditions)
  if type(conditions) == "string" then
    if conditions:find("%S") then return conditions end
    return nil, "is empty: leave it out to have everything"
  end
  local terms = {}
  for key, value in pairs(conditions) do
    if type(key) ~= "string" then return nil, "must have names of fields as its keys" end
    local text, why = term(key, value)
    if not text then return nil, why end
    table.insert(terms, text)
  end
  if not terms[1] then return nil, "has no condition: leave it out to have everything" end
  table.sort(terms) -- equal conditions are equal requests
  return table.concat(terms, " AND ")
end

--- Writes conditions, joined by AND, for use in a larger text:
--- `where.text { status = "active" } .. " OR " .. where.text { ["age >="] = 21, ["name like"] = "A%" }`. A key is a
--- field, or a field and one of `=`, `!=`, `<`, `>`, `<=`, `>=`, `like`, `in` (takes a list), `is null` (takes true).
--- Raises for what cannot be written safely.
---@param conditions table<string, string|number|boolean|(string|number|boolean)[]> values by field, or by field and
--- operator
---@return string
function where.text(conditions)
  options.argument("celements.where.text", "conditions", conditions, "table")
  local text, why = where.compose(conditions)
  if not text then error("celements.where.text: where " .. why, 2) end
  return text
end

return where
