--- Options tables, checked once: unknown names are refused with the nearest known one.

local options = {}

-- Every call passes here. Where finalisers call, too, LuaJIT 2.1 (of 2023-01-19, as in Debian 12) may never leave a
-- loop by what is named `next` or `pairs`.
local type, each = type, next

-- How many letters must be added, removed, changed or swapped with their neighbour to make one name of the other.
local function distance(a, b)
  local before, previous = {}, {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local current = { [0] = i }
    for j = 1, #b do
      local change = a:byte(i) == b:byte(j) and 0 or 1
      current[j] = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        current[j] = math.min(current[j], before[j - 2] + 1)
      end
    end
    before, previous = previous, current
  end
  return previous[#b]
end

--- Returns the known name that is nearest to another, or false when none is near.
---@param name string
---@param known table<string, any>
---@param limit number? letters that may differ; by default half of them, and of up to four 1
---@return string|false
function options.nearest(name, known, limit)
  local best, least
  for candidate in pairs(known) do
    local far = distance(name:lower(), candidate)
    if not least or far < least or far == least and candidate < best then best, least = candidate, far end
  end
  return least ~= nil and least <= (limit or #name > 4 and #name / 2 or 1) and best
end

-- "table|string" as { table = true, string = true }; there are few of these texts, and they are asked about often.
local sets = {}

local function set_of(kinds)
  local set = sets[kinds]
  if not set then
    set = {}
    for kind in kinds:gmatch("[^|]+") do set[kind] = true end
    sets[kinds] = set
  end
  return set
end

local function is(value, kinds)
  local kind = type(value)
  local set = set_of(kinds)
  if set[kind] then return true end
  if kind ~= "number" then return false end
  return set.seconds and value > 0 or set.size and value >= 1 and value % 1 == 0
    or set.count and value >= 0 and value % 1 == 0
    or set.rate and value > 0 and value < math.huge or false
end

local words = {
  seconds = "a positive number of seconds", size = "a positive whole number", count = "a whole number from 0 on",
  rate = "a positive number",
}

local function describe(kinds)
  local parts = {}
  for kind in kinds:gmatch("[^|]+") do table.insert(parts, words[kind] or "a " .. kind) end
  return table.concat(parts, " or ")
end

--- What an error calls a value that is of the wrong type: "a table", or "nil".
---@param value any
---@return string
function options.kind(value)
  return value == nil and "nil" or "a " .. type(value)
end

-- What nobody gave; never changed.
local EMPTY = {}

-- Which of the tables that a call's second result can be a value is, if it is one.
local function second_result(value)
  local meta = type(value) == "table" and getmetatable(value)
  local name = type(meta) == "table" and meta.__name
  return (name == "celements.Info" or name == "celements.Error") and name
end

local function refuse(where, given, name, known, level)
  if second_result(given) then
    error(where .. ": options are the second result of another call: put that call in parentheses", level)
  end
  local kinds, value = known[name], given[name]
  if kinds then
    local set = set_of(kinds)
    -- Where no number belongs, one may be a secret.
    local is_near = type(value) == "number" and (set.seconds or set.size or set.count or set.rate)
    local what = is_near and tostring(value) or options.kind(value)
    error(("%s: option '%s' must be %s, not %s"):format(where, name, describe(kinds), what), level)
  end
  local hint = type(name) == "string" and options.nearest(name, known)
  local text = hint and (" (did you mean '%s'?)"):format(hint) or ""
  error(("%s: unknown option '%s'%s"):format(where, tostring(name), text), level)
end

--- Checks an options table and raises at the caller's caller if it is not one, has an unknown name or a wrong type.
---@param where string the function, as the user calls it
---@param given any nil counts as an empty table
---@param known table<string, string> option name to Lua types (or "seconds", "size", "count", "rate"), separated by |
---@param level integer? of the caller to blame, as `error` counts, from the function that calls this one
---@return table given not to be changed
function options.check(where, given, known, level)
  if given == nil then return EMPTY end
  if type(given) ~= "table" then
    error(("%s: options must be a table, not %s"):format(where, options.kind(given)), (level or 2) + 1)
  end
  for name, value in each, given do
    local kinds = known[name]
    local set = sets[kinds]
    if not (set and set[type(value)]) and not (kinds and is(value, kinds)) then
      refuse(where, given, name, known, (level or 2) + 2)
    end
  end
  return given
end

--- Raises at the caller's caller unless the argument is of the type.
---@param where string the function, as the user calls it
---@param name string the argument
---@param value any
---@param kinds string as in `options.check`
---@param level integer? as in `options.check`
---@param following any the next argument: where the value is what another call returned, its error may say more
function options.argument(where, name, value, kinds, level, following)
  if type(value) ~= kinds and not is(value, kinds) then
    local why = value == nil and second_result(following) == "celements.Error" and ": " .. tostring(following) or ""
    error(("%s: %s must be %s, not %s%s"):format(where, name, describe(kinds), options.kind(value), why),
      (level or 2) + 1)
  end
end

return options
