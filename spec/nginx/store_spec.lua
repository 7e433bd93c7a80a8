-- What every store must do, inside nginx: in a shared dictionary and in Redis, by themselves and sealed.
if not rawget(_G, "jit") then return end

local contract = require "spec.store.contract"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"

local INIT = [[
    package.path = package.path .. ";%s/?.lua"
    celements = require "celements"
    core = require "celements.core"
    contract = require "spec.store.contract"
    KEY = ("5a"):rep(32)
    PORT = %d
    places = {}
    function places.dict(prefix) return celements.store.shared_dict(ngx.shared.tokens, { prefix = prefix }) end
    function places.redis(prefix)
      return assert(celements.store.redis { port = PORT, password = "password-77", db = 2, prefix = prefix })
    end
    in_init = tostring(select(2, places.redis():get "name"))
    function sealed(store) return assert(celements.store.seal(store, { key = KEY })) end
    store = places.dict()
]]

local HTTP = "lua_shared_dict tokens 20m; lua_shared_dict small 64k; lua_socket_log_errors off;"

local SERVER = [[
    location = /lua { content_by_lua_block {
      ngx.req.read_body()
      local ok, err = pcall(assert(loadstring(ngx.req.get_body_data())))
      if not ok then ngx.say(tostring(err)) end
    } }
    location = /increment { content_by_lua_block {
      for _ = 1, 20 do
        local held = assert(store:lock("count", { wait = 600 }))
        local count = store:get "count"
        ngx.sleep(0.001)
        assert(store:put("count", ("%d"):format(count + 1), held))
        assert(held:release())
      end
      ngx.shared.tokens:incr("worker " .. ngx.worker.pid(), 1, 0)
    } }
]]

local server, backend, running

setup(function()
  server, backend = assert(sandbox.start()), redis.start("password-77")
  local _, here = shell.run("pwd")
  running = nginx.start(server, {
    init = INIT:format(here, backend.port), http = HTTP, server = SERVER, workers = 2,
  })
end)
teardown(function()
  local log = running:log()
  running:stop()
  backend:stop()
  server:stop()
  assert.equal("", log)
end)

local function inside(code)
  return running:get("/lua", "--data-binary " .. shell.quote(code))
end

for _, place in ipairs { "dict", "redis" } do
  for _, how in ipairs { "", "sealed" } do
    describe(("a store inside nginx (%s %s)"):format(place, how), function()
      for index, case in ipairs(contract) do
        it(case.name, function()
          assert.equal("done", inside(([[
            contract[%d].run(function() return %s(places.%s("%s %d:")) end)
            ngx.say "done"]]):format(index, how, place, how, index)))
        end)
      end
    end)
  end
end

describe("a store in a shared dictionary", function()
  it("refuses what there is no room for, and drops nothing", function()
    assert.equal("unavailable give lua_shared_dict more room\ntrue", inside [[
      local small, count = celements.store.shared_dict(ngx.shared.small), 0
      while true do
        local ok, err = small:put("name " .. count, ("x"):rep(1000))
        if not ok then ngx.say(err.kind, " ", err.hint) break end
        count = count + 1
      end
      local found = 0
      for _ in small:each() do found = found + 1 end
      ngx.say(found == count and count > 5)
    ]])
  end)

  it("keeps its prefix apart from others", function()
    assert.equal("nil\n1", inside [[
      local first, second = places.dict "first:", places.dict "second:"
      first:put("name", "value")
      ngx.say(second:get "name")
      local count = 0
      for _ in first:each() do count = count + 1 end
      for _ in second:each() do count = count + 1 end
      ngx.say(count)
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

  it("wants a dictionary", function()
    local said = inside [[ ngx.say(select(2, pcall(celements.store.shared_dict, {}))) ]]
    assert.equal("celements.store.shared_dict: dict must be one of ngx.shared, from lua_shared_dict, not a table", said)
  end)

  it("is right when two workers write at once", function()
    inside [[ assert(store:put("count", "0")) ]]
    local ok, output = shell.run(("for i in $(seq 12); do curl -sS --noproxy '*' %s/increment & done; wait"):format(
      running.url))
    assert(ok and output == "", output)
    assert.equal("240", inside [[ ngx.say(store:get "count") ]])
    local pids = running:workers()
    assert.equal(2, #pids)
    local served = 0
    for _, pid in ipairs(pids) do
      served = served + tonumber(inside(([[ ngx.say(ngx.shared.tokens:get("worker %d") or 0) ]]):format(pid)))
    end
    assert.equal(12, served)
  end)

  it("overrules a worker that died between two steps, not one that lives", function()
    local _, dead = shell.run("sh -c 'echo $$'")
    assert.equal("true\nnil", inside(([[
      ngx.shared.tokens:set("mutex:dead", "%d 1")
      local held = assert(store:lock "dead")
      ngx.say(store:put("name", "value", held))
      held:release()
      ngx.say(ngx.shared.tokens:get "mutex:dead")]]):format(dead)))
    assert.equal("unavailable\n1 1", inside [[
      ngx.shared.tokens:set("mutex:alive", "1 1")
      ngx.say(select(2, store:lock "alive").kind)
      ngx.say(ngx.shared.tokens:get "mutex:alive")]])
  end)
end)

describe("a store in Redis inside nginx", function()
  it("does not hold up the worker", function()
    backend:signal "STOP"
    local said = inside [[
      local order = {}
      local thread = ngx.thread.spawn(function()
        local value, err = places.redis("stopped:"):get "name"
        table.insert(order, tostring(err))
      end)
      ngx.sleep(0.01)
      table.insert(order, "others run")
      ngx.thread.kill(thread)
      ngx.say(table.concat(order, ", "))]]
    backend:signal "CONT"
    assert.equal("others run", said)
  end)

  it("gives nobody the connections of who has another password", function()
    local said = inside [[
      assert(places.redis("pool:"):put("name", "value"))
      for _, password in ipairs { "wrong", "password-77" } do
        local other = celements.store.redis { port = PORT, password = password, db = 2, prefix = "pool:" }
        local value, err = other:get "name"
        ngx.say(value or err.hint)
      end]]
    assert.equal("check options 'username' and 'password'\nvalue", said)
  end)

  it("connects again when Redis was killed", function()
    assert.equal("true", inside [[ ngx.say(places.redis("kill:"):put("name", "value")) ]])
    backend:kill()
    assert.truthy(inside([[ ngx.say(tostring(select(2, places.redis("kill:"):get "name"))) ]]):find("unavailable", 1,
      true))
    backend:run()
    for _ = 1, 4 do assert.equal("value", inside [[ ngx.say(places.redis("kill:"):get "name") ]]) end
    assert.equal("value", backend:command "-n 2 GET kill:record:name")
  end)

  it("says where it cannot work", function()
    local said = inside [[ ngx.say(in_init) ]]
    assert.truthy(said:find("this phase of nginx cannot reach Redis", 1, true), said)
  end)

  it("says what it cannot do", function()
    local said = inside [[ ngx.say(tostring(select(2, celements.store.redis { tls = true }))) ]]
    assert.truthy(said:find("install lua-resty-redis", 1, true), said)
  end)
end)
