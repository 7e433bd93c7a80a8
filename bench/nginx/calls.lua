--- `make bench-nginx`: what a call from nginx's Lua takes in one worker, against lua-resty-http in the same worker and
-- nginx's own proxy_pass, and what other requests of the worker notice of 500 calls in flight. wrk asks on the origin's
-- processor, the worker has the other one.
--
-- usage: RESTY_HTTP=<a checkout of lua-resty-http> make bench-nginx [ROUNDS=5] [SECONDS=2] [ONLY=pattern]
local front = require "bench.nginx.front"
local origin = require "bench.origin"
local processor = require "bench.processor"
local setting = require "bench.setting"
local shell = require "celements.sandbox.shell"
local spread = require "bench.spread"

local WARM_UP = 4 -- seconds: a thousand TLS connections take two
local core = arg[1]
local rounds, seconds = setting.number("ROUNDS", 5), setting.number("SECONDS", 2)
local only, resty = setting.text("ONLY", ""), setting.text("RESTY_HTTP", "")

local function read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Of the whole process, the service's thread included; in clock ticks, of which a second has 100 on Linux.
local function cpu(pid)
  local fields = read(("/proc/%d/stat"):format(pid)):match("%) (.*)")
  local list = {}
  for field in fields:gmatch("%S+") do list[#list + 1] = tonumber(field) or field end
  return (list[12] + list[13]) / 100
end

local function wrk(url, in_flight, duration)
  return ("%s wrk -t1 -c%d -d%gs --timeout 30 -s bench/nginx/report.lua '%s'"):format(
    processor.pin("server"), in_flight, duration, url)
end

local function result(output)
  local requests, time, half, most, errors = output:match("RESULT (%d+) (%S+) (%S+) (%S+) (%d+)")
  if not requests then return nil, output end
  return {
    rate = requests / time, requests = tonumber(requests), half = tonumber(half), most = tonumber(most),
    errors = tonumber(errors),
  }
end

local LINE = "  %-26s %-22s %9s  %-22s %9s %9s %7s"

local function url_of(running, who, kind, path)
  if who.name == "proxy_pass" then return ("%s/proxy/%s%s"):format(running.url, kind, path) end
  return ("%s%s?kind=%s&path=%s"):format(running.url, who.path, who.kind or kind, path)
end

local function workers_of(kind)
  local list = {}
  if resty ~= "" then list[1] = { name = "lua-resty-http", path = "/resty" } end
  list[#list + 1] = { name = kind == "https" and "celements, HTTP/1.1" or "celements", path = "/celements" }
  if kind == "https" then list[#list + 1] = { name = "celements, HTTP/2", path = "/celements", kind = "h2" } end
  list[#list + 1] = { name = "proxy_pass" }
  return list
end

local function median(values)
  return ("%.2f"):format((spread.of(values)))
end

local function compare(running, kind, path, in_flight)
  local list = workers_of(kind)
  for _, who in ipairs(list) do who.rate, who.cpu, who.half, who.most, who.errors = {}, {}, {}, {}, 0 end
  for round = 0, rounds do -- the first opens the connections
    for _, who in ipairs(list) do
      local before = cpu(running.worker)
      local _, output = shell.run(wrk(url_of(running, who, kind, path), in_flight, round == 0 and WARM_UP or seconds))
      local found = assert(result(output))
      if round > 0 then
        who.rate[round], who.half[round], who.most[round] = found.rate, found.half, found.most
        who.cpu[round] = (cpu(running.worker) - before) / found.requests * 1e6
        who.errors = who.errors + found.errors
      end
    end
  end
  print()
  print(LINE:format(("%s %s, %d in flight"):format(kind, path == "/slow" and "500 ms" or "static", in_flight),
    "calls/s / " .. list[1].name:sub(1, 12), "calls/s", "CPU per call / its", "p50, ms", "p99, ms", "errors"))
  for _, who in ipairs(list) do
    print(LINE:format(who.name, spread.text(spread.ratios(who.rate, list[1].rate)),
      ("%.0f"):format((spread.of(who.rate))), spread.text(spread.ratios(who.cpu, list[1].cpu)), median(who.half),
      median(who.most), who.errors))
  end
end

-- The worker's other requests, one after the other, while 500 calls are in flight.
local function disturb(running, kind)
  local list = workers_of(kind)
  for _, who in ipairs(list) do who.half, who.most = {}, {} end
  for round = 1, rounds do
    for _, who in ipairs(list) do
      local _, output = shell.run(("%s >/dev/null 2>&1 & sleep 1; %s; wait"):format(
        wrk(url_of(running, who, kind, "/slow"), 500, seconds + 2), wrk(running.url .. "/ping", 1, seconds)))
      local found = assert(result(output))
      who.half[round], who.most[round] = found.half, found.most
    end
  end
  print()
  print(("  %-34s %-24s %-24s %s"):format(("/ping beside 500 calls, %s"):format(kind), "p99, ms", "p50, ms",
    "p99 / " .. list[1].name))
  for _, who in ipairs(list) do
    print(("  %-34s %-24s %-24s %s"):format(who.name, spread.text(who.most), spread.text(who.half),
      spread.text(spread.ratios(who.most, list[1].most))))
  end
end

local function run(running)
  for _, kind in ipairs { "http", "https" } do
    for _, path in ipairs { "/static", "/slow" } do
      for _, in_flight in ipairs(path == "/slow" and { 64, 1000 } or { 1, 64, 1000 }) do
        if (("%s %s %d"):format(kind, path, in_flight)):find(only) then compare(running, kind, path, in_flight) end
      end
    end
    if (kind .. " ping"):find(only) then disturb(running, kind) end
  end
end

local server = origin.start()
local running = front.start(server, core, resty)
print(("%d rounds of %g s, one worker: medians (quartiles)"):format(rounds, seconds))
if resty == "" then print("lua-resty-http is left out: name a checkout of it with RESTY_HTTP=…") end
local ok, err = xpcall(run, debug.traceback, running)
local log = running.log()
running.stop()
server.stop()
if log ~= "" then io.stderr:write(log:sub(1, 2000), "\n") end
if not ok then error(err, 0) end
