--- Makes the work of a spec be done twice: outside tasks, and in one.
local celements = require "celements"

---@param work fun()
---@return fun()
return function(work)
  return function()
    work()
    local _, err = celements.spawn(work):wait()
    if err then error(err, 0) end
  end
end
