-- One file, up or down, for bench/files.lua.
--
-- usage: files_call WHAT BASE_URL USER_SECRET ORGANIZATION_SECRET TOKEN ID FOLDER BYTES
local celements = require "celements"

local what, base_url, user_secret, organization_secret, token = arg[1], arg[2], arg[3], arg[4], arg[5]
local id, folder = arg[6], arg[7]
local bytes = tonumber(arg[8])

local client = celements.new {
  base_url = base_url, user_secret = user_secret, organization_secret = organization_secret,
}
local session = client:with_token(token)

local function source()
  local piece, left = ("0123456789abcde\n"):rep(4096), bytes
  return function()
    local next_piece = left >= #piece and piece or left > 0 and piece:sub(1, left) or nil
    left = left - #piece
    return next_piece
  end
end

local work = {
  ping = function() return assert(session:ping()) and bytes end,
  ["upload path"] = function() return assert(session:upload("/files", folder .. "/up")).size end,
  ["upload function"] = function()
    return assert(session:upload("/files", { source = source(), size = bytes })).size
  end,
  ["download path"] = function() return assert(session:download("/files/" .. id, folder .. "/down")).bytes end,
  ["download function"] = function()
    local count = 0
    assert(session:download("/files/" .. id, function(piece) count = count + #piece end))
    return count
  end,
}
assert(work[what]() == bytes, "not all of it arrived")
