-- A walk through celements against the sandbox, which it starts and stops.
-- usage: make demo
local celements = require "celements"
local sandbox = require "celements.sandbox"

-- Enough to recognise a secret by, too little to use it.
local function masked(secret)
  return secret:sub(1, 4) .. "…" .. ("*"):rep(8)
end

local function show(title, value)
  print(("%-22s %s"):format(title, tostring(value)))
end

local function check(result, err)
  if result == nil then error(tostring(err), 0) end
  return result
end

local function walk(client)
  local request = check(celements.load_instance("examples/instance.json"))
  local instance = check(client.instances:create(request))
  print("-- an instance of MailJet Messaging")
  show("id", instance.id)
  show("name", instance.name)
  show("element", instance.element.name)
  show("hub", instance.element.hub)
  show("tags", table.concat(instance.tags or {}, ", "))
  show("valid", instance.valid)
  show("token", masked(instance.token))

  print("-- messages, with the new element token")
  local mailjet = client:with_token(instance.token)
  for number = 1, 3 do
    check(mailjet:post("/hubs/messaging/messages", {
      from = "sender@example.com",
      to = "reader@example.com",
      subject = "Hello " .. number,
      message = "Message number " .. number,
    }))
  end
  for message in mailjet:each("/hubs/messaging/messages") do show("message " .. message.id, message.subject) end

  print("-- a required configuration entry left out")
  request.configuration["mailjet.api.secret"] = nil
  local none, err = client.instances:create(request)
  assert(none == nil)
  show("found before sending", err)
  none, err = client.instances:create(request, { check = false })
  assert(none == nil)
  show("found by the server", err)

  check(client.instances:delete(instance.id))
end

local server = assert(sandbox.start())
show("sandbox", server.base_url)
local ok, err = pcall(walk, celements.new {
  user_secret = server.user_secret,
  organization_secret = server.organization_secret,
  base_url = server.base_url,
})
server:stop()
show("sandbox", "stopped")
if not ok then error(err, 0) end
