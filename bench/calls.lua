-- CPU per call, one call after another over http on loopback, against the floor: libcurl in plain C making the same
-- calls, with lua-cjson encoding the same request and decoding the same answer. Everything in one run, in turns; only
-- the ratios mean something on a machine that does other things, too.
--
-- usage: make bench [CALLS=2000] [ROUNDS=15]
local celements = require "celements"
local cjson = require "cjson"
local sandbox = require "celements.sandbox"

local floor = assert(arg[1], "usage: make bench")
local calls = tonumber(os.getenv("CALLS")) or 2000
local rounds = tonumber(os.getenv("ROUNDS")) or 15

local request = {
  element = { key = "mailjet" },
  configuration = {
    ["mailjet.api.key"] = "3b7f0c5e9a1d4826b0e4c7f1a2d3958c",
    ["mailjet.api.secret"] = "c9e1a4d7f02b4f6e8d3a5b7c1e9f0a2d",
    ["filter.response.nulls"] = "true",
  },
  tags = { "sandbox", "order-7781" },
  name = "Newsletter sender",
}

local function cpu_of(work)
  collectgarbage()
  local start = os.clock()
  for _ = 1, calls do work() end
  return (os.clock() - start) / calls * 1e6
end

local function run(command)
  local pipe = assert(io.popen(command))
  local cpu = pipe:read("*n")
  pipe:close()
  return assert(cpu, "this failed: " .. command)
end

local function floor_of(url, body_file, what)
  return run(("'%s' '%s/static' %d '%s' '' %s"):format(floor, url, calls, body_file, what))
end

local function celements_of(url, body_file)
  return run(("%s bench/caller.lua '%s' %d '%s'"):format(arg[2], url, calls, body_file))
end

local function spread(values)
  table.sort(values)
  local function at(share) return values[math.max(1, math.ceil(#values * share))] end
  return ("%8.3f   (%.3f to %.3f)"):format(at(0.5), at(0.25), at(0.75))
end

local function measure(url, body_file)
  local client = celements.new { base_url = url, user_secret = "bench", organization_secret = "bench" }
  local answer = cjson.encode((assert(client:request("POST", "/static", { body = request }))))
  local function codec()
    cjson.encode(request)
    cjson.decode(answer)
  end
  local ours, both, apart, to_both, to_apart = {}, {}, {}, {}, {}
  for round = 1, rounds do
    ours[round] = celements_of(url, body_file)
    both[round] = floor_of(url, body_file, "cjson")
    apart[round] = floor_of(url, body_file, "curl") + cpu_of(codec)
    to_both[round] = ours[round] / both[round]
    to_apart[round] = ours[round] / apart[round]
  end
  print(("%d rounds of %d calls on %s: median (quartiles)"):format(rounds, calls, _VERSION))
  print("celements, us of CPU per call            " .. spread(ours))
  print("floor: libcurl and lua-cjson in one loop " .. spread(both))
  print("floor: libcurl, plus lua-cjson alone     " .. spread(apart))
  print("celements / one loop                     " .. spread(to_both))
  print("celements / libcurl plus lua-cjson alone " .. spread(to_apart))
end

local server = assert(sandbox.start())
local body_file = os.tmpname()
local file = assert(io.open(body_file, "wb"))
file:write(cjson.encode(request))
file:close()
local ok, err = pcall(measure, server.static_url:match("^(.*)/static$"), body_file)
os.remove(body_file)
server:stop()
if not ok then error(err, 0) end
