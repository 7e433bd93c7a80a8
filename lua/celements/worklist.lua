--- What there is to be done one after the other: a list, or what gives its items.

local worklist = {}

-- What lies behind a hole would be lost without a word.
local function check_list(items, count)
  local hole
  for key in next, items do
    if type(key) == "number" and key > count then hole = count + 1 end
  end
  for index = count, 1, -1 do
    if items[index] == nil then hole = index end
  end
  if hole then error(("celements: the list has a hole: item %d is nil, and more come after it"):format(hole), 5) end
end

--- Tells a list from what gives one item after the other: a function, or a table that can be called.
---@param items any[]|fun(): any
---@return boolean
function worklist.is_list(items)
  local meta = getmetatable(items)
  return type(items) == "table" and not (type(meta) == "table" and meta.__call)
end

--- What gives one item after the other, and nil at the end. Raises for a list with holes, blaming the caller's caller's
--- caller.
---@param items any[]|fun(): any
---@return fun(): any
function worklist.source(items)
  if not worklist.is_list(items) then return function() return (items()) end end
  local index, count = 0, #items
  check_list(items, count)
  return function()
    if index >= count then return nil end
    index = index + 1
    return items[index]
  end
end

return worklist
