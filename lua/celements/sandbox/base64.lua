--- Standard base64 with padding (RFC 4648).
local base64 = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local VALUES = {}
for index = 1, #ALPHABET do VALUES[ALPHABET:byte(index)] = index - 1 end

local LETTERS = {}
for index = 1, #ALPHABET do LETTERS[index - 1] = ALPHABET:sub(index, index) end

--- Encodes bytes.
---@param data string
---@return string
function base64.encode(data)
  local out = {}
  for at = 1, #data, 3 do
    local a, b, c = data:byte(at, at + 2)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    out[#out + 1] = LETTERS[math.floor(bits / 262144)]
    out[#out + 1] = LETTERS[math.floor(bits / 4096) % 64]
    out[#out + 1] = b and LETTERS[math.floor(bits / 64) % 64] or "="
    out[#out + 1] = c and LETTERS[bits % 64] or "="
  end
  return table.concat(out)
end

--- Decodes base64 text.
---@param text string
---@return string? data nil when it is not base64
function base64.decode(text)
  if #text % 4 ~= 0 or not text:find("^[%w+/]*=?=?$") then return nil end
  local out = {}
  for at = 1, #text, 4 do
    local a, b, c, d = text:byte(at, at + 3)
    local bits = VALUES[a] * 262144 + VALUES[b] * 4096 + (VALUES[c] or 0) * 64 + (VALUES[d] or 0)
    out[#out + 1] = string.char(math.floor(bits / 65536))
    if VALUES[c] then out[#out + 1] = string.char(math.floor(bits / 256) % 256) end
    if VALUES[d] then out[#out + 1] = string.char(bits % 256) end
  end
  return table.concat(out)
end

return base64
