--- `make bench-flight`: 10,000 calls of 5 seconds in flight from one process: what memory each takes with celements and
-- with libcurl in plain C, how long all of them take, and whether a timer in the same loop keeps firing.
--
-- usage: make bench-flight [ROUNDS=3] [CALLS=10000] [LUA_V=5.4]
local command = require "bench.command"
local origin = require "bench.origin"
local setting = require "bench.setting"
local shell = require "celements.sandbox.shell"
local spread = require "bench.spread"

local SECONDS = 5
local SPARE = 100 -- descriptors for what is not a call

local floor, lua = arg[1], arg[2]
local rounds, calls = setting.number("ROUNDS", 3), setting.number("CALLS", 10000)

local function most()
  local _, text = shell.run("ulimit -H -n")
  local limit = tonumber(text) or math.huge
  if calls <= limit - SPARE then return calls end
  print(("only %d calls, because a process here may open %d files (ulimit -H -n)"):format(limit - SPARE, limit))
  return limit - SPARE
end

local BODY = "bench/request.json"
local LINE = "%-34s %-22s %9s  %-22s %-22s"

local function lines(kind, count)
  return {
    { "libcurl in C", ("%s '%s' %d %d %s '%s' %s curl flight"):format(
      floor, kind.url, count, count, BODY, kind.ca_file, kind.http) },
    { "libcurl + lua-cjson in C", ("%s '%s' %d %d %s '%s' %s cjson flight"):format(
      floor, kind.url, count, count, BODY, kind.ca_file, kind.http) },
    { "celements", ("%s bench/flight_calls.lua '%s' %d %s '%s' %s"):format(
      lua, kind.url, count, BODY, kind.ca_file, kind.http) },
  }
end

local function measure(kind, count)
  local rows = lines(kind, count)
  for _, row in ipairs(rows) do row.seconds, row.memory, row.gap = {}, {}, {} end
  for round = 1, rounds do
    for _, row in ipairs(rows) do
      local numbers, reason = command.run(row[2])
      row.reason = row.reason or reason
      if numbers then row.seconds[round], row.memory[round], row.gap[round] = numbers[1], numbers[2], numbers[3] end
    end
  end
  print()
  print(LINE:format(kind.name, "memory / libcurl's", "KiB/call", "seconds", "longest tick, ms"))
  for _, row in ipairs(rows) do
    if row.reason then
      print(("%-34s %s"):format("  " .. row[1], row.reason:sub(1, 80)))
    else
      print(LINE:format("  " .. row[1], spread.text(spread.ratios(row.memory, rows[1].memory)),
        ("%.2f"):format(spread.of(row.memory) / count), spread.text(row.seconds), spread.text(row.gap)))
    end
  end
end

origin.with(function(server)
  local count = most()
  print(("%d calls of %d s in flight, %d rounds, celements on %s: medians (quartiles)"):format(
    count, SECONDS, rounds, lua))
  local path = "/slow?seconds=" .. SECONDS
  measure({ name = "http", url = server.http .. path, ca_file = "", http = "1" }, count)
  measure({ name = "https HTTP/2", url = server.https .. path, ca_file = server.ca_file, http = "2" }, count)
end)
