--- What the environment says about a run.
local setting = {}

---@param name string of the variable
---@param default string
---@return string
function setting.text(name, default)
  local value = os.getenv(name)
  return value ~= nil and value ~= "" and value or default
end

---@param name string of the variable
---@param default number
---@return number
function setting.number(name, default)
  return assert(tonumber(setting.text(name, tostring(default))), name .. " must be a number")
end

return setting
