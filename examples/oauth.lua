-- Connects a customer's Box account in two steps, as a web application would in two requests.
-- usage: APP_KEY=… APP_SECRET=… STATE_SECRET=… lua examples/oauth.lua start SESSION
--        … lua examples/oauth.lua back SESSION 'code=…&state=…'      the query that the provider sent the customer with
local celements = require "celements"

local step, session, query = arg[1], arg[2], arg[3]
local oauth = celements.oauth
local client = celements.new()
local states = oauth.state { secret = os.getenv "STATE_SECRET" }
local app = {
  api_key = os.getenv "APP_KEY", api_secret = os.getenv "APP_SECRET", callback_url = "http://127.0.0.1:8080/connected",
}

local function check(result, err)
  if result == nil then error(tostring(err), 0) end
  return result
end

if step == "start" then
  print(check(client.elements:oauth_url("box", { app = app, state = check(states:make(session)) })))
else
  local data = check(oauth.callback(query, { state = states, binding = session }))
  local instance = check(client.instances:create(oauth.request {
    element = "box", name = "Files", app = app, provider_data = data,
  }))
  print(("instance %s, %s: keep its element token safe"):format(instance.id, instance.name))
end
