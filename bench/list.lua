--- `make bench-list`: every instance of an account that has a million, through `instances:each`: what one takes, and
-- whether memory stays what it is. The sandbox makes the instances up as they are asked for.
--
-- usage: make bench-list [ITEMS=1000000] [LUA_V=5.4]
local command = require "bench.command"
local sandbox = require "celements.sandbox"
local setting = require "bench.setting"

local lua = arg[1]
local items = setting.number("ITEMS", 1000000)

local server = assert(sandbox.start { switches = { crowd = items } })
local ok, reason = pcall(function()
  local line = ("%s bench/list_calls.lua %s %s %s %d"):format(
    lua, server.base_url, server.user_secret, server.organization_secret, items)
  local numbers, why = command.run(line)
  if not numbers then error(why, 0) end
  print(("%d instances, one page of 200 after the other, on %s"):format(items, lua))
  print(("%.1f us of CPU an instance; %.1f us of time, most of it the sandbox's"):format(numbers[1], numbers[2]))
  print("                 Lua, MiB   RSS, MiB")
  for index, name in ipairs { "before", "at 1 %", "at 50 %", "at 100 %", "most" } do
    local lua_kib, rss_kib = numbers[2 * index + 1], numbers[2 * index + 2]
    print(("%-14s %10.1f %10.1f"):format(name, lua_kib / 1024, rss_kib / 1024))
  end
end)
server:stop()
if not ok then error(reason, 0) end
