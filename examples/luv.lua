-- Lists instances under luv while something else goes on in the same loop.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… lua examples/luv.lua
local celements = require "celements"
local uv = require "luv"

local client = celements.new { loop = "luv" }
local is_done = false

-- A call waits in a coroutine; luv's callbacks are none.
coroutine.wrap(function()
  local instances, err = client.instances:list()
  is_done = true
  if not instances then error(tostring(err), 0) end
  print(#instances .. " instances")
end)()

local timer = uv.new_timer()
timer:start(1, 1, function()
  if not is_done then return end
  timer:close()
  print("the loop went on")
end)

uv.run()
