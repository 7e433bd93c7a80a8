-- The store in a shared dictionary, in two workers.
if not rawget(_G, "jit") then return end

local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"

local INIT = [[
    local shared_dict = require "celements.store.shared_dict"
    function new_store(given) return shared_dict.new(ngx.shared.tokens, given) end
    store = new_store()
    core = require "celements.core"
]]

local HTTP = [[
  lua_shared_dict tokens 64k;
]]

local SERVER = [[
    location = /lua { content_by_lua_block {
      ngx.req.read_body()
      local ok, err = pcall(assert(loadstring(ngx.req.get_body_data())))
      if not ok then ngx.say(err) end
    } }
]]

local server, running

setup(function()
  server = assert(sandbox.start())
  running = nginx.start(server, { init = INIT, http = HTTP, server = SERVER, workers = 2 })
end)
teardown(function()
  assert.equal("", running:log())
  running:stop()
  server:stop()
end)
before_each(function() running:get("/lua", "-d 'ngx.shared.tokens:flush_all() ngx.shared.tokens:flush_expired()'") end)

local function inside(code)
  return running:get("/lua", "--data-binary " .. shell.quote(code))
end

describe("a store in a shared dictionary", function()
  it("keeps, gives, lists and forgets values", function()
    assert.equal("nil\ntrue\ntoken 1\0\ntoken 2\na/1=token 2 a/2=x \nb/1=y\ntrue\nnil\ntrue", inside [[
      ngx.say(store:get "a/1")
      ngx.say(store:put("a/1", "token 1\0"))
      ngx.say(store:get "a/1")
      store:put("a/1", "token 2")
      ngx.say(store:get "a/1")
      store:put("a/2", "x")
      store:put("b/1", "y")
      local list = {}
      for name, value in store:each "a/" do table.insert(list, name .. "=" .. value .. " ") end
      table.sort(list)
      ngx.say(table.concat(list))
      for name, value in store:each "b" do ngx.say(name, "=", value) end
      ngx.say(store:delete "a/1")
      ngx.say(store:get "a/1")
      ngx.say(store:delete "a/1")
    ]])
  end)

  it("keeps its prefix apart from others", function()
    assert.equal("nil\n1", inside [[
      local first, second = new_store { prefix = "first:" }, new_store { prefix = "second:" }
      first:put("name", "value")
      ngx.say(second:get "name")
      local count = 0
      for _ in first:each() do count = count + 1 end
      for _ in second:each() do count = count + 1 end
      ngx.say(count)
    ]])
  end)

  it("refuses what there is no room for, and drops nothing", function()
    assert.equal("unavailable give lua_shared_dict more room\ntrue", inside [[
      local count = 0
      while true do
        local ok, err = store:put("name " .. count, ("x"):rep(1000))
        if not ok then ngx.say(err.kind, " ", err.hint) break end
        count = count + 1
      end
      local found = 0
      for _ in store:each() do found = found + 1 end
      ngx.say(found == count and count > 5)
    ]])
  end)

  it("has locks that one owner holds", function()
    assert.equal("conflict\nfalse\ntrue\ntrue\nconflict", inside [[
      local lock = store:lock "customer"
      local other, err = store:lock("customer", { wait = 0.05 })
      ngx.say(err.kind)
      ngx.say(other ~= nil)
      ngx.say(store:lock "another" ~= nil)
      ngx.say(lock:release())
      store:lock "customer"
      ngx.say(select(2, store:lock "customer").kind)
    ]])
  end)

  it("has locks that end by themselves, and cannot be released for the next owner", function()
    assert.equal("true\nfalse\nconflict", inside [[
      local lock = store:lock("customer", { lease = 0.01 })
      ngx.say(store:lock("customer", { wait = 5 }) ~= nil)
      ngx.say(lock:release())
      ngx.say(select(2, store:lock "customer").kind)
    ]])
  end)

  it("waits for a lock without holding up the worker", function()
    assert.equal("released taken", inside [[
      local lock, order = store:lock "customer", {}
      local thread = ngx.thread.spawn(function()
        store:lock("customer", { wait = 10 })
        table.insert(order, "taken")
      end)
      ngx.sleep(0.05)
      table.insert(order, "released")
      lock:release()
      ngx.thread.wait(thread)
      ngx.say(table.concat(order, " "))
    ]])
  end)

  it("says what is wrong with an argument", function()
    local said = inside [[
      local _, err = pcall(store.put, store, "name", 1)
      ngx.say(err)
      ngx.say(select(2, pcall(store.lock, store, "name", { leese = 1 })))
      ngx.say(select(2, pcall(require("celements.store.shared_dict").new, {})))
    ]]
    assert.truthy(said:find("store:put: value must be a string, not a number", 1, true), said)
    assert.truthy(said:find("store:lock: unknown option 'leese' (did you mean 'lease'?)", 1, true), said)
    assert.truthy(said:find("celements.store.shared_dict: dict must be one of ngx.shared", 1, true), said)
  end)
end)
