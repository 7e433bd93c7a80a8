-- Provisions a MailJet instance from a file and asks MailJet, through the platform, whether it works.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… lua examples/provision.lua [instance.json]
local celements = require "celements"

local function check(result, err)
  if result == nil then error(tostring(err), 0) end
  return result
end

local client = celements.new()
local request = check(celements.load_instance(arg[1] or "examples/instance.json"))
local instance = check(client.instances:create(request))
print(("instance %s, %s: keep its element token safe"):format(instance.id, instance.name))

check(client:with_token(instance.token):ping())
print("MailJet answers")
