--- Keeps tokens in an SQLite file: for all processes of a machine. Needs luasql-sqlite3.
---
--- Each function of the backend is one statement, which SQLite does as a whole and has on disk when it returns.

local base = require "celements.store.base"
local connection = require "celements.store.sqlite_connection"
local crypto = require "celements.crypto"
local lock = require "celements.store.lock"
local options = require "celements.options"

local sqlite = {}

---@class celements.store.Sqlite: celements.store.Backend
local Backend = {}
Backend.__index = Backend

-- Rows that `each` reads at once.
local PAGE = 100

-- The machine's clock, in seconds, to the millisecond: all processes must have the same. When somebody sets it, leases
-- end sooner or later than they should; owners that lost their lock cannot write all the same.
local NOW = "(julianday('now') * 86400.0)"

-- LuaSQL has no parameters, and its `escape` ends at a zero byte.
local function blob(text)
  return "x'" .. crypto.hex(text) .. "'"
end

local function is_last(held)
  return ("EXISTS (SELECT 1 FROM lock WHERE name = %s AND owner = '%s')"):format(blob(held.name), held.owner)
end

-- Whether the statement changed a row.
local function changes(self, sql)
  local count, err = self.connection:execute(sql)
  if not count then return nil, err end
  return count > 0
end

function Backend:read(name)
  local rows, err = self.connection:execute("SELECT value FROM record WHERE name = " .. blob(name))
  if not rows then return nil, err end
  return rows[1] and rows[1][1]
end

local function forget(self, name, held)
  local sql = "DELETE FROM record WHERE name = " .. blob(name)
  if held then sql = sql .. " AND " .. is_last(held) end
  local was_there, err = changes(self, sql)
  if was_there == nil then return nil, err end
  if was_there or not held then return true end
  local rows
  rows, err = self.connection:execute("SELECT " .. is_last(held))
  if not rows then return nil, err end
  return rows[1][1] == 1
end

function Backend:write(name, value, held)
  if not value then return forget(self, name, held) end
  return changes(self, ("INSERT OR REPLACE INTO record (name, value) SELECT %s, %s WHERE %s"):format(blob(name),
    blob(value), held and is_last(held) or "1"))
end

function Backend:list(prefix)
  local rows, at, start = nil, 0, "name >= " .. blob(prefix)
  local function page()
    local err
    -- Other tasks do not run meanwhile: in Lua 5.1 an iterator cannot let them.
    rows, err = self.connection:execute(("SELECT name, value FROM record WHERE %s ORDER BY name LIMIT %d"):format(start,
      PAGE), true)
    if not rows then error(err, 0) end
    at = 0
    if rows[1] then start = "name > " .. blob(rows[#rows][1]) end
  end
  return function()
    if not rows or at == PAGE then page() end
    at = at + 1
    local row = rows[at]
    if row and row[1]:sub(1, #prefix) == prefix then return row[1], row[2] end
    at = #rows
  end
end

-- Whole numbers: the text of another one has the locale's decimal point in it.
local function milliseconds(lease)
  return math.ceil(math.min(lease, 1e9) * 1000)
end

function Backend:take(held, lease)
  return changes(self, ([[
    INSERT INTO lock (name, owner, due) VALUES (%s, '%s', %s + %d / 1000.0)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, due = excluded.due WHERE lock.due <= %s]]):format(
    blob(held.name), held.owner, NOW, milliseconds(lease), NOW))
end

function Backend:extend(held, lease)
  return changes(self, ("UPDATE lock SET due = %s + %d / 1000.0 WHERE name = %s AND owner = '%s'"):format(NOW,
    milliseconds(lease), blob(held.name), held.owner))
end

function Backend:drop(held)
  return changes(self, ("DELETE FROM lock WHERE name = %s AND owner = '%s'"):format(blob(held.name), held.owner))
end

function Backend:close()
  self.connection:close()
end

--- Opens a store in a file, which is made when there is none. Nobody but the process's user can read it; the folder
--- must let SQLite put two files beside it (`-wal`, `-shm`), and must be of this machine: SQLite's shared memory does
--- not work over a network. Waiting for the disk blocks. Not to be opened before a fork, but in each process.
---@param path string of the file
---@return celements.Store? store
---@return celements.Error? err of kind "unavailable", or "configuration" when the file is not one of this celements;
--- it is left as it is then
function sqlite.new(path)
  local where = "celements.store.sqlite"
  options.argument(where, "path", path, "string")
  if path == "" or path:find(":memory:", 1, true) then
    error(where .. ": path must name a file; celements.store.memory() keeps tokens in memory", 2)
  end
  local opened, err = connection.open(path)
  if not opened then return nil, err end
  local ok
  ok, err = opened:execute(("DELETE FROM lock WHERE due < %s - %d"):format(NOW, lock.REMEMBERED))
  if not ok then
    opened:close()
    return nil, err
  end
  return base.new(setmetatable({ connection = opened }, Backend), "SQLite, " .. path)
end

return sqlite
