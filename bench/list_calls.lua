--- The worker of `make bench-list`.
-- usage: URL USER_SECRET ORGANIZATION_SECRET ITEMS
-- It prints for each instance the microseconds of CPU and of wall time, then in KiB Lua's memory and the process's:
-- before, at 1 %, 50 % and 100 % of the list, and the most.
local celements = require "celements"
local core = require "celements.core"
local memory = require "bench.memory"

local items = tonumber(arg[4])
local client = celements.new { base_url = arg[1], user_secret = arg[2], organization_secret = arg[3] }
local looks = { [math.ceil(items * 0.01)] = true, [math.ceil(items * 0.5)] = true, [items] = true }
local LOOK = 100 -- instances between two looks at Lua's memory

assert(client.instances:list())
collectgarbage()
local numbers = { collectgarbage("count"), memory.kib("VmRSS") }
local most, count, last = 0, 0, 0
local cpu, wall = os.clock(), core.now()
for instance in client.instances:each() do
  assert(instance.id > last and #instance.token > 0)
  count, last = count + 1, instance.id
  if count % LOOK == 0 then most = math.max(most, collectgarbage("count")) end
  if looks[count] then
    numbers[#numbers + 1] = collectgarbage("count")
    numbers[#numbers + 1] = memory.kib("VmRSS")
  end
end
cpu, wall = os.clock() - cpu, core.now() - wall
assert(count == items, count .. " came")
io.write(("%.3f %.3f"):format(cpu / items * 1e6, wall / items * 1e6))
for _, kib in ipairs(numbers) do io.write((" %.0f"):format(kib)) end
print((" %.0f %d"):format(most, memory.kib("VmHWM")))
