--- Calls MailJet for the customer who signed in, with the customer's own element token.
local metrics = require "metrics"
local platform = require "platform"
local reply = require "reply"

local PATH = "/hubs/messaging/messages"

return function()
  local token = platform.tokens:get(ngx.var.remote_user)
  if not token then return reply.with(409, { error = "conflict", message = "POST /connect first" }) end
  local session = platform.client:with_token(token)
  local result, err
  if ngx.req.get_method() == "POST" then
    local message = reply.body() or {}
    result, err = metrics.call("send", function() return session:post(PATH, message) end)
  else
    result, err = metrics.call("list", function() return session:get(PATH, { query = { pageSize = 50 } }) end)
  end
  session:close()
  if not result then return reply.failure(err) end
  reply.with(200, result)
end
