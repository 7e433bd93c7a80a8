-- Lists instances under copas while something else goes on in the same loop.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… lua examples/copas.lua
local copas = require "copas"
local celements = require "celements"

local client = celements.new { loop = "copas" }
local is_done = false

copas.addthread(function()
  local instances, err = client.instances:list()
  is_done = true
  if not instances then error(tostring(err), 0) end
  print(#instances .. " instances")
end)

-- From copas 2.0 on `copas.loop()` does this, and ends when no thread is left.
while not is_done do copas.step(0.001) end
print("the loop went on")
