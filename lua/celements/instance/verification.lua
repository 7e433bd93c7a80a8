--- Whether a new instance works: a creation that succeeded does not prove it (observed).

local context = require "celements.context"
local copy = require "celements.copy"
local errors = require "celements.errors"
local request = require "celements.request"

local verification = {}

-- What the creation has left of its time; a ping takes at least this long to be worth sending.
local LEAST = 1

local function failure(instance, err)
  local fields = copy(err)
  fields.message = ("instance %s was made, but its ping failed: %s"):format(tostring(instance.id), err.message)
  fields.hint = "err.instance holds it and its token: ping it again, update it, or delete it"
  fields.instance = instance
  fields.retryable, fields.maybe_sent = false, nil -- another creation would make another instance
  return errors.new(fields)
end

--- Pings a new instance. Not every element can be pinged: 404 and 405 prove nothing (API documentation), and the
--- instance is given all the same, with `info.verified` false.
---@param own celements.Context the client's
---@param where string
---@param instance celements.Instance
---@param info celements.Info the creation's
---@param call celements.CallOptions `timeout` is what is left of the creation's
---@return celements.Instance? instance
---@return celements.Info|celements.Error with the instance as `instance`
function verification.ping(own, where, instance, info, call)
  local other, why = context.with_token(own, instance.token)
  if not other then
    return nil, failure(instance, request.fault("the element token " .. why, "GET", "/ping"))
  end
  call.timeout = math.max(call.timeout, LEAST)
  local pong, err = request.perform(other, where, "GET", "/ping", call, 3)
  context.close(other)
  if pong == nil and err.status ~= 404 and err.status ~= 405 then return nil, failure(instance, err) end
  info.verified = pong ~= nil
  return instance, info
end

return verification
