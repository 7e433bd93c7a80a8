-- Provisions an instance for each customer, once, however often it is run and whenever it is killed.
-- usage: CLOUD_ELEMENTS_USER_SECRET=… CLOUD_ELEMENTS_ORGANIZATION_SECRET=… \
--   lua examples/exactly_once.lua tokens.db NAME…
local celements = require "celements"

local function check(result, err)
  if result == nil then error(tostring(err), 0) end
  return result
end

local client = celements.new()
local store = check(celements.store.sqlite(arg[1]))

for _, left in ipairs(check(client:recover(store))) do print("left open:", left.key, left.outcome) end

local items = {}
for index = 2, #arg do
  items[index - 1] = { key = "newsletter of " .. arg[index], request = {
    element = { key = "mailjet" },
    configuration = { ["mailjet.api.key"] = "key of " .. arg[index], ["mailjet.api.secret"] = "its secret" },
    name = "Newsletter of " .. arg[index],
  } }
end

for index, instance, info in client.instances:ensure_many(items, { store = store }) do
  print(arg[index + 1], instance and instance.id or tostring(info), instance and info.outcome)
end
store:close()
