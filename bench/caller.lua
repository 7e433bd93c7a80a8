-- One side of bench/calls.lua: makes calls with celements, in a process that does nothing else, and prints the CPU
-- microseconds of each.
-- usage: lua bench/caller.lua URL CALLS BODY_FILE
local celements = require "celements"

local client = celements.new {
  base_url = arg[1], user_secret = "bench-user", organization_secret = "bench-organization",
}
local options = { body = assert(celements.load_instance(arg[3])) }
local calls = tonumber(arg[2])

local function call()
  assert(client:request("POST", "/static", options))
end

for _ = 1, 100 do call() end
local start = os.clock()
for _ = 1, calls do call() end
print(("%.3f"):format((os.clock() - start) / calls * 1e6))
