--- A peer in `make bench`: Lua-cURL 3 (module `cURL`), its easy interface or its multi interface.
local meter = require "bench.meter"
local cURL = meter.require "cURL"
local cjson = require "cjson"
local answered = meter.counter(require("socket").gettime)

local request = cjson.decode(meter.body)
local headers = {
  "Content-Type: application/json", "Accept: application/json", "Authorization: " .. meter.authorization,
}

local function open()
  local call = { pieces = {} }
  call.easy = cURL.easy {
    httpheader = headers, useragent = meter.agent, timeout_ms = 60000, connecttimeout_ms = 10000, nosignal = true,
    http_version = meter.http2 and cURL.HTTP_VERSION_2TLS or cURL.HTTP_VERSION_1_1, pipewait = meter.http2,
    cainfo = meter.ca_file ~= "" and meter.ca_file or nil,
    writefunction = function(piece) call.pieces[#call.pieces + 1] = piece end,
  }
  return call
end

local function begin(call)
  call.pieces = {}
  call.easy:setopt_url(meter.url)
  call.easy:setopt_postfields(cjson.encode(request))
end

local function finish(call)
  assert(call.easy:getinfo_response_code() == 200)
  cjson.decode(table.concat(call.pieces))
  answered()
end

local function one_at_a_time()
  local call = open()
  for _ = 1, meter.total do
    begin(call)
    call.easy:perform()
    finish(call)
  end
end

local function many()
  local multi, calls, begun, ended = cURL.multi(), {}, 0, 0
  local function add(call)
    begin(call)
    begun = begun + 1
    multi:add_handle(call.easy)
  end
  for _ = 1, meter.in_flight do
    local call = open()
    calls[call.easy] = call
    add(call)
  end
  if meter.http2 then -- above its 100 streams libcurl would open a connection for each call
    multi:setopt_max_host_connections(math.floor((meter.in_flight + 99) / 100))
  end
  -- The wrapper's `perform` is an iterator that sets callbacks of its own for each piece; its handle is cheaper.
  local handle = multi:handle()
  while ended < meter.total do
    handle:perform()
    local easy, ok, err = multi:info_read(true)
    while easy ~= 0 do
      if not ok then error(tostring(err), 0) end
      finish(calls[easy])
      ended = ended + 1
      if begun < meter.total then add(calls[easy]) end
      easy, ok, err = multi:info_read(true)
    end
    if ended < meter.total then multi:wait() end
  end
end

if meter.in_flight == 1 then one_at_a_time() else many() end
meter.report()
