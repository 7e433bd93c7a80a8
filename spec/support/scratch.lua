--- A folder for the files of a spec, which writes and reads them.
local folder = require "spec.support.folder"
local shell = require "celements.sandbox.shell"

local Folder = {}
Folder.__index = Folder

local scratch = {}

--- Makes a folder.
function scratch.new()
  return setmetatable({ path = folder.new() }, Folder)
end

--- The path of a file in it.
function Folder:file(name)
  return self.path .. "/" .. name
end

--- Writes a file, and returns its path.
function Folder:write(name, text)
  local file = assert(io.open(self:file(name), "wb"))
  file:write(text)
  file:close()
  return self:file(name)
end

--- Returns what is in a file, nil if there is none.
function Folder:read(name)
  local file = io.open(self:file(name), "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

--- Returns the names of the files, sorted, with blanks between them.
function Folder:list()
  local _, text = shell.run("ls -A " .. self.path)
  return (text:gsub("%s+", " "):match("^%s*(.-)%s*$"))
end

--- Removes it.
function Folder:remove()
  folder.remove(self.path)
end

return scratch
