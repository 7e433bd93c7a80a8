--- luaossl, loaded when something first needs it, and what is done with bytes without it.

local errors = require "celements.errors"

local crypto = {}

--- Loads one of luaossl's modules.
---@param purpose string what needs it, for the error: "a state"
---@param name string "digest", "hmac", "rand" or another one
---@return table? module
---@return celements.Error? err of kind "unavailable" without luaossl
function crypto.load(purpose, name)
  local loaded, module = pcall(require, "openssl." .. name)
  if loaded then return module end
  local why = tostring(module):match("^[^\n]*"):gsub(":$", "")
  return nil, errors.new {
    kind = "unavailable",
    message = ("%s needs luaossl (%s)"):format(purpose, why),
    hint = "'luarocks install luaossl', or Debian's package lua-luaossl",
  }
end

--- Bytes as hexadecimal digits in lower case.
---@param bytes string
---@return string
function crypto.hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- Compares in a time that does not tell how much of them is equal. (Not every Lua has bit operators: a sum of squares
--- is 0 for equal bytes alone.)
---@param text string
---@param expected string
---@return boolean
function crypto.is_equal(text, expected)
  local sum = #text == #expected and 0 or 1
  for index = 1, #expected do
    local difference = (text:byte(index) or 0) - expected:byte(index)
    sum = sum + difference * difference
  end
  return sum == 0
end

return crypto
