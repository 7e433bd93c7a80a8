-- Provisions a MailJet instance from a file and asks MailJet, through the platform, whether it works.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… lua examples/provision.lua [instance.json]
local celements = require "celements"

local client = celements.new()
local request = assert(celements.load_instance(arg[1] or "examples/instance.json"))
local instance = assert(client.instances:create(request))
print(("instance %d, %s: keep its element token safe"):format(instance.id, instance.name))

local mailjet = client:with_token(instance.token)
assert(mailjet:ping())
print("MailJet answers")
