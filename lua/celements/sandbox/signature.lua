--- Signatures of notifications, made inside nginx by the OpenSSL that nginx itself is linked to.
local base64 = require "celements.sandbox.base64"

local signature = {}

local MISSING = "notifications cannot be signed: this nginx has no OpenSSL whose HMAC LuaJIT's FFI can call"
local DIGEST = 32

local function load_hmac()
  local ffi = require "ffi"
  ffi.cdef [[
    typedef struct evp_md_st EVP_MD;
    const EVP_MD *EVP_sha256(void);
    unsigned char *HMAC(const EVP_MD *type, const void *key, int key_length, const unsigned char *data, size_t length,
      unsigned char *digest, unsigned int *digest_length);
  ]]
  local C = ffi.C
  local sha256, hmac = C.EVP_sha256, C.HMAC
  return function(key, body)
    local digest = ffi.new("unsigned char[?]", DIGEST)
    assert(hmac(sha256(), key, #key, body, #body, digest, nil) ~= nil)
    return ffi.string(digest, DIGEST)
  end
end

local found, hmac = pcall(load_hmac)

--- Makes the value of Elements-Webhook-Signature.
---@param key string
---@param body string
---@return string? header nil when this nginx cannot make one
---@return string? err
function signature.sign(key, body)
  if not found then return nil, MISSING end
  return "sha256=" .. base64.encode(hmac(key, body))
end

return signature
