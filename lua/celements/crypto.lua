--- luaossl, loaded when something first needs it.

local errors = require "celements.errors"

local crypto = {}

--- Loads one of luaossl's modules.
---@param purpose string what needs it, for the error: "signatures"
---@param name string "digest", "hmac", "rand" or another one
---@return table? module
---@return celements.Error? err of kind "unavailable" without luaossl
function crypto.load(purpose, name)
  local loaded, module = pcall(require, "openssl." .. name)
  if loaded then return module end
  local why = tostring(module):match("^[^\n]*"):gsub(":$", "")
  return nil, errors.new {
    kind = "unavailable",
    message = ("%s: luaossl is needed (%s)"):format(purpose, why),
    hint = "'luarocks install luaossl', or Debian's package lua-luaossl",
  }
end

--- Bytes as hexadecimal digits in lower case.
---@param bytes string
---@return string
function crypto.hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

return crypto
