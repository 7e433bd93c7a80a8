--- Random bytes, ids and tokens.
local base64 = require "celements.sandbox.base64"

local random = {}

local pool, position = "", 1

local function bytes(count)
  if position + count - 1 > #pool then
    local source = assert(io.open("/dev/urandom", "rb"))
    pool, position = source:read(4096), 1
    source:close()
  end
  position = position + count
  return pool:sub(position - count, position - 1)
end

--- Makes a random token like the platform's: 44 characters of base64.
---@return string
function random.token()
  return base64.encode(bytes(32))
end

--- Makes random lower-case hexadecimal digits.
---@param digits integer an even number
---@return string
function random.hex(digits)
  return (bytes(digits / 2):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- Makes a random integer.
---@param low integer
---@param high integer at most 65535 above `low`
---@return integer
function random.integer(low, high)
  local a, b = bytes(2):byte(1, 2)
  return low + (a * 256 + b) % (high - low + 1)
end

return random
