--- A peer in `make bench`: lua-http over cqueues. It keeps no connections by itself, so each coroutine keeps its own,
-- or with HTTP/2 they share as many as the server's usual 128 streams need; or, with `go`, every call makes one, as its
-- `request:go()` does.
-- usage: as in bench/meter.lua, then kept|go
local meter = require "bench.meter"
local http = { client = meter.require "http.client", request = meter.require "http.request" }
local cqueues = require "cqueues"
local cjson = require "cjson"

local STREAMS = 128
local version = meter.http2 and 2 or 1.1

local function context()
  if meter.ca_file == "" then return nil end
  local store = require("openssl.x509.store").new()
  store:add(meter.ca_file)
  local new = require("http.tls").new_client_context()
  new:setStore(store)
  return new
end

local tls = context()
local template = http.request.new_from_uri(meter.url)
template.ctx, template.version = tls, version
template.headers:upsert(":method", "POST")
template.headers:upsert("content-type", "application/json")
template.headers:upsert("accept", "application/json")
template.headers:upsert("authorization", meter.authorization)
local request = cjson.decode(meter.body)
local answered = meter.counter(cqueues.monotime)

local function finish(headers, stream)
  assert(headers:get(":status") == "200")
  cjson.decode(assert(stream:get_body_as_string()))
  answered()
end

local function go()
  local own = template:clone()
  own:set_body(cjson.encode(request))
  finish(assert(own:go()))
end

local function connect()
  return assert(http.client.connect {
    host = template.host, port = template.port, tls = template.tls, ctx = tls, version = version,
  })
end

local function on_kept(connection)
  local body = cjson.encode(request)
  local headers = template.headers:clone()
  headers:upsert("content-length", ("%d"):format(#body))
  local stream = assert(connection:new_stream())
  assert(stream:write_headers(headers, false))
  assert(stream:write_body_from_string(body))
  finish(assert(stream:get_headers()), stream)
end

local begun = 0
local shared = {}
local function connection_of(number)
  if not meter.http2 then return connect() end
  local at = math.floor((number - 1) / STREAMS)
  shared[at] = shared[at] or connect()
  return shared[at]
end

local loop = cqueues.new()
for number = 1, meter.in_flight do
  loop:wrap(function()
    local connection = arg[7] == "kept" and connection_of(number)
    while begun < meter.total do
      begun = begun + 1
      if connection then on_kept(connection) else go() end
    end
  end)
end
assert(loop:loop())
meter.report()
