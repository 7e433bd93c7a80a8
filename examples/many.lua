-- Provisions a MailJet instance for each name that is given, many at a time, and says what became of each.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… lua examples/many.lua first second third …
local celements = require "celements"

local client = celements.new()
local template = assert(celements.load_instance("examples/instance.json"))

local names, next_name = arg, 0

-- Asked for the next request when there is room for one, so that a list of millions needs no memory.
local function requests()
  next_name = next_name + 1
  local name = names[next_name]
  return name and { element = template.element, configuration = template.configuration, name = name }
end

local failed = 0
for index, instance, err in client.instances:create_many(requests, { concurrency = 16 }) do
  if instance then
    print(("%s: instance %s"):format(names[index], instance.id))
  else
    failed = failed + 1
    print(("%s: %s"):format(names[index], err))
  end
end
os.exit(failed == 0 and 0 or 1)
