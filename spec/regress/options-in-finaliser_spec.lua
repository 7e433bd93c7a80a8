-- LuaJIT 2.1 of 2023-01-19 may compile a loop by `next` or `pairs` so that it never ends, if finalisers run it, too.
if not rawget(_G, "jit") then return end

local child = require "spec.support.child"

local PROGRAM = [[
  local options = require "celements.options"
  math.randomseed(tonumber((...)))
  local known, made = { timeout = "seconds", retries = "count", query = "table", body = "table|string" }, 0
  local function arm()
    getmetatable(newproxy(true)).__gc = function()
      for _ = 1, 2 do options.check("finaliser", { timeout = 0.5, retries = 0 }, known) end
      made = made + 1
      if made < 2000 then arm() end
    end
  end
  for _ = 1, 20 do arm() end
  for round = 1, 4000 do
    local garbage = {}
    for index = 1, math.random(50) do garbage[index] = { index, tostring(index) } end
    if round % 20 == 0 then collectgarbage("step", 50) end
    if math.random() < 0.1 then options.check("program", { timeout = 1, query = {} }, known) end
  end
  print "ended"
]]

it("every check of options ends where finalisers check some, too", function()
  for seed = 1, 60 do assert.same({ "ended\n", 0 }, { child.run(PROGRAM, { tostring(seed) }) }) end
end)
