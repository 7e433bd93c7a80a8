--- An instance's configuration, entry by entry. `instances:…(id, …)` names the instance by its id,
--- `session.instance:…(…)` by its token.

local configuration = require "celements.configuration.problems"
local copy = require "celements.copy"
local core = require "celements.core"
local errors = require "celements.errors"
local properties = require "celements.configuration.properties"
local request = require "celements.request"

local entries = {}

--- One entry of an instance's configuration.
---@class celements.Entry
---@field id integer|string the entry's own
---@field key string such as "mailjet.api.key"
---@field propertyValue any text, or null; "true" and "false" for what is on and off (observed); secrets are `********`

--- Lists an instance's configuration as entries: each has an `id` of its own, a `key` and a `propertyValue`.
---@param place celements.Place
---@param given celements.CallOptions?
---@return celements.Entry[]? entries
---@return celements.Info|celements.Error
function entries.configuration(place, given)
  given = place:options(given, request.options)
  local list, info = place:page(place.path .. "/configuration", given)
  return list, info
end

--- Reads one entry of an instance's configuration.
---@param place celements.Place
---@param entry_id integer|string the entry's own, from `configuration`
---@param given celements.CallOptions?
---@return celements.Entry? entry
---@return celements.Info|celements.Error
function entries.entry(place, entry_id, given)
  given = place:options(given, request.options)
  local path = place:below("/configuration/%s", "entry_id", entry_id)
  local entry, info = place:call("GET", path, given)
  return request.object(entry, info, "GET", path, "entry")
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- As the platform writes a value: text, or null (observed). Digits must not change on the way.
local function wire_value(value)
  local kind = type(value)
  if kind == "string" or value == core.null then return value end
  if kind == "boolean" then return tostring(value) end
  local text, where, reason = core.encode(value)
  if text then return text end
  return nil, (where and where ~= "" and "at " .. where:gsub("^%.", "") .. " " or "") .. reason
end

local function refusal(problems)
  local parts, invalid = {}, {}
  for index, key in ipairs(sorted_keys(problems)) do
    invalid[index] = { key = key, reason = problems[key] }
    parts[index] = ("%s %s"):format(key:gsub("%c", "?"), problems[key])
  end
  return errors.new {
    kind = "configuration", message = table.concat(parts, "; ") .. "; nothing was changed", invalid = invalid,
    hint = "instances:configuration lists an instance's entries",
  }
end

-- What is written for each key, or the error that names everything that cannot be.
local function values_of(changes)
  local values, problems = {}, {}
  for key, value in pairs(changes) do
    local written, reason = wire_value(value)
    if written == properties.MASK then written, reason = nil, "is masked, give the real value" end
    values[key], problems[key] = written, reason
  end
  if next(problems) then return nil, refusal(problems) end
  return values
end

local function can_be_addressed(entry)
  return type(entry) == "table" and type(entry.key) == "string" and request.is_id(entry.id)
end

-- The entries as they are to be sent, by key, or the error that names the keys that the instance does not have.
local function whole_entries(list, values)
  local found, problems = {}, {}
  for _, entry in ipairs(list) do
    local key = can_be_addressed(entry) and entry.key
    if values[key] ~= nil and not found[key] then
      found[key] = configuration.strip_masked(entry)
      found[key].propertyValue = values[key]
    end
  end
  for key in pairs(values) do
    if not found[key] then problems[key] = "is no configuration entry of the instance" end
  end
  if next(problems) then return nil, refusal(problems) end
  return found
end

-- What is wrong with one entry says nothing about the next. Everything else would go wrong again.
local OF_ONE_ENTRY = {
  configuration = true, rejected = true, not_found = true, conflict = true, provider = true, too_large = true,
}

-- Writes one entry after the other. What it returns has the changed entries and the errors by key, and the rest of the
-- keys; the second value is that of the last call that succeeded.
local function write(place, whole, given, info)
  local outcome, stopped = { changed = {}, failed = {}, untried = {} }, false
  for _, key in ipairs(sorted_keys(whole)) do
    if stopped then
      table.insert(outcome.untried, key)
    else
      local path = place:below("/configuration/%s", "the entry's id", whole[key].id)
      local entry, answer = place:call("PATCH", path, given, whole[key])
      entry, answer = request.object(entry, answer, "PATCH", path, "entry")
      outcome.changed[key] = entry
      if entry then info = answer else outcome.failed[key] = answer end
      stopped = not entry and not OF_ONE_ENTRY[answer.kind]
    end
  end
  return outcome, info
end

local function incomplete(outcome)
  local failed, parts = sorted_keys(outcome.failed), {}
  local err = copy(outcome.failed[failed[1]])
  for index, key in ipairs(failed) do parts[index] = ("%s: %s"):format(key, outcome.failed[key].message) end
  err.failed, err.untried, err.changed = outcome.failed, outcome.untried, sorted_keys(outcome.changed)
  for _, name in ipairs { "untried", "changed" } do
    if err[name][1] then parts[#parts + 1] = name .. ": " .. table.concat(err[name], ", ") end
  end
  err.message = table.concat(parts, "; ")
  return errors.new(err)
end

--- Changes entries of an instance's configuration by their keys: `{ ["event.notification.enabled"] = true }`. Reads
--- the entries, then writes each whole with its new value: `true` as "true", a number with all of its digits, a table
--- as JSON text, `celements.null` as null. Nothing is written when a key is unknown, or a value masked or impossible.
---
--- Each entry is a call of its own, in the order of the keys. When one fails the error has `failed` (errors by key),
--- `changed` and `untried` (keys); what is wrong with one entry does not keep the others from being tried.
---@param place celements.Place
---@param changes table<string, any> new values by key
---@param given celements.CallOptions? for each of the calls
---@return table<string, celements.Entry>? changed as the platform has them now, by key
---@return celements.Info|celements.Error
function entries.configure(place, changes, given)
  place:argument("changes", changes, "table", given)
  given = place:options(given, request.options)
  for key in pairs(changes) do
    if type(key) ~= "string" then place:misuse("changes must have texts as keys, not a " .. type(key)) end
  end
  local values, problem = values_of(changes)
  if not values then return nil, problem end
  local list, info = place:page(place.path .. "/configuration", given)
  if not list then return nil, info end
  local whole, unknown = whole_entries(list, values)
  if not whole then return nil, unknown end
  local outcome
  outcome, info = write(place, whole, given, info)
  if next(outcome.failed) then return nil, incomplete(outcome) end
  return outcome.changed, info
end

return entries
