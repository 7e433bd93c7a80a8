--- What there is to be done one after the other: a list, or what gives its items.

local worklist = {}

--- Tells a list from what gives one item after the other: a function, or a table that can be called.
---@param items any[]|fun(): any
---@return boolean
function worklist.is_list(items)
  local meta = getmetatable(items)
  return type(items) == "table" and not (type(meta) == "table" and meta.__call)
end

-- `n` is the length, in what `table.pack` and `celements.map` give.
local function is_beside(key)
  return key ~= "n" and not (type(key) == "number" and key >= 1 and key % 1 == 0)
end

-- A key that is no name may be a secret.
local function describe(key)
  local is_name = type(key) == "string" and #key <= 20 and key:find("^[%a_]+$") ~= nil
  return is_name and ("the key '%s'"):format(key) or "keys besides 1, 2, 3 …"
end

--- Raises for a table that is no list, or one with holes: what stands beside the items or behind a hole would be lost
--- without a word.
---@param where string the function, as the user calls it
---@param name string the argument
---@param items any[]|fun(): any
---@param level integer of the caller to blame, counted from the function that calls this one
function worklist.check(where, name, items, level)
  if not worklist.is_list(items) then return end
  local hole
  local count = #items
  for key in next, items do
    if is_beside(key) then
      error(("%s: %s must be a list, but has %s"):format(where, name, describe(key)), level + 1)
    end
    if key ~= "n" and key > count then hole = count + 1 end
  end
  for index = count, 1, -1 do
    if items[index] == nil then hole = index end
  end
  if hole then
    error(("%s: %s has a hole: item %d is nil, and more come after it"):format(where, name, hole), level + 1)
  end
end

--- What gives one item after the other, and nil at the end.
---@param items any[]|fun(): any
---@return fun(): any
function worklist.source(items)
  if not worklist.is_list(items) then return function() return (items()) end end
  local index, count = 0, #items
  return function()
    if index >= count then return nil end
    index = index + 1
    return items[index]
  end
end

return worklist
