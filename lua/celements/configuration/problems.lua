--- What is wrong with the configuration of a new instance, found before anything is sent.
---
--- A refusal must never be wrong: a request is refused only for what cannot be right in any flow, and for a missing
--- entry only where the catalogue calls the evidence strong. Everything else is sent, and the platform decides.
--- Maps are read raw, as the JSON encoder reads them. No value ever stands in a message: it could be a secret.

local catalogue = require "celements.catalogue"
local naming = require "celements.naming"
local properties = require "celements.configuration.properties"
local refusal = require "celements.configuration.refusal"

local problems = {}

local MASK = properties.MASK

-- JSON null is the only userdata that a body can hold.
local function is_null(value)
  return value == nil or type(value) == "userdata"
end

local function is_empty(value)
  return is_null(value) or type(value) == "string" and not value:find("%S")
end

-- The documentation's payloads hold <INSERT_TAGS> and the like.
local function is_placeholder(value)
  return type(value) == "string" and value:find("<", 1, true) ~= nil
    and value:upper():find("^%s*<INSERT_[^<>]*>%s*$") ~= nil
end

-- A list of entries, as GET /instances/{id}/configuration gives them, is not the map that a new instance needs.
local function is_map(value)
  return type(value) == "table" and rawget(value, 1) == nil
end

-- The documentation puts the configuration at the top of a request; some requests carry it under `element`.
local function maps(request)
  local found = {}
  if is_map(request.configuration) then table.insert(found, request.configuration) end
  local element = request.element
  if type(element) == "table" and is_map(element.configuration) then table.insert(found, element.configuration) end
  return found
end

local function supplies(given, key)
  for _, map in ipairs(given) do
    if not is_empty(rawget(map, key)) then return true end
  end
  return false
end

--- The value that a request has for an entry, or nil when it is absent, null or blank.
---@param request table the body of `POST /instances`
---@param key string
---@return any
function problems.value(request, key)
  for _, map in ipairs(maps(request)) do
    local value = rawget(map, key)
    if not is_empty(value) then return value end
  end
end

-- Whether only the top-level configuration can hold what the element needs: it may also come from an OAuth proxy, from
-- the provider's callback, from tokens obtained elsewhere or from the element, and another number may be a clone's.
local function is_plain_flow(request, id)
  local given, external = request.element, request.externalAuthentication
  return (is_null(request.configuration) or is_map(request.configuration))
    and is_null(given.configuration) and is_null(request.oauthProxy) and is_null(request.providerData)
    and (is_null(external) or external == "none")
    and (is_null(given.id) or tonumber(given.id) == id)
end

local function find_missing(request, given)
  local missing = {}
  local element = request.element
  local keys, id = catalogue.strong_keys(type(element) == "table" and element.key)
  if keys[1] and is_plain_flow(request, id) then
    for _, key in ipairs(keys) do
      if not supplies(given, key) then table.insert(missing, key) end
    end
  end
  return missing
end

local function sorted_keys(map)
  local keys = {}
  for key in next, map do
    if type(key) == "string" or type(key) == "number" then table.insert(keys, key) end
  end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return type(a) == "number" end
    return a < b
  end)
  return keys
end

-- A key comes from the caller too: one line stays one line.
local function printable(text)
  return (text:gsub("%c", "?"))
end

-- Most requests hold none, and need no names of places.
local function holds_placeholder(value, seen)
  if type(value) ~= "table" then return is_placeholder(value) end
  if seen[value] then return false end
  seen[value] = true
  for _, inner in next, value do
    if holds_placeholder(inner, seen) then return true end
  end
  return false
end

-- `above` holds the tables that the value stands in: one that holds itself is the JSON encoder's to refuse.
local function find_placeholders(value, where, found, above)
  if is_placeholder(value) then
    table.insert(found, printable(where))
  elseif type(value) == "table" and not above[value] then
    above[value] = true
    for _, key in ipairs(sorted_keys(value)) do
      local inner = type(key) == "number" and ("%s[%s]"):format(where, key) or where .. "." .. key
      find_placeholders(rawget(value, key), where == "" and tostring(key) or inner, found, above)
    end
    above[value] = nil
  end
  return found
end

local function find_invalid(request, given)
  local invalid = {}
  local top = request.configuration
  if not is_null(top) and not is_map(top) then
    table.insert(invalid, { key = "configuration", reason = "must be a table of keys and values" })
  end
  for _, map in ipairs(given) do
    for key, value in next, map do
      local judged = not is_empty(value) and not is_placeholder(value)
      local reason = value == MASK and "is masked, give the real value" or judged and properties.fault(key, value)
      if reason then table.insert(invalid, { key = printable(tostring(key)), reason = reason }) end
    end
  end
  table.sort(invalid, function(a, b) return a.key < b.key end)
  return invalid
end

--- Says in one line what is wrong.
---@param problem celements.configuration.Problem
---@return string text empty when nothing is
function problems.describe(problem)
  local parts = {}
  if problem.missing[1] then
    table.insert(parts, "missing configuration for " .. problem.element .. ": " .. table.concat(problem.missing, ", "))
  end
  if problem.placeholders[1] then
    table.insert(parts, "placeholder left in: " .. table.concat(problem.placeholders, ", "))
  end
  for _, entry in ipairs(problem.invalid) do table.insert(parts, entry.key .. " " .. entry.reason) end
  return table.concat(parts, "; ")
end

---@class celements.configuration.Problem
---@field element any the request's `element.key`
---@field missing string[] required entries that are absent, null or blank, in catalogue order
---@field placeholders string[] where an <INSERT_...> is left in: "configuration.mailjet.api.key", "name", "tags[1]"
---@field invalid { key: string, reason: string }[] entries whose value cannot be right
---@field message string all of it in one line, without any value
---@field entries celements.ElementConfig[]? what the platform says the element wants, where it was asked

--- Names everything that is wrong with the body of a new instance, or returns nil when nothing is. `false`, numbers
--- and tables are values; unknown keys are never an error. The request is left as it is.
---@param request table the body of `POST /instances`
---@return celements.configuration.Problem?
function problems.check(request)
  local given = maps(request)
  local problem = {
    element = type(request.element) == "table" and request.element.key or nil,
    missing = find_missing(request, given),
    placeholders = holds_placeholder(request, {}) and find_placeholders(request, "", {}, {}) or {},
    invalid = find_invalid(request, given),
  }
  problem.message = problems.describe(problem)
  return problem.message ~= "" and problem or nil
end

local function element_of(request)
  local key, id = naming.element(request)
  if key == nil then return catalogue.by_id(id) end
  return catalogue.get(key)
end

-- A proxy holds the application's own keys, and tokens obtained elsewhere need no callback (API documentation).
local function is_expected(entry, request)
  if entry.required ~= "yes" then return false end
  if not is_null(request.oauthProxy) then return not entry.key:find("^oauth%.") end
  return request.externalAuthentication ~= "initial" or entry.key ~= "oauth.callback.url"
end

--- Returns the entries that the element probably requires and the request does not supply, in catalogue order, or nil
--- when there are none or the element is not known. It is a hint for a request that the platform has refused.
---@param request table the body of `POST /instances`; its element may be given by key or by number
---@return string[]?
function problems.likely_missing(request)
  local element, given = element_of(request), maps(request)
  local missing = {}
  for _, entry in ipairs(element and element.entries or {}) do
    if is_expected(entry, request) and not supplies(given, entry.key) then table.insert(missing, entry.key) end
  end
  return missing[1] and missing or nil
end

--- Returns the entries that the platform's error text names as missing, in the order of the text, or nil when it names
--- none. An entry that the request does supply is left out, whatever the text says: it is there, and something else is
--- wrong with it. So is what stands in the request as a value.
---@param message any the error's text
---@param request table the body of `POST /instances`
---@return string[]?
function problems.missing_in(message, request)
  if type(message) ~= "string" then return nil end
  local keys, values, missing = {}, {}, {}
  local element, given = element_of(request), maps(request)
  for _, entry in ipairs(element and element.entries or {}) do
    if entry.required ~= "no" then table.insert(keys, entry.key) end
  end
  for _, map in ipairs(given) do
    for _, value in next, map do
      if type(value) == "string" then values[value] = true end
    end
  end
  for _, key in ipairs(refusal.named(message, keys)) do
    if not supplies(given, key) and not values[key] then table.insert(missing, key) end
  end
  return missing[1] and missing or nil
end

--- Returns a copy of a configuration map without the entries that are masked, because a mask that is written back could
--- overwrite the secret behind it. The copy keeps the metatable, and shares nested tables with the original.
---@param map any what is not a table is returned as it is
---@return any copy
---@return boolean was_masked whether any was left out
function problems.strip_masked(map)
  if type(map) ~= "table" then return map, false end
  local copy, was_masked = {}, false
  for key, value in next, map do
    if value == MASK then was_masked = true else copy[key] = value end
  end
  return setmetatable(copy, debug.getmetatable(map)), was_masked
end

return problems
