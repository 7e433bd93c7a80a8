-- Provisioning by key inside nginx: workers and light threads share the work by a shared dictionary.
if not rawget(_G, "jit") then return end

local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local INIT = [[
    store = celements.store.shared_dict(ngx.shared.tokens)
    quick = celements.new {
      base_url = options.base_url, user_secret = options.user_secret,
      organization_secret = options.organization_secret, timeout = 2,
    }
    options_of_all = { store = store, settle = 0.5, concurrency = 3 }
    function request_of(name)
      return { element = { key = "mailjet" }, name = name,
        configuration = { ["mailjet.api.key"] = "k", ["mailjet.api.secret"] = "s" } }
    end
]]

local SERVER = [[
    location = /lua { content_by_lua_block {
      ngx.req.read_body()
      local ok, err = pcall(assert(loadstring(ngx.req.get_body_data())))
      if not ok then ngx.say(tostring(err)) end
    } }
    location = /all { content_by_lua_block {
      local list = {}
      for number = 1, 12 do list[number] = { key = "k " .. number, request = request_of("Customer " .. number) } end
      for index, instance, err in client.instances:ensure_many(list, options_of_all) do
        ngx.say(index, " ", instance and instance.token or tostring(err))
      end
    } }
    location = /logged {
      content_by_lua_block { ngx.say "done" }
      log_by_lua_block {
        local _, list, err = pcall(quick.recover, quick, store)
        results:set("recovered", list == nil and type(err) == "table" and err.kind or tostring(list))
      }
    }
]]

local server, running

setup(function()
  server = assert(sandbox.start())
  running = nginx.start(server, {
    init = INIT, http = "lua_shared_dict tokens 20m;", server = SERVER, workers = 2,
  })
end)
teardown(function()
  local log = running:log()
  running:stop()
  server:stop()
  assert.equal("", log)
end)
before_each(function()
  assert(server:reset())
  running:get("/lua", "--data-binary " .. shell.quote "ngx.shared.tokens:flush_all()")
end)

local function inside(code)
  return running:get("/lua", "--data-binary " .. shell.quote(code))
end

describe("provisioning by key inside nginx", function()
  it("is done once by requests to two workers, whatever is lost on the way", function()
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    assert(server:fault { name = "close_before", match = { method = "POST" } })
    local ok, output = shell.run(("for i in $(seq 6); do curl -sS --noproxy '*' %s/all & done; wait"):format(
      running.url))
    assert(ok, output)
    local made, count, told = {}, 0, 0
    for _, instance in ipairs(assert(server:instances())) do
      made[instance.token], count = instance.name, count + 1
    end
    assert.equal(12, count)
    for index, token in output:gmatch("(%d+) ([^\n]+)") do
      assert.equal("Customer " .. index, made[token], token)
      told = told + 1
    end
    assert.equal(72, told)
  end)

  it("is done once by light threads, and goes on when one of them is killed", function()
    waiting.hold(server, 1, { method = "POST", path = "^/instances$" })
    local finish = shell.quote [[
      local function work()
        local instance, err = quick.instances:ensure("k", request_of "n", { store = store, lease = 3, settle = 0.3 })
        return instance and instance.token or tostring(err)
      end
      local first = ngx.thread.spawn(work)
      while not results:get "held" do ngx.sleep(0.01) end
      ngx.thread.kill(first)
      local second, third = ngx.thread.spawn(work), ngx.thread.spawn(work)
      local _, one = ngx.thread.wait(second)
      local _, two = ngx.thread.wait(third)
      ngx.say(one == two, " ", one)]]
    local pipe = assert(io.popen(("curl -sS --noproxy '*' --data-binary %s %s/lua"):format(finish, running.url)))
    waiting.till(function() return waiting.held(server) == 1 end, "the creation")
    inside [[ results:set("held", true) ]]
    local said = pipe:read "*a"
    pipe:close()
    local made = assert(server:instances())
    assert.equal(1, #made)
    assert.equal("true " .. made[1].token .. "\n", said)
  end)

  it("is brought to an end by another request", function()
    waiting.hold(server, 1, { method = "POST", path = "^/instances$" })
    local pipe = assert(io.popen(("curl -sS --noproxy '*' --data-binary %s %s/lua"):format(shell.quote [[
      quick.instances:ensure("k", request_of "n", { store = store, lease = 0.2, settle = 0.3 })]], running.url)))
    waiting.arrive(server, 1)
    local said = inside [[
      local list
      repeat
        list = assert(quick:recover(store, { settle = 0.3 }))
        ngx.sleep(0.01)
      until not list[1] or list[1].outcome ~= "busy"
      ngx.say(list[1] and list[1].outcome or "none")]]
    pipe:close()
    assert.equal("not_made", said)
    assert.equal(0, #assert(server:instances()))
  end)

  it("is not brought to an end where nothing can wait, and that is said", function()
    assert.equal("done", running:get "/logged")
    local said
    waiting.till(function()
      said = running:get "/results/?name=recovered"
      return said ~= ""
    end, "the phase after the answer")
    assert.equal("unavailable", said)
  end)
end)
