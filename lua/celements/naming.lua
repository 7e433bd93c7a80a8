--- Which element a request names.

local naming = {}

-- JSON null is the only userdata that a body can hold.
local function given(value)
  local is_blank = type(value) == "userdata" or type(value) == "string" and not value:find("%S")
  if not is_blank then return value end
end

--- The key and the number in a request's `element`, each nil when it is absent, null or blank.
---@param request table the body of `POST /instances`
---@return any key of any type, as is the number: the platform decides
---@return any id
function naming.element(request)
  local named = request.element
  if type(named) ~= "table" then return nil end
  return given(named.key), given(named.id)
end

return naming
