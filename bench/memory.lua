--- What memory this process has.
local memory = {}

---@param name string of a line of /proc/self/status: "VmRSS" for now, "VmHWM" for the most
---@return number kib
function memory.kib(name)
  for line in io.lines("/proc/self/status") do
    local kib = line:match("^" .. name .. ":%s*(%d+)")
    if kib then return tonumber(kib) end
  end
  error("there is no " .. name, 2)
end

return memory
