--- What is wanted of a collection: options of a call that become parameters of its query.

local copy = require "celements.copy"
local options = require "celements.options"
local request = require "celements.request"

local selection = {}

--- Options of a call that reads a collection. `page_size` is at most 200 on the platform itself (API documentation).
---@class celements.SelectOptions: celements.CallOptions
---@field where string|table|nil a condition as text, or a table as `celements.where.text` takes
---@field fields string|string[]|nil the fields that the items have
---@field order_by string? such as "name" or "name desc"
---@field page_size integer? items a page
---@field page integer? the number of the page, counted from 1
---@field next_page string? the cursor of the page, from `info.next_page`
selection.options = request.options_with {
  where = "string|table", fields = "string|table", order_by = "string", page_size = "size", page = "size",
  next_page = "string",
}

--- Options of a call that goes through a collection; `page` and `next_page` say where to begin.
---@class celements.WalkOptions: celements.SelectOptions
---@field paging "cursor"|"number"|nil how to go on: by the cursor in the answer, or by counting pages; by default as
--- the platform's answer suggests
local walk_options = copy(selection.options, { paging = "string" })

-- Their names on the wire (API documentation).
local PARAMETERS = {
  where = "where", fields = "fields", order_by = "orderBy", page_size = "pageSize", page = "page",
  next_page = "nextPage",
}

local function field_list(fields)
  if type(fields) == "string" then return fields end
  local count = 0
  for _, name in pairs(fields) do
    if type(name) ~= "string" or name == "" or name:find("[,%c]") then return nil, "must be names of fields" end
    count = count + 1
  end
  if count == 0 or count ~= #fields then return nil, "must be a list of at least one field, without holes" end
  return table.concat(fields, ",")
end

-- Read when it is first asked for.
local function compose(conditions)
  return require("celements.where").compose(conditions)
end

local WRITERS = { where = compose, fields = field_list }

local function exclude(called, given, name, other, value, level)
  if given[name] ~= nil and given[other] ~= nil and (not value or given[other] == value) then
    local what = value and (' = "%s"'):format(value) or ""
    error(("%s: option '%s' does not go with '%s'%s"):format(called, name, other, what), level + 1)
  end
end

local function check_paging(called, given, level)
  local paging = given.paging
  if paging ~= nil and paging ~= "cursor" and paging ~= "number" then
    error(("%s: option 'paging' must be \"cursor\" or \"number\""):format(called), level + 1)
  end
  exclude(called, given, "page", "next_page", nil, level + 1)
  exclude(called, given, "page", "paging", "cursor", level + 1)
  exclude(called, given, "next_page", "paging", "number", level + 1)
end

local function selects(given)
  for name in pairs(PARAMETERS) do
    if given[name] ~= nil then return true end
  end
  return false
end

--- The options of the call itself, with the selection in its query. Raises for what cannot be sent.
---@param called string the function, as the user calls it
---@param given celements.WalkOptions already checked
---@param level integer of the caller to blame, counted from the function that calls this one
---@return celements.CallOptions
function selection.call(called, given, level)
  if next(given) == nil then return given end -- most calls
  check_paging(called, given, level + 1)
  if not selects(given) then return given end
  local call, query = request.call_options(given), copy(given.query)
  for name, parameter in pairs(PARAMETERS) do
    local value, why = given[name], nil
    if value ~= nil then
      if query[parameter] ~= nil then
        error(("%s: option '%s' and query '%s' are the same: give one"):format(called, name, parameter), level + 1)
      end
      if WRITERS[name] then value, why = WRITERS[name](value) end
      if why then error(("%s: %s %s"):format(called, name, why), level + 1) end
      query[parameter] = value
    end
  end
  call.query = query
  return call
end

--- Begins to go through a collection, for a method that does nothing else. Raises for misuse, blaming its caller.
---@param context celements.Context
---@param make fun(context: celements.Context, called: string, path: string, given: table, style: string): any
---@param called string the method, as the user calls it
---@param path string
---@param given celements.WalkOptions?
---@param style "platform"|"any" how to go on where the options do not say
---@return any walk what `make` returns
function selection.walk(context, make, called, path, given, style)
  options.argument(called, "path", path, "string", 3)
  given = options.check(called, given, walk_options, 3)
  return make(context, called, path, selection.call(called, given, 3), given.paging or style)
end

return selection
