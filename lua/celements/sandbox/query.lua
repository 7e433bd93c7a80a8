--- What a hub call asks of a collection: `where`, `orderBy` and `fields`.
local ceql = require "celements.sandbox.ceql"
local json = require "celements.sandbox.json"
local request = require "celements.sandbox.request"

local query = {}

local function sortable(value)
  if type(value) == "table" then return "string", json.encode(value) end
  if type(value) == "boolean" then return "boolean", value and 1 or 0 end
  return type(value), value
end

-- Tells whether one value comes before another; values of one type stay together.
local function precedes(a, b)
  local kind_a, key_a = sortable(a)
  local kind_b, key_b = sortable(b)
  if kind_a ~= kind_b then return kind_a < kind_b end
  return key_a ~= nil and key_a < key_b
end

local function order_of(text)
  local name, direction = text:match("^%s*`?([%a_][%w_.]*)`?%s*(%a*)%s*$")
  direction = name and direction:lower()
  if not name or direction ~= "" and direction ~= "asc" and direction ~= "desc" then
    return nil, "orderBy must be a field, or one and asc or desc"
  end
  return { name = name, descending = direction == "desc" }
end

local function set_of(text)
  local set = {}
  for name in text:gmatch("[^,]+") do set[name:match("^%s*(.-)%s*$")] = true end
  return set
end

---@class celements.sandbox.Query
---@field terms? table[] of `where`
---@field order? { name: string, descending: boolean }
---@field fields? table<string, true> the fields wanted

--- Reads it from a request.
---@param req celements.sandbox.Request
---@return celements.sandbox.Query? wanted
---@return string? err
function query.read(req)
  local where, order = request.parameter(req, "where"), request.parameter(req, "orderBy")
  local fields, wanted, err = request.parameter(req, "fields"), {}, nil
  if where then wanted.terms, err = ceql.parse(where) end
  if order and not err then wanted.order, err = order_of(order) end
  if err then return nil, err end
  wanted.fields = fields and set_of(fields)
  return wanted
end

--- Sorts items by what their `fields` hold; equal ones stay as they are.
---@param items { fields: table }[]
---@param order { name: string, descending: boolean }
function query.sort(items, order)
  local place = {}
  for index, item in ipairs(items) do place[item] = index end
  table.sort(items, function(a, b)
    local x, y = a.fields[order.name], b.fields[order.name]
    if order.descending then x, y = y, x end
    if precedes(x, y) then return true end
    if precedes(y, x) then return false end
    return place[a] < place[b]
  end)
end

return query
