--- A worker of `make bench`: the calls made with celements.
local celements = require "celements"
local core = require "celements.core"
local meter = require "bench.meter"

local options = { base_url = meter.url, user_secret = "bench-user", organization_secret = "bench-organization" }
if meter.ca_file ~= "" then options.ca_file = meter.ca_file end
local base = pcall(celements.new, { http2 = true, user_secret = "x", organization_secret = "x", base_url = meter.url })
if base then
  options.http2 = meter.http2
elseif not meter.http2 and meter.ca_file ~= "" then
  print("not here")
  os.exit(0)
end
local client = celements.new(options)
local call = { body = require("cjson").decode(meter.body) }

local function once()
  assert(client:request("POST", "/static", call))
  meter.answered(core.now)
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
