--- `make bench-startup`: what `require "celements"` takes, against loading what it is made of: Lua, lua-cjson, libcurl.
--
-- usage: make bench-startup [ROUNDS=40] [LUA_V=5.4]
local command = require "bench.command"
local setting = require "bench.setting"
local shell = require "celements.sandbox.shell"
local spread = require "bench.spread"

local floor, measure, lua = arg[1], arg[2], arg[3]
local rounds = setting.number("ROUNDS", 40)

-- The function that is looked up is not called: Lua only loads the library.
local LIBCURL = [[require "cjson" assert(package.loadlib("libcurl.so.4", "curl_global_init"))]]

local function script(text)
  return ("%s %s -e %s"):format(measure, lua, shell.quote(text))
end

local rows = {
  { "Lua, lua-cjson, libcurl loaded", script(LIBCURL) },
  { "Lua alone", script("") },
  {
    "the same in C, libcurl initialised",
    ("%s %s http://127.0.0.1/ 0 1 bench/request.json '' 1 cjson easy"):format(measure, floor),
  },
  { 'require "celements"', script([[require "celements"]]) },
  { "  and a client", script([[require "celements".new { user_secret = "u", organization_secret = "o" }]]) },
}
for _, row in ipairs(rows) do row.cpu, row.wall, row.peak = {}, {}, {} end
for round = 1, rounds do
  for _, row in ipairs(rows) do
    local numbers, reason = command.run(row[2])
    if not numbers then error(row[1] .. ": " .. reason, 0) end
    row.cpu[round], row.wall[round], row.peak[round] = numbers[1], numbers[2], numbers[3]
  end
end

local LINE = "%-36s %-22s %7s   %-22s %7s   %-22s %7s"
local function one(values, unit) return ("%.1f"):format(spread.of(values) / unit) end

print(("whole processes, %d rounds on %s: ratios to the first, medians (quartiles)"):format(rounds, lua))
print(LINE:format("", "CPU", "ms", "wall time", "ms", "peak memory", "MiB"))
for _, row in ipairs(rows) do
  local function ratio(name) return spread.text(spread.ratios(row[name], rows[1][name])) end
  print(LINE:format(row[1], ratio("cpu"), one(row.cpu, 1e3), ratio("wall"), one(row.wall, 1e3), ratio("peak"),
    one(row.peak, 1024)))
end
