--- A temporary folder, and what is in it.
local shell = require "celements.sandbox.shell"

local folder = {}

--- Makes one, in memory where the system has a place for that.
---@return string path
function folder.new()
  local ok, path = shell.run("[ -w /dev/shm ] && cd /dev/shm || cd /tmp; mktemp -d $PWD/celements-spec-XXXXXX")
  assert(ok, path)
  return path
end

--- Removes it with everything in it.
---@param path string
function folder.remove(path)
  assert(shell.run("rm -r " .. shell.quote(path)))
end

--- Returns the names of the files in which a text stands, in order.
---@param path string
---@param text string
---@return string names
function folder.find(path, text)
  local _, found = shell.run(("cd %s && grep -rlFa -e %s . | sort"):format(shell.quote(path), shell.quote(text)))
  return found
end

return folder
