--- Faults that a call may be tried again after, and what its result says of that.
local trying = {}

--- In a header of a fault: at once.
trying.NOW = { ["Retry-After"] = "0" }

--- Returns a fault that answers with a status.
---@param code integer
---@param headers table<string, string>?
---@return table
function trying.status(code, headers)
  return { name = "status", status = code, headers = headers }
end

--- Arms a fault.
---@param server celements.Sandbox
---@param times integer
---@param given table
function trying.fault(server, times, given)
  given.times = times
  assert(server:fault(given))
end

--- Returns the reasons in what a call returned second.
---@param result celements.Info|celements.Error
---@return string[]
function trying.reasons(result)
  local list = {}
  for index, try in ipairs(result.tries or {}) do list[index] = try.reason end
  return list
end

return trying
