--- Provisions an instance for the customer who signed in, once, and keeps its element token.
local metrics = require "metrics"
local platform = require "platform"
local reply = require "reply"

-- A creation that succeeds does not prove that the credentials work. An instance that is of no use, or whose token
-- cannot be kept, is not left behind.
local function provision(customer, given)
  local instances = platform.client.instances
  local instance, err = metrics.call("create", function()
    return instances:create {
      element = { key = "mailjet" },
      configuration = { ["mailjet.api.key"] = given.key, ["mailjet.api.secret"] = given.secret },
      tags = { "customer" },
      name = customer,
    }
  end)
  if not instance then return nil, err end
  local session = platform.client:with_token(instance.token)
  local ok
  ok, err = metrics.call("ping", function() return session:ping() end)
  session:close()
  if ok then ok, err = platform.tokens:put(customer, instance.token) end
  if ok then return true end
  metrics.call("delete", function() return instances:delete(instance.id) end)
  return nil, err
end

-- A customer who asks twice, on whatever worker, gets one instance. Should the customer disconnect meanwhile, nginx
-- lets the work go on (lua_check_client_abort is off).
return function()
  local customer, given = ngx.var.remote_user, reply.body()
  if not given then return reply.with(400, { error = "configuration", message = "send a JSON object" }) end
  local lock, err = platform.tokens:lock(customer, { wait = 110, lease = 300 }) -- longer than all calls below may take
  if not lock then return reply.failure(err) end
  local token, ok
  token, err = platform.tokens:get(customer)
  ok = token ~= nil
  if not token and not err then ok, err = provision(customer, given) end
  lock:release()
  if not ok then return reply.failure(err) end
  reply.with(token and 200 or 201, { connected = true })
end
