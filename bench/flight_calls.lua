--- A worker of `make bench-flight`: every call begun at once with celements, and a timer beside them.
-- usage: URL CALLS BODY_FILE CA_FILE 1|2; prints seconds, the memory that the calls took in KiB, and the longest time
-- in milliseconds that a timer of 10 ms had to wait
local celements = require "celements"
local core = require "celements.core"

local url, calls, body_file, ca_file, http2 = arg[1], tonumber(arg[2]), arg[3], arg[4], arg[5] == "2"
local TICK = 0.01

local function memory_kib(name)
  for line in io.lines("/proc/self/status") do
    local kib = line:match("^" .. name .. ":%s*(%d+)")
    if kib then return tonumber(kib) end
  end
end

local base, path = url:match("^(%a+://[^/]+)(/.*)$")
local client = celements.new {
  base_url = base, user_secret = "bench-user", organization_secret = "bench-organization",
  ca_file = ca_file ~= "" and ca_file or nil, timeout = 60, connect_timeout = 60, http2 = http2,
}
local call = { body = assert(celements.load_instance(body_file)) }

collectgarbage()
local before, start = memory_kib("VmRSS"), core.now()
local over, gap, last = false, 0, start
celements.spawn(function()
  while not over do
    celements.sleep(TICK)
    local now = core.now()
    gap, last = math.max(gap, now - last), now
  end
  return true
end)
local begun = 0
local _, errors = celements.map(function()
  begun = begun + 1
  return begun <= calls and begun or nil
end, function()
  local answer, err = client:request("POST", path, call)
  return answer and true, err
end, { concurrency = calls })
over = true
local _, err = next(errors)
if err then error(tostring(err), 0) end
print(("%.3f %d %.1f"):format(core.now() - start, memory_kib("VmHWM") - before, gap * 1e3))
