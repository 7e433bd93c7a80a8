--- The `state` of an OAuth flow: proof that the customer who comes back is the one who was sent. Needs luaossl.

local crypto = require "celements.crypto"
local errors = require "celements.errors"
local options = require "celements.options"

local state = {}

--- What makes and checks states. Made by `celements.oauth.state`.
---@class celements.oauth.State
local State = { __name = "celements.oauth.State" }
State.__index = State

-- Bytes of what nobody can guess, and of a key.
local NONCE, KEY = 16, 32
local known = { secret = "string", lifetime = "seconds", clock = "function" }

local function refuse(message)
  return nil, errors.new { kind = "unauthorized", message = message, hint = "start the flow again" }
end

local function openssl(name)
  return crypto.load("a state", name)
end

-- One key for the process, for who has none: its states are worth nothing in another one.
local process_key

local function key_of(self)
  if self._secret then return self._secret end
  if not process_key then
    local rand, err = openssl "rand"
    if not rand then return nil, err end
    process_key = rand.bytes(KEY)
  end
  return process_key
end

-- What is signed cannot be read in two ways: neither the expiry nor the nonce holds a dot.
local function sign(self, expiry, nonce, binding)
  local hmac, err = openssl "hmac"
  if not hmac then return nil, err end
  local key
  key, err = key_of(self)
  if not key then return nil, err end
  return crypto.hex(hmac.new(key, "sha256"):final(("celements state.%s.%s.%s"):format(expiry, nonce, binding or "")))
end

--- Whether a value is what `celements.oauth.state` makes.
---@param value any
---@return boolean
function state.is(value)
  return getmetatable(value) == State
end

--- Makes a state, for the option `state` of `elements:oauth_url`.
---@param binding string? what only this customer has, such as a session's id: who comes back must have it, too
---@return string? state
---@return celements.Error? err of kind "unavailable" without luaossl
function State:make(binding)
  if binding ~= nil then options.argument("state:make", "binding", binding, "string") end
  local rand, err = openssl "rand"
  if not rand then return nil, err end
  local expiry, nonce = ("%.0f"):format(math.floor(self._clock()) + self._lifetime), crypto.hex(rand.bytes(NONCE))
  local mac
  mac, err = sign(self, expiry, nonce, binding)
  if not mac then return nil, err end
  return ("%s.%s.%s"):format(expiry, nonce, mac)
end

--- Says whether a state that came back was made here, for this binding, and not too long ago. It does not remember
--- states: a code that comes twice is the provider's to refuse.
---@param text any what came back; nil for nothing
---@param binding string? as it was made for
---@return true? genuine
---@return celements.Error? err "unauthorized" for a state that is wrong or too old, "unavailable" without luaossl
function State:check(text, binding)
  if binding ~= nil then options.argument("state:check", "binding", binding, "string") end
  if type(text) ~= "string" or text == "" then return refuse "the callback carries no state" end
  local expiry, nonce, mac = text:match("^(%d+)%.(%x+)%.(%x+)$")
  if not expiry then return refuse "the state was not made here" end
  local expected, err = sign(self, expiry, nonce, binding)
  if not expected then return nil, err end
  if not crypto.is_equal(mac, expected) then return refuse "the state was not made here, or for somebody else" end
  if self._clock() >= tonumber(expiry) then return refuse "the state has expired" end
  return true
end

function State.__tostring()
  return State.__name
end

--- Options of `celements.oauth.state`.
---@class celements.StateOptions
---@field secret string? at least 16 bytes; default a random one that ends with the process
---@field lifetime number? seconds that a state is good for; default 600
---@field clock (fun(): number)? gives seconds; default `os.time`

--- Makes what makes and checks states. All processes that share a `secret` know each other's.
---@param given celements.StateOptions?
---@return celements.oauth.State
function state.new(given)
  local where = "celements.oauth.state"
  given = options.check(where, given, known, 2)
  if given.secret and #given.secret < NONCE then
    error(("%s: option 'secret' must have at least %d bytes"):format(where, NONCE), 2)
  end
  local lifetime = math.ceil(given.lifetime or 600)
  return setmetatable({ _secret = given.secret, _lifetime = lifetime, _clock = given.clock or os.time }, State)
end

return state
