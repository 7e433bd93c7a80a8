--- A worker of `make bench-bulk`: many instances created with `create_many`.
-- usage: URL ITEMS BODY_FILE IN_FLIGHT
-- It prints for each item the microseconds of CPU and of wall time, then in KiB Lua's memory and the process's, first
-- what there was before, then the most.
local celements = require "celements"
local core = require "celements.core"
local memory = require "bench.memory"

local url, items, body_file, in_flight = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4])
local LOOK = 100 -- items between two looks at Lua's memory

local client = celements.new { base_url = url, user_secret = "bench-user", organization_secret = "bench-organization" }
local request = assert(celements.load_instance(body_file))

local function requests(count)
  local begun = 0
  return function()
    begun = begun + 1
    return begun <= count and request or nil
  end
end

local most = 0
local function create(count)
  local done = 0
  for _, instance, err in client.instances:create_many(requests(count), { concurrency = in_flight }) do
    if not instance then error(tostring(err), 0) end
    done = done + 1
    if done % LOOK == 0 then most = math.max(most, collectgarbage("count")) end
  end
  assert(done == count)
end

create(4 * in_flight)
collectgarbage()
local lua_before, before = collectgarbage("count"), memory.kib("VmRSS")
local cpu, wall = os.clock(), core.now()
create(items)
cpu, wall = os.clock() - cpu, core.now() - wall
print(("%.3f %.3f %.0f %.0f %d %d"):format(
  cpu / items * 1e6, wall / items * 1e6, lua_before, most, before, memory.kib("VmHWM")))
