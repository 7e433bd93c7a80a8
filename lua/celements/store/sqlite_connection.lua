--- A connection to the store's SQLite file: how it is opened, and how it waits for other processes.

local core = require "celements.core"
local errors = require "celements.errors"
local lock = require "celements.store.lock"
local runtime = require "celements.runtime"

local connection = {}

-- Marks the file as ours ("cele"), and says how its tables look.
local APPLICATION, SCHEMA = 0x63656c65, 1

local TABLES = {
  "CREATE TABLE record (name BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL)",
  "CREATE TABLE lock (name BLOB PRIMARY KEY NOT NULL, owner TEXT NOT NULL, due REAL NOT NULL)",
  "PRAGMA application_id = " .. APPLICATION,
  "PRAGMA user_version = " .. SCHEMA,
}

-- In milliseconds, for as long as SQLite itself waits, which nothing else can do meanwhile.
local BUSY = "PRAGMA busy_timeout = 20"

local SETTINGS = {
  -- Readers and the writer do not wait for each other.
  "PRAGMA journal_mode = WAL",
  -- With WAL, NORMAL syncs at checkpoints only, and what was committed since may be gone after a power cut. FULL syncs
  -- at each commit (SQLite documentation, "PRAGMA synchronous").
  "PRAGMA synchronous = FULL",
  -- On macOS a sync does not reach the disk otherwise.
  "PRAGMA fullfsync = ON",
  -- What is deleted is overwritten.
  "PRAGMA secure_delete = ON",
}

-- For other processes, in seconds: each has the file to itself for milliseconds.
local PATIENCE = 30
local FIRST_PAUSE, LAST_PAUSE = 0.005, 0.1

local Connection = {}
Connection.__index = Connection

local function unavailable(message, hint)
  return errors.new { kind = "unavailable", message = message, hint = hint }
end

local function foreign(message)
  return errors.new { kind = "configuration", message = message, hint = "give another path" }
end

local function failure(why)
  local message = "SQLite says: " .. tostring(why):gsub("^LuaSQL: ", "")
  if message:find("is not a database", 1, true) then return foreign(message) end
  return unavailable(message, "see to the file, its folder and the disk")
end

-- Waits without holding up other tasks where that is possible.
local function pause(seconds)
  runtime.rest(runtime.host("store", nil, 2), seconds)
end

-- LuaSQL 2.8 gives one row without columns where there is none; no query here asks for what may be null.
local function rows_of(cursor)
  local list = {}
  while true do
    local row, why = cursor:fetch({}, "n")
    if not row or row[1] == nil then
      pcall(cursor.close, cursor) -- it is closed already at its end
      if why then return nil, why end
      return list
    end
    table.insert(list, row)
  end
end

local function execute(handle, sql)
  local result, why = handle:execute(sql)
  if type(result) == "userdata" then result, why = rows_of(result) end
  return result, why
end

--- Runs a statement, which SQLite does as a whole or not at all.
---@param sql string
---@param blocks boolean? whether it must not let other tasks run while it waits for other processes
---@return table|number? result rows, or how many were changed
---@return celements.Error?
function Connection:execute(sql, blocks)
  if core.pid() ~= self.pid then
    return nil, unavailable("the store was opened before the process forked",
      "open it in each process (in nginx: in init_worker_by_lua)")
  end
  local limit, length = core.now() + PATIENCE, FIRST_PAUSE
  while self.handle do
    local result, why = execute(self.handle, sql)
    if result then return result end
    if not why:find("database is locked", 1, true) then return nil, failure(why) end
    if core.now() > limit then
      return nil, unavailable("another process keeps the SQLite file locked", "end what keeps a transaction open")
    end
    if not blocks then
      pause(length)
      length = math.min(2 * length, LAST_PAUSE)
    end
  end
  return nil, lock.closed()
end

local function single(self, sql)
  local rows, err = self:execute(sql)
  if not rows then return nil, err end
  return rows[1][1]
end

local function all(self, statements)
  for _, sql in ipairs(statements) do
    local ok, err = self:execute(sql)
    if not ok then return nil, err end
  end
  return true
end

local function check(self, path)
  local version, err = single(self, "PRAGMA user_version")
  if not version then return nil, err end
  local application, tables
  application, err = single(self, "PRAGMA application_id")
  if not application then return nil, err end
  tables, err = single(self, "SELECT count(*) FROM sqlite_master")
  if not tables then return nil, err end
  if application ~= APPLICATION and (tables > 0 or application ~= 0) then
    return nil, foreign(path .. " is another application's database")
  end
  if version > SCHEMA then
    return nil, errors.new {
      kind = "configuration", message = ("%s was made by a newer celements (schema %d, not %d)"):format(path, version,
        SCHEMA), hint = "install the newer celements here, too",
    }
  end
  return version == SCHEMA and "complete" or "empty"
end

-- The same of one moment: another process may just be making the tables.
local function check_at_once(self, path)
  local ok, err = self:execute("BEGIN")
  if not ok then return nil, err end
  local found
  found, err = check(self, path)
  self:execute("ROLLBACK")
  return found, err
end

local function cannot_be_private(path, why)
  return unavailable(("%s cannot be made private: %s"):format(path, why),
    "give a path in a folder of this process's user")
end

-- SQLite gives its journal and its shared memory the mode of the file.
local function make_private(path)
  for _, ending in ipairs { "", "-wal", "-shm" } do
    local ok, why = core.private_file(path .. ending)
    if not ok then return nil, cannot_be_private(path .. ending, why) end
  end
  return true
end

-- A file that is not ours is left as it is.
local function begin(self, path)
  local ok, err = self:execute(BUSY)
  if not ok then return nil, err end
  local found, mode
  found, err = check_at_once(self, path)
  if not found then return nil, err end
  ok, err = make_private(path)
  if ok then ok, err = all(self, SETTINGS) end
  if not ok then return nil, err end
  mode, err = single(self, "PRAGMA journal_mode")
  if mode ~= "wal" then
    return nil, err or unavailable("SQLite cannot use WAL for " .. path, "give a path on a disk of this machine")
  end
  if found == "complete" then return true end
  -- Of several processes that find it empty one makes the tables.
  ok, err = self:execute("BEGIN IMMEDIATE")
  if not ok then return nil, err end
  found, err = check(self, path)
  if found == "empty" then found, err = all(self, TABLES) end
  if found then return self:execute("COMMIT") end
  self:execute("ROLLBACK")
  return nil, err
end

local function load()
  local ok, luasql = pcall(require, "luasql.sqlite3")
  if ok then return luasql end
  return nil, unavailable("luasql.sqlite3 cannot be loaded",
    "install it: apt install lua-sql-sqlite3, or luarocks install luasql-sqlite3")
end

--- Opens the file, and makes it when there is none.
---@param path string
---@return table? connection
---@return celements.Error?
function connection.open(path)
  local luasql, err = load()
  if not luasql then return nil, err end
  -- SQLite would make a file that others can read.
  local is_new, reason = core.create_file(path)
  if is_new == nil then return nil, cannot_be_private(path, reason) end
  local environment = luasql.sqlite3()
  local handle, why = environment:connect(path)
  if not handle then return nil, failure(why) end
  local self = setmetatable({ environment = environment, handle = handle, pid = core.pid() }, Connection)
  local ok
  ok, err = begin(self, path)
  if ok then return self end
  self:close()
  return nil, err
end

--- Closes it.
function Connection:close()
  local handle = self.handle
  self.handle = nil
  if handle then
    handle:close()
    self.environment:close()
  end
end

return connection
