-- Calls inside a worker of nginx: nobody else is held up, and nothing is left behind, however they end.
if not rawget(_G, "jit") then return end

local caller = require "spec.support.caller"
local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"
local worker = require "spec.support.worker"

local server, running

local function count(command)
  local _, text = shell.run(command .. " | wc -l")
  return tonumber(text)
end

local function threads(pid) return count(("ls /proc/%d/task"):format(pid)) end
local function descriptors(pid) return count(("ls /proc/%d/fd"):format(pid)) end

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

describe("in a worker", function()
  setup(function() running = worker.start(server, 1) end)
  teardown(function()
    assert.equal("", running.nginx:log())
    running:stop()
  end)
  after_each(function() running:rest() end)

  it("a call that waits holds up no other request", function()
    running:hold(1)
    running:begin("/get?path=/instances", "held")
    running:held(1)
    for _ = 1, 3 do
      assert.equal("pong", running:get "/ping")
      assert.equal("answered", running:get "/get")
    end
    assert.equal("", running:output "held")
    running:abort "held"
    assert(server:reset())
  end)

  it("a large download through the same worker goes on meanwhile, and ends whole", function()
    running:hold(1)
    running:begin("/get?path=/instances", "held")
    running:held(1)
    running:begin("/large", "large", "--limit-rate 20M")
    waiting.till(function() return running:size "large" > 0 end, "its beginning")
    assert.equal("answered", running:get "/get")
    running:run [[ results:set("half", true) ]]
    repeat assert.equal("answered", running:get "/get") until running:size "large" == 32 * 1024 * 1024
    assert.equal("", running:output "held")
    running:abort "held"
    assert(server:reset())
  end)

  it("results and errors are those of a call anywhere", function()
    assert.equal("not_found", running:get "/get?path=/instances/99999")
    assert.equal("string true\nmailjet.api.secret", running:run [[
      local request = {
        element = { key = "mailjet" }, name = "n",
        configuration = { ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7" },
      }
      local instance = client.instances:create(request)
      ngx.say(type(instance.token), " ", client:with_token(instance.token):ping() ~= nil)
      request.configuration["mailjet.api.secret"] = nil
      local _, err = client.instances:create(request)
      ngx.say(err.missing[1])
    ]])
  end)

  it("many calls are made at once, by map and by tasks", function()
    running:hold(5)
    assert.equal("20 20\n5", running:run [[
      local results = celements.map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 },
        function(item) return get() and item end, { concurrency = 7 })
      ngx.say(#results, " ", results[20])
      local tasks, cancelled = {}, 0
      for index = 1, 5 do tasks[index] = celements.spawn(function() return get "/instances" end) end
      celements.sleep(0.05)
      for index = 1, 5 do tasks[index]:cancel() end
      local _, errors = celements.wait_all(tasks)
      for index = 1, 5 do cancelled = cancelled + (errors[index].kind == "cancelled" and 1 or 0) end
      ngx.say(cancelled)
    ]])
    assert(server:reset())
  end)

  it("a cancelled task that goes on calling, waiting and sleeping holds up nobody", function()
    assert.equal("cancelled cancelled true", running:run [[
      local other = celements.spawn(function() return client:request("GET", "/elements/keys") end)
      local own
      own = celements.spawn(function()
        own:cancel()
        local rounds, kinds = 0, nil
        repeat
          local _, err = client:request("GET", "/elements/keys")
          other:wait()
          local _, raised = pcall(celements.sleep, 0)
          kinds = kinds or err.kind .. " " .. raised.kind
          rounds = rounds + 1
        until other.done or rounds == 20000
        return kinds .. " " .. tostring(other.done)
      end)
      ngx.say((own:wait()))
    ]])
  end)

  it("a call is made in a coroutine of the user's own, and refused where nothing can be suspended", function()
    assert.equal("table\nunavailable", running:run [[
      ngx.say(type(coroutine.wrap(function() return (get()) end)()))
      local err
      string.gsub("a", ".", function() err = select(2, get()) end)
      ngx.say(err.kind)
    ]])
  end)

  it("HTTP/1.1 is spoken over https unless HTTP/2 is asked for", function()
    assert(shell.run(("cp %s %s/trusted.pem && chmod go+r %s/trusted.pem"):format(server.ca_file, running.prefix,
      running.prefix)))
    for _, each in ipairs { { "true", 2 }, { "nil", 1.1 }, { "false", 1.1 } } do
      assert(server:reset())
      assert.equal("table", running:run(([[
        local own = celements.new {
          base_url = "%s", user_secret = "%s", organization_secret = "%s", ca_file = "%s/trusted.pem", http2 = %s,
        }
        ngx.say(type(own:request("GET", "/elements/keys")))
        own:close()
      ]]):format(server.base_url_tls, server.user_secret, server.organization_secret, running.prefix, each[1])))
      assert.equal(each[2], caller.arrived(server)[1].http)
    end
  end)

  it("closing the client ends its calls, and no others", function()
    running:hold(2)
    assert.equal("closed cancelled", running:run [[
      local own = new_client()
      local first = celements.spawn(function() return own:request("GET", "/instances") end)
      local second = celements.spawn(function() return get "/instances" end)
      celements.sleep(0.05)
      own:close()
      local _, err = first:wait()
      second:cancel()
      local _, other = second:wait()
      ngx.say(err.kind, " ", other.kind)
    ]])
    assert(server:reset())
  end)

  it("a client that disconnects ends the call", function()
    running:hold(1)
    running:begin("/get?path=/instances", "gone")
    running:held(1)
    assert.equal("1", running:get "/in_flight")
    running:abort "gone"
    running:rest()
    assert(server:reset())
  end)

  -- nginx runs the next request in the coroutine of one that has ended.
  it("a client that disconnects ends the call, whatever the next request does in the same coroutine", function()
    running:hold(1)
    running:begin("/rested?path=/instances", "gone")
    running:held(1)
    running:abort "gone"
    assert.equal("rested", running:run [[celements.sleep(0.05) ngx.say "rested"]])
    running:rest()
    assert(server:reset())
  end)

  it("a light thread that is killed ends its call", function()
    running:hold(1)
    assert.equal("1", running:run [[
      local thread = ngx.thread.spawn(function() get "/instances" end)
      ngx.sleep(0.05)
      ngx.say(ngx.thread.kill(thread))
    ]])
    assert(server:reset())
  end)

  it("a timeout ends the call", function()
    running:hold(1)
    assert.equal("timeout", running:run [[
      ngx.say(select(2, client.instances:list { timeout = 0.05 }).kind)
    ]])
    assert(server:reset())
  end)

  it("nothing is kept of a thousand calls", function()
    local pid = running.nginx:workers()[1]
    local function calls()
      return running:run [[
        local results = celements.map(function() return not state.done and true or nil end, function()
          state.made = state.made + 1
          state.done = state.made % 500 == 0
          return get()
        end)
        state.done = false
        ngx.say(results.n >= 500)
      ]]
    end
    assert.equal("true", calls())
    local before, before_threads = descriptors(pid), threads(pid)
    assert.equal("true", calls())
    assert.is_true(descriptors(pid) <= before + 5, "descriptors")
    assert.equal(before_threads, threads(pid))
  end)

  it("without code cache, no thread or descriptor is left of a request's Lua state", function()
    local pid = running.nginx:workers()[1]
    local before, before_threads = descriptors(pid), threads(pid)
    for _ = 1, 20 do assert.equal("answered", running:get "/fresh") end
    waiting.till(function() return threads(pid) <= before_threads and descriptors(pid) <= before + 2 end,
      "the end of the Lua states")
  end)
end)

it("the module can be loaded first in a request", function()
  local bare = nginx.start_bare(server, [==[
    server {
      location / {
        content_by_lua_block {
          local client = require("celements").new()
          ngx.print(#client.instances:list())
        }
      }
    }
  ]==])
  for _ = 1, 2 do assert.equal("0", bare:get "/") end
  assert.equal("", bare:log())
  bare:stop()
end)
