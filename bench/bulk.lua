--- `make bench-bulk`: `create_many` with 1,000, 10,000 and 100,000 items: what an item takes, against the floor, and
-- whether memory stays what it is.
--
-- usage: make bench-bulk [ROUNDS=3] [LUA_V=5.4]
local command = require "bench.command"
local origin = require "bench.origin"
local setting = require "bench.setting"
local spread = require "bench.spread"

local floor, lua = arg[1], arg[2]
local rounds = setting.number("ROUNDS", 3)
local IN_FLIGHT = 32
local SIZES = { 1000, 10000, 100000 }
local BODY = "bench/request.json"

local function all_rows(url)
  local rows = { {
    name = "libcurl + lua-cjson in C",
    line = ("%s %s/instances %d %d %s '' 1 cjson epoll"):format(floor, url, 10000, IN_FLIGHT, BODY),
  } }
  for _, size in ipairs(SIZES) do
    rows[#rows + 1] = {
      name = ("create_many, %d items"):format(size),
      line = ("%s bench/bulk_calls.lua %s %d %s %d"):format(lua, url, size, BODY, IN_FLIGHT),
    }
  end
  return rows
end

local function measure(rows)
  for _, row in ipairs(rows) do row.cpu, row.wall, row.memory = {}, {}, {} end
  for round = 1, rounds do
    for _, row in ipairs(rows) do
      local numbers, reason = command.run(row.line)
      if not numbers then error(row.name .. ": " .. reason, 0) end
      row.cpu[round], row.wall[round], row.memory[round] = numbers[1], numbers[2], numbers
    end
  end
end

local LINE = "%-28s %-22s %6s  %-22s %6s  %15s  %15s"

-- From what to what it grew, in the round where it grew most.
local function memory(list, before, most)
  local worst = list[1]
  for _, each in ipairs(list) do
    if each[most] and each[most] - each[before] > worst[most] - worst[before] then worst = each end
  end
  return worst[most] and ("%.1f to %.1f"):format(worst[before] / 1024, worst[most] / 1024) or ""
end

origin.with(function(server)
  local rows = all_rows(server.http)
  measure(rows)
  print(("http, %d in flight, %d rounds on %s: medians (quartiles)"):format(IN_FLIGHT, rounds, lua))
  print(LINE:format("", "CPU per item / floor's", "us", "time per item", "us", "Lua, MiB", "RSS, MiB"))
  for _, row in ipairs(rows) do
    print(LINE:format(row.name, spread.text(spread.ratios(row.cpu, rows[1].cpu)), ("%.1f"):format(spread.of(row.cpu)),
      spread.text(spread.ratios(row.wall, rows[1].wall)), ("%.1f"):format(spread.of(row.wall)),
      memory(row.memory, 3, 4), memory(row.memory, 5, 6)))
  end
end)
