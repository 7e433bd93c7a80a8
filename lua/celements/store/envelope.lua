--- Encrypts what a store keeps, with AES-256-GCM. Needs luaossl.
---
--- A sealed value is the mark, the id of the key, a random nonce of 96 bits, the ciphertext, and the tag of 128 bits.
--- luaossl's ciphers take no associated data, so each name has a key of its own, HMAC-SHA256(key, label name): under
--- another name, the tag is wrong. That no two values share key and nonce is then a matter of one name's values alone.

local errors = require "celements.errors"

local envelope = {}

local MARK = "celements sealed 1\n"
local CIPHER, NONCE, TAG, ID = "aes-256-gcm", 12, 16, 8
local FOR_ID, FOR_RECORD = "celements key id 1", "celements record key 1\0"

---@class celements.store.Envelope
local Envelope = {}
Envelope.__index = Envelope

local function load()
  local loaded = {}
  for _, name in ipairs { "cipher", "hmac", "rand" } do
    local ok, module = pcall(require, "openssl." .. name)
    if not ok then
      return nil, errors.new {
        kind = "unavailable", message = "sealing needs luaossl, which cannot be loaded",
        hint = "install it: apt install lua-luaossl, or luarocks install luaossl",
      }
    end
    loaded[name] = module
  end
  return loaded
end

local function derive(self, key, label)
  return self.openssl.hmac.new(key, "sha256"):final(label)
end

--- Makes one of the keys, each of 32 bytes.
---@param key string
---@param previous string[]
---@return celements.store.Envelope?
---@return celements.Error?
function envelope.new(key, previous)
  local openssl, err = load()
  if not openssl then return nil, err end
  local self = setmetatable({ openssl = openssl, keys = {} }, Envelope)
  for _, old in ipairs(previous) do self.keys[derive(self, old, FOR_ID):sub(1, ID)] = old end
  self.id = derive(self, key, FOR_ID):sub(1, ID)
  self.keys[self.id] = key
  return self
end

local function cipher_of(self, id, name)
  return self.openssl.cipher.new(CIPHER), derive(self, self.keys[id], FOR_RECORD .. name)
end

--- Encrypts a value.
---@param name string
---@param value string
---@return string sealed
function Envelope:seal(name, value)
  local nonce = self.openssl.rand.bytes(NONCE)
  local cipher, key = cipher_of(self, self.id, name)
  local hidden = assert(cipher:encrypt(key, nonce):final(value))
  return MARK .. self.id .. nonce .. hidden .. cipher:getTag(TAG)
end

local function id_of(sealed)
  if #sealed < #MARK + ID + NONCE + TAG or sealed:sub(1, #MARK) ~= MARK then return nil end
  return sealed:sub(#MARK + 1, #MARK + ID)
end

local function refuse(kind, name, text, hint)
  return nil, errors.new { kind = kind, message = ("the record '%s' %s"):format(name, text), hint = hint }
end

--- Whether it was sealed with the key that is used now.
---@param sealed string
---@return boolean
function Envelope:is_current(sealed)
  return id_of(sealed) == self.id
end

--- Decrypts a value.
---@param name string
---@param sealed string
---@return string? value
---@return celements.Error? err of kind "configuration" when the key is missing, "unavailable" when it was changed
function Envelope:open(name, sealed)
  local id = id_of(sealed)
  if not id then
    return refuse("unavailable", name, "is not sealed", "read it without celements.store.seal, and put it with it")
  end
  if not self.keys[id] then
    return refuse("configuration", name, "was sealed with another key", "give that key, too: in option 'previous'")
  end
  local start = #MARK + ID
  local cipher, key = cipher_of(self, id, name)
  cipher:decrypt(key, sealed:sub(start + 1, start + NONCE))
  cipher:setTag(sealed:sub(-TAG))
  -- OpenSSL compares the tags, in constant time; what fails comes back as nil.
  local value = cipher:final(sealed:sub(start + NONCE + 1, -TAG - 1))
  if not value then
    return refuse("unavailable", name, "was changed, or put under another name, since it was sealed",
      "restore it from a backup, or delete it")
  end
  return value
end

return envelope
