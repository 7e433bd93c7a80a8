--- A new table with what others have, one level deep.

---@param map table? nil counts as an empty table
---@param more table? comes before what `map` says
---@return table
return function(map, more)
  local new = {}
  for name, value in pairs(map or new) do new[name] = value end
  if more then
    for name, value in pairs(more) do new[name] = value end
  end
  return new
end
