-- The store in an SQLite file, in one process and in many.
local caller = require "spec.support.caller"
local celements = require "celements"
local child = require "spec.support.child"
local contract = require "spec.store.contract"
local core = require "celements.core"
local folder = require "spec.support.folder"
local luasql = require "luasql.sqlite3"
local shell = require "celements.sandbox.shell"
local without = require "spec.support.without"

local KEY = ("5a"):rep(32)

local place, path, opened

before_each(function()
  place, opened = folder.new(), {}
  path = place .. "/tokens.db"
end)
after_each(function()
  for _, store in ipairs(opened) do store:close() end
  folder.remove(place)
end)

local function open()
  local store = assert(celements.store.sqlite(path))
  table.insert(opened, store)
  return store
end

-- Runs SQL past the store.
local function with_luasql(run)
  local environment = luasql.sqlite3()
  local handle = assert(environment:connect(path))
  local result = run(handle)
  handle:close()
  environment:close()
  return result
end

describe("a store in an SQLite file", function()
  for _, case in ipairs(contract) do
    it(case.name, function() case.run(open) end)
  end

  it("keeps values when it is closed and opened again", function()
    local store = open()
    assert(store:put("name", "value"))
    assert(store:lock "name")
    store:close()
    store = open()
    assert.equal("value", store:get "name")
    assert.equal("conflict", select(2, store:lock "name").kind)
  end)

  it("lets nobody but its user read its files", function()
    assert(shell.run((": >%s && chmod 666 %s"):format(path, path)))
    for _ = 1, 2 do
      local store = open()
      assert(store:put("name", "value"))
      local _, modes = shell.run(("cd %s && stat -c '%%n %%a' *"):format(place))
      assert.equal("tokens.db 600\ntokens.db-shm 600\ntokens.db-wal 600", modes)
      store:close()
      assert(shell.run("rm " .. path))
    end
  end)

  it("makes files private that others left readable", function()
    local first = open()
    assert(first:put("name", "value"))
    assert(shell.run("chmod 644 " .. path .. "*"))
    open()
    local _, modes = shell.run("stat -c %a " .. path .. "*")
    assert.equal("600\n600\n600", modes)
    assert.equal("value", first:get "name")
  end)

  it("has values on the disk at each commit", function()
    local store = open()
    local settings = {}
    for _, name in ipairs { "journal_mode", "synchronous", "secure_delete" } do
      settings[name] = store._backend.connection:execute("PRAGMA " .. name)[1][1]
    end
    assert.same({ journal_mode = "wal", synchronous = 2, secure_delete = 1 }, settings)
  end)

  it("is right when eight processes write at once", function()
    assert(open():put("count", "0"))
    local finish = {}
    for index = 1, 8 do
      finish[index] = child.start([[
        local celements = require "celements"
        local store = assert(celements.store.sqlite((...)))
        for _ = 1, 10 do
          local held = assert(store:lock("count", { wait = 600 }))
          local count = assert(store:get "count")
          assert(store:put("mine " .. select(2, ...), count))
          assert(store:put("count", ("%d"):format(count + 1), held))
          assert(held:release())
        end
        io.write("done")]], { path, tostring(index) })
    end
    for index = 1, 8 do assert.same({ "done", 0 }, { finish[index]() }) end
    assert.equal("80", open():get "count")
  end)

  it("is opened by many processes that find no file", function()
    local finish = {}
    for index = 1, 8 do
      finish[index] = child.start([[
        local store = assert(require("celements").store.sqlite((...)))
        assert(store:put(select(2, ...), "value"))
        store:close()]], { path, "name " .. index })
    end
    for index = 1, 8 do assert.same({ "", 0 }, { finish[index]() }) end
    for index = 1, 8 do assert.equal("value", open():get("name " .. index)) end
  end)

  it("is opened while another process makes the tables", function()
    with_luasql(function(handle) assert(handle:execute "PRAGMA journal_mode = wal"):close() end)
    local make, made = luasql.sqlite3, false
    local function make_tables()
      assert.same({ "", 0 }, { child.run([[assert(require("celements").store.sqlite((...))):close()]], { path }) })
      made = true
    end
    function luasql.sqlite3()
      local environment = make()
      local handle
      return {
        connect = function(self, ...)
          handle = environment:connect(...)
          return self
        end,
        execute = function(_, sql)
          if not made and sql:find("sqlite_master", 1, true) then make_tables() end
          return handle:execute(sql)
        end,
        close = function() return handle:close() and environment:close() end,
      }
    end
    local ok, store, err = pcall(celements.store.sqlite, path)
    luasql.sqlite3 = make
    assert.is_true(ok, store)
    assert(store, err)
    assert.is_true(made)
    assert(store:put("name", "value"))
    store:close()
  end)

  it("keeps what a process wrote that was killed, and gives its lock to the next owner", function()
    local output, status = child.run([[
      local store = assert(require("celements").store.sqlite((...)))
      local held = assert(store:lock("name", { lease = 0.01 }))
      assert(store:put("name", "intent", held))
      os.execute("kill -9 $PPID")]], { path })
    assert.equal(137, status, output)
    local store = open()
    assert.equal("intent", store:get "name")
    local held = assert(store:lock("name", { wait = 30 }))
    assert.is_true(store:put("name", "token", held))
  end)

  it("waits for another process's transaction, and other tasks run meanwhile", function()
    local store = open()
    with_luasql(function(handle)
      assert(handle:execute "BEGIN IMMEDIATE")
      local put = celements.spawn(function() return store:put("name", "value") end)
      local other = celements.spawn(function()
        for _ = 1, 5 do celements.sleep(0.01) end
        assert.is_nil(store:get "name")
        return handle:execute "COMMIT"
      end)
      assert.truthy(other:wait())
      assert.is_true(put:wait())
    end)
    assert.equal("value", store:get "name")
  end)

  it("waits so in a task that is cancelled, too: it can still release a lock", function()
    local store = open()
    local held = assert(store:lock "name")
    with_luasql(function(handle)
      assert(handle:execute "BEGIN IMMEDIATE")
      local release
      release = celements.spawn(function()
        release:cancel()
        return held:release()
      end)
      local other = celements.spawn(function()
        for _ = 1, 5 do celements.sleep(0.01) end
        return handle:execute "COMMIT"
      end)
      assert.truthy(other:wait())
      assert.is_true(release:wait())
    end)
    assert(store:lock "name"):release()
  end)

  it("refuses a file that is not its own, and leaves it as it is", function()
    local function refusal()
      assert(shell.run("chmod 644 " .. path))
      local store, err = celements.store.sqlite(path)
      assert.is_nil(store)
      assert.equal("configuration", err.kind)
      local _, modes = shell.run(("cd %s && stat -c '%%n %%a' *"):format(place))
      assert.equal("tokens.db 644", modes)
      return err.message
    end

    for _, mode in ipairs { "delete", "wal" } do
      with_luasql(function(handle)
        assert(handle:execute("PRAGMA journal_mode = " .. mode)):close()
        assert(handle:execute "CREATE TABLE customers (name TEXT)")
      end)
      assert.equal(path .. " is another application's database", refusal())
      assert.equal(mode, with_luasql(function(handle)
        local cursor = assert(handle:execute "PRAGMA journal_mode")
        local found = cursor:fetch()
        cursor:close()
        return found
      end))
      assert(shell.run("rm " .. path .. "*"))
    end

    open():close()
    with_luasql(function(handle) assert(handle:execute "PRAGMA user_version = 7") end)
    assert.truthy(refusal():find("was made by a newer celements (schema 7, not 1)", 1, true))

    assert(shell.run("seq 1000 >" .. path))
    assert.equal("SQLite says: file is not a database", refusal())
    assert.equal("3893", select(2, shell.run("wc -c <" .. path)))
  end)

  it("says where it cannot be", function()
    for _, wrong in ipairs { "/nowhere/tokens.db", place, "/dev/null", place .. "/a\0b" } do
      local store, err = celements.store.sqlite(wrong)
      assert.is_nil(store)
      assert.equal("unavailable", err.kind)
      assert.truthy(err.message:find("cannot be made private: ", 1, true), err.message)
    end
    local _, mode = shell.run("stat -c %a " .. place .. " /dev/null")
    assert.equal("700\n666", mode)
    assert.equal("celements.store.sqlite: path must be a string, not nil",
      caller.blamed(function() celements.store.sqlite() end))
    assert.truthy(caller.blamed(function() celements.store.sqlite(":memory:") end):find("celements.store.memory()", 1,
      true))
  end)

  it("says what to install", function()
    without("luasql.sqlite3", function()
      local store, err = celements.store.sqlite(path)
      assert.is_nil(store)
      assert.equal("unavailable", err.kind)
      assert.truthy(err.hint:find("lua-sql-sqlite3", 1, true))
    end)
  end)

  it("is not used in a child of the process that opened it", function()
    local store, pid = open(), core.pid
    core.pid = function() return pid() + 1 end
    local value, err = store:get "name"
    core.pid = pid
    assert.is_nil(value)
    assert.equal("unavailable", err.kind)
    assert.truthy(err.hint:find("open it in each process", 1, true))
    assert.truthy(store:put("name", "value"))
  end)

  it("takes a row without columns for none, as LuaSQL 2.8 gives one", function()
    local store, methods = open(), nil
    with_luasql(function(handle)
      local cursor = handle:execute "SELECT 1"
      methods = debug.getmetatable(cursor).__index
      cursor:close()
    end)
    local fetch, first, last = methods.fetch, {}, {}
    methods.fetch = function(cursor, ...)
      if last[cursor] then return nil end
      local row, why = fetch(cursor, ...)
      if row or first[cursor] then
        first[cursor] = true
        return row, why
      end
      last[cursor] = true
      return {}
    end
    local ok, err = pcall(function()
      assert.is_nil(store:get "name")
      for name in store:each() do error("listed: " .. name) end
      assert(store:put("name", "value"))
      for name, value in store:each() do assert.equal("name value", name .. " " .. value) end
    end)
    methods.fetch = fetch
    assert(ok, err)
  end)

  it("raises what goes wrong while it lists", function()
    local store = open()
    with_luasql(function(handle) assert(handle:execute "DROP TABLE record") end)
    local ok, err = pcall(function() for _ in store:each() do error("never") end end)
    assert.is_false(ok)
    assert.equal("unavailable", err.kind)
    local value
    value, err = store:put("name", "token-91c5")
    assert.is_nil(value)
    assert.equal("unavailable", err.kind)
    assert.is_nil(caller.find(err, "token-91c5"))
  end)
end)

describe("a sealed store in an SQLite file", function()
  local function open_sealed() return assert(celements.store.seal(open(), { key = KEY })) end

  for _, case in ipairs(contract) do
    it(case.name, function() case.run(open_sealed) end)
  end

  it("never has a token in a file", function()
    local store = open_sealed()
    for index = 1, 20 do assert(store:put("customer/" .. index, ("token-f00d-%d-"):format(index):rep(50))) end
    assert(store:put("customer/1", "token-f00d again"))
    assert(store:delete "customer/2")
    assert.equal("", folder.find(place, "token-f00d"))
    assert.truthy(folder.find(place, "customer/1"):find "tokens.db")
    store:close()
    assert.equal("", folder.find(place, "token-f00d"))

    assert(open():put("plain", "token-f00d"))
    assert.truthy(folder.find(place, "token-f00d"):find "tokens.db")
  end)
end)
