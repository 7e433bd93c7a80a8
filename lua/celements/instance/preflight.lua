--- What is wrong with the request for a new instance, before it is sent.

local catalogue = require "celements.catalogue"
local configuration = require "celements.configuration.problems"
local copy = require "celements.copy"
local errors = require "celements.errors"
local naming = require "celements.naming"
local options = require "celements.options"

local preflight = {}

-- How many letters of a key may be wrong, for it to be taken for another one.
local MOST_LETTERS = 2

local function no_element()
  return errors.new {
    kind = "configuration",
    message = "missing element.key, which says what to provision: element = { key = \"mailjet\" }",
    missing = { "element.key" },
  }
end

-- An entry of its own that is almost the name of a missing one was probably meant for it.
local function misspelt(problem, body)
  local entries = problem.entries or (catalogue.get(body.element.key) or {}).entries
  local given, hints = {}, {}
  for key in next, type(body.configuration) == "table" and body.configuration or given do
    if type(key) == "string" and not key:find("%c") then given[key] = true end
  end
  for _, entry in ipairs(entries or {}) do given[entry.key] = nil end
  for _, key in ipairs(problem.missing) do
    local near = options.nearest(key, given, MOST_LETTERS)
    if near then table.insert(hints, ("'%s' is there: should it be '%s'?"):format(near, key)) end
  end
  return hints[1] and table.concat(hints, " ")
end

-- Entries that stand beside `configuration`, or in a table that was meant to be it.
local function misplaced(missing, body)
  for _, key in ipairs(missing) do
    if body[key] ~= nil then return ("'%s' stands beside 'configuration', not in it"):format(key) end
    for name, value in next, body do
      local is_plain = type(name) == "string" and name ~= "configuration" and not name:find("%c")
      if is_plain and type(value) == "table" and value[key] ~= nil then
        return ("'%s' stands in '%s': should that be 'configuration'?"):format(key, name)
      end
    end
  end
end

local function refusal(problem, body)
  local function some(list) return list[1] ~= nil and list or nil end
  return errors.new {
    kind = "configuration",
    message = problem.message,
    hint = problem.missing[1] and (misplaced(problem.missing, body) or misspelt(problem, body)) or nil,
    missing = some(problem.missing),
    placeholders = some(problem.placeholders),
    invalid = some(problem.invalid),
  }
end

--- Takes the element out of a request whose path names it: the API documentation wants no element key there. What is
--- checked, and what a refusal is explained by, does name it.
---@param body table
---@param element string|integer key or id
---@return table? described the request with its element named, nil when it names another one
---@return table|celements.Error sent the request as it is to be sent
function preflight.name_element(body, element)
  local rest = type(body.element) == "table" and copy(body.element) or {}
  local field = (type(element) == "number" or element:find("^%d+$")) and "id" or "key"
  local key, id = naming.element(body)
  local named = key
  if field == "id" then named = id end
  if named ~= nil and tostring(named) ~= tostring(element) then
    local text = "element.%s is %s, but option 'element' says %s"
    return nil, errors.new {
      kind = "configuration", message = text:format(field, tostring(named), tostring(element)),
    }
  end
  local described, sent = copy(body), copy(body)
  described.element, sent.element = copy(rest), rest
  described.element[field] = field == "id" and tonumber(element) or element
  rest.key, rest.id = nil, nil
  if next(rest) == nil then sent.element = nil end
  return described, sent
end

--- Raises unless the option `check` is one of its values.
---@param where string
---@param check any already of a right type
---@param level integer of the caller to blame, counted from the function that calls this one
function preflight.check_option(where, check, level)
  if type(check) == "string" and check ~= "live" then
    error(where .. ": option 'check' must be true, false or 'live'", level + 1)
  end
end

--- Says what keeps a request from being sent.
---@param context celements.Context
---@param where string
---@param body table
---@param given celements.CreateOptions
---@return celements.Error? err of kind "configuration"; with `check = "live"` also why the platform could not be asked
function preflight.refuse(context, where, body, given)
  local key, id = naming.element(body)
  -- A creation that does not name its element by the path names it in the body (API documentation).
  if key == nil and id == nil then return no_element() end
  local problem = configuration.check(body)
  if given.check == "live" then
    local err
    problem, err = require("celements.configuration.live").check(context, where, body, problem, given)
    if err then return err end
  end
  return problem and refusal(problem, body)
end

return preflight
