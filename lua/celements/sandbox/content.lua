--- Bytes that are not in memory: of a file on disk, or made up when they are read.
local content = {}

---@class celements.sandbox.Content
---@field size integer
---@field read fun(self: celements.sandbox.Content, offset: integer, length: integer): string
---@field keep fun(self: celements.sandbox.Content) for longer than the request that brought it
---@field remove fun(self: celements.sandbox.Content) when it was kept

local function nothing() end

--- The bytes of a string.
---@param text string
---@return celements.sandbox.Content
function content.text(text)
  return {
    size = #text, keep = nothing, remove = nothing,
    read = function(_, offset, length) return text:sub(offset + 1, offset + length) end,
  }
end

--- The bytes of a file that somebody else removes, unless it is kept: then it has another name.
---@param path string
---@return celements.sandbox.Content
function content.file(path)
  local file, kept = assert(io.open(path, "rb")), path .. ".kept"
  return {
    size = file:seek("end"),
    read = function(_, offset, length)
      file:seek("set", offset)
      return file:read(length) or ""
    end,
    keep = function() assert(os.rename(path, kept)) end,
    remove = function()
      file:close()
      os.remove(kept)
    end,
  }
end

local BLOCK = 65536
local REST = (("abcdefghijklmnopqrstuvwxyz01234\n"):rep(BLOCK / 32)):sub(17)

-- Each block begins with its number.
local function block(number)
  return ("%015d\n"):format(number) .. REST
end

--- So many bytes, the same each time, in numbered blocks of 64 KiB.
---@param size integer
---@return celements.sandbox.Content
function content.generated(size)
  return {
    size = size, keep = nothing, remove = nothing,
    read = function(_, offset, length)
      length = math.min(length, size - offset)
      local pieces, at = {}, offset
      while at < offset + length do
        local within = at % BLOCK
        local piece = block((at - within) / BLOCK):sub(within + 1, within + offset + length - at)
        table.insert(pieces, piece)
        at = at + #piece
      end
      return table.concat(pieces)
    end,
  }
end

return content
