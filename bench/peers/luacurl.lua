--- A peer in `make bench`: Debian's lua-curl (module `curl`), which has libcurl's easy interface only, over GnuTLS.
local meter = require "bench.meter"
local curl = meter.require "curl"
local cjson = require "cjson"
local answered = meter.counter(require("socket").gettime)

local request = cjson.decode(meter.body)
local pieces
local easy = curl.easy_init()
easy:setopt(curl.OPT_HTTPHEADER, {
  "Content-Type: application/json", "Accept: application/json", "Authorization: " .. meter.authorization,
})
easy:setopt(curl.OPT_USERAGENT, meter.agent)
easy:setopt(curl.OPT_TIMEOUT_MS, 60000)
easy:setopt(curl.OPT_CONNECTTIMEOUT_MS, 10000)
easy:setopt(curl.OPT_HTTP_VERSION, curl.HTTP_VERSION_1_1)
easy:setopt(curl.OPT_FAILONERROR, 1)
if meter.ca_file ~= "" then easy:setopt(curl.OPT_CAINFO, meter.ca_file) end
easy:setopt(curl.OPT_WRITEFUNCTION, function(piece)
  pieces[#pieces + 1] = piece
  return #piece
end)

for _ = 1, meter.total do
  pieces = {}
  easy:setopt(curl.OPT_URL, meter.url)
  easy:setopt(curl.OPT_POSTFIELDS, cjson.encode(request))
  local ok, err = easy:perform()
  if not ok then error(tostring(err), 0) end
  cjson.decode(table.concat(pieces))
  answered()
end
meter.report()
