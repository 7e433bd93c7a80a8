--- A peer in `make bench`: LuaSocket's socket.http, over https with LuaSec. It makes a connection for every call; or,
-- with `kept`, it is given one that does not close, by its `create` hook.
-- usage: as in bench/meter.lua, then kept|new
local meter = require "bench.meter"
local socket = meter.require "socket"
local http = meter.require "socket.http"
local cjson = require "cjson"
local ltn12 = require "ltn12"

local is_tls = meter.url:find("^https") ~= nil
local create = is_tls and
  meter.require("ssl.https").tcp { protocol = "any", verify = "peer", cafile = meter.ca_file } or socket.tcp

-- Whoever keeps a connection must also switch off Nagle's algorithm, as the request goes out in several pieces.
local kept, connected
local function keep()
  if kept then return kept end
  local tcp = socket.try(socket.tcp4())
  tcp:setoption("tcp-nodelay", true)
  local own = is_tls and create() or tcp
  if is_tls then own.sock = tcp end
  kept = {}
  function kept.settimeout() return 1 end
  function kept.close() return 1 end
  function kept.connect(_, ...)
    if connected then return 1 end
    local err
    connected, err = own:connect(...)
    return connected, err
  end
  function kept.send(_, ...) return own:send(...) end
  function kept.receive(_, ...) return own:receive(...) end
  return kept
end

local request = cjson.decode(meter.body)
local answered = meter.counter(socket.gettime)
for _ = 1, meter.total do
  local body, pieces = cjson.encode(request), {}
  local ok, status = http.request {
    url = meter.url, method = "POST", source = ltn12.source.string(body), sink = ltn12.sink.table(pieces),
    create = arg[7] == "kept" and keep or create,
    headers = {
      ["content-type"] = "application/json", accept = "application/json", authorization = meter.authorization,
      ["content-length"] = #body, connection = arg[7] == "kept" and "keep-alive" or nil,
    },
  }
  assert(ok and status == 200, status)
  cjson.decode(table.concat(pieces))
  answered()
end
meter.report()
