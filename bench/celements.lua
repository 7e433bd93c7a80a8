--- A worker of `make bench`: the calls made with celements, with its retries, budget and hooks as they are by default:
-- they cost nothing while no call fails. A call that was tried again is no measurement.
local celements = require "celements"
local core = require "celements.core"
local meter = require "bench.meter"

local client = celements.new {
  base_url = meter.url, user_secret = "bench-user", organization_secret = "bench-organization",
  ca_file = meter.ca_file ~= "" and meter.ca_file or nil, http2 = meter.http2,
}
local answered = meter.counter(core.now)
local call = { body = require("cjson").decode(meter.body) }

local function once()
  local _, info = assert(client:request("POST", "/static", call))
  if info.attempts ~= 1 then error("it was tried again") end
  answered()
  return true
end

if meter.in_flight == 1 then
  for _ = 1, meter.total do once() end
else
  local begun = 0
  local _, errors = celements.map(function()
    begun = begun + 1
    return begun <= meter.total and begun or nil
  end, once, { concurrency = meter.in_flight })
  local _, err = next(errors)
  if err then error(tostring(err), 0) end
end
meter.report()
