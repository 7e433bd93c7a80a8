-- Lists instances under cqueues while something else goes on in the same controller.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… lua examples/cqueues.lua
local celements = require "celements"
local cqueues = require "cqueues"

local client = celements.new { loop = "cqueues" }
local controller = cqueues.new()
local is_done = false

controller:wrap(function()
  local instances, err = client.instances:list()
  is_done = true
  if not instances then error(tostring(err), 0) end
  print(#instances .. " instances")
end)

controller:wrap(function()
  while not is_done do cqueues.sleep(0.001) end
  print("the loop went on")
end)

assert(controller:loop())
