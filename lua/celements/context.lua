--- What a client or a session gives to its calls, and how it ends.

local reactor = require "celements.runtime.reactor"

local context = {}

-- What a session has of its client.
local INHERITED = {
  "loop", "reactor", "timeout", "provision_timeout", "retries", "budget", "hooks",
}

---@class celements.Context
---@field name string "client" or "session"
---@field target userdata? where calls go, as whom, and within which limits; nil when closed
---@field loop celements.Host? the event loop that calls inside it wait by
---@field reactor celements.Reactor? one that carried its calls, kept alive with its connections
---@field timeout number seconds, for a call with all its attempts
---@field provision_timeout number? seconds, for a creation
---@field retries integer how often a call may be tried again
---@field budget celements.Budget what is left for that
---@field hooks celements.Hooks? who is told of each attempt
---@field pausing table<celements.Waiter, true>? who waits between two attempts
---@field configuration_ttl number? seconds, for what `configurations` holds
---@field journal celements.Store? of `ensure` without a store
---@field recent table? what is in it, and until when
---@field configurations table<string|integer, celements.configuration.Held>? of elements, for `check = "live"`
---@field public boolean? whether nothing that its calls send is secret: their errors quote it

--- What a session gives to its calls: the client's limits and secrets, and the element token.
---@param self celements.Context a client's
---@param token string
---@return celements.Context?
---@return string? why the text cannot be a token, or the client not give one
function context.with_token(self, token)
  if not self.target then return nil, "is of no use to a client that is closed" end
  local target, _, why = self.target:with_token(token)
  if not target then return nil, why end
  local other = { name = "session", target = target }
  for _, name in ipairs(INHERITED) do other[name] = self[name] end
  return other
end

local function end_calls(self, target)
  for waiter in pairs(self.pausing or {}) do waiter.host.wake(waiter) end
  reactor.cancel_target(target)
end

--- Forgets the secrets and ends the calls in flight with kind "closed". May be called again.
---@param self celements.Context
function context.close(self)
  local target = self.target
  self.target, self.reactor = nil, nil
  if not target then return end
  local ok, err = pcall(end_calls, self, target)
  target:close() -- the secrets go whatever happens
  if not ok then error(err, 0) end
end

--- One line for `tostring`, without a secret.
---@param self celements.Context
---@param class string
---@return string
function context.describe(self, class)
  return ("%s (%s)"):format(class, self.target and self.target:base_url() or "closed")
end

return context
