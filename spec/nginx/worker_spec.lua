-- Calls inside nginx's workers: nobody else is held up, and nothing is left behind, however they end.
if not rawget(_G, "jit") then return end

local caller = require "spec.support.caller"
local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local INIT = [[
    openresty = require "celements.runtime.openresty"
    state = { made = 0 }
    function in_flight()
      collectgarbage()
      collectgarbage()
      local own, waiting = openresty.reactor(), 0
      for _ in pairs(own.waiting) do waiting = waiting + 1 end
      return math.max(waiting, own.engine:in_flight())
    end
]]

local SERVER = [[
    location = /get {
      lua_check_client_abort on;
      content_by_lua_block {
        local answer, err = get(ngx.var.arg_path)
        ngx.say(answer and "answered" or err.kind)
      }
    }
    location = /large { content_by_lua_block {
      local piece = ("x"):rep(64 * 1024)
      for _ = 1, 512 do
        ngx.print(piece)
        ngx.flush(true)
      end
    } }
    location = /pid { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
    location = /in_flight { content_by_lua_block { ngx.print(in_flight()) } }
    location = /lua { content_by_lua_block {
      ngx.req.read_body()
      local ok, err = pcall(assert(loadstring(ngx.req.get_body_data())))
      if not ok then ngx.say(err) end
    } }
    location = /fresh {
      lua_code_cache off;
      content_by_lua_block { local answer = get() ngx.print(answer and "answered") }
    }
]]

local server, running

local function start(workers)
  running = nginx.start(server, { init = INIT, server = SERVER, workers = workers })
end

-- Runs Lua in a worker, and returns what it says.
local function inside(code)
  return running:get("/lua", "--data-binary " .. shell.quote(code))
end

-- Begins a request and lets it go on by itself.
local function begin(path, name, options)
  shell.run(("curl -s --noproxy '*' %s '%s%s' >%s/%s.out 2>/dev/null & echo $! >%s/%s.pid"):format(
    options or "", running.url, path, running.prefix, name, running.prefix, name))
end

local function output(name)
  local _, text = shell.run(("cat %s/%s.out"):format(running.prefix, name))
  return text
end

local function size(name)
  local _, text = shell.run(("wc -c <%s/%s.out"):format(running.prefix, name))
  return tonumber(text)
end

local function abort(name)
  shell.run(("kill $(cat %s/%s.pid)"):format(running.prefix, name))
end

local function hold(count)
  waiting.hold(server, count, { path = "^/instances$" })
end

local function held(count)
  waiting.arrive(server, count)
end

local function nothing_in_flight()
  waiting.till(function() return running:get "/in_flight" == "0" end, "an idle service")
end

local function count(command)
  local _, text = shell.run(command .. " | wc -l")
  return tonumber(text)
end

local function threads(pid) return count(("ls /proc/%d/task"):format(pid)) end
local function descriptors(pid) return count(("ls /proc/%d/fd"):format(pid)) end
local function socket_files() return count "find /tmp -maxdepth 2 -name s -path '/tmp/celements.*'" end

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

describe("in a worker", function()
  setup(function() start(1) end)
  teardown(function()
    assert.equal("", running:log())
    running:stop()
  end)
  after_each(nothing_in_flight)

  it("a call that waits holds up no other request", function()
    hold(1)
    begin("/get?path=/instances", "held")
    held(1)
    for _ = 1, 3 do
      assert.equal("pong", running:get "/ping")
      assert.equal("answered", running:get "/get")
    end
    assert.equal("", output "held")
    abort "held"
    assert(server:reset())
  end)

  it("a large download through the same worker goes on meanwhile, and ends whole", function()
    begin("/large", "large", "--limit-rate 20M")
    hold(1)
    begin("/get?path=/instances", "held")
    held(1)
    local answered = 0
    repeat
      assert.equal("answered", running:get "/get")
      answered = answered + 1
    until size "large" == 32 * 1024 * 1024
    assert.is_true(answered > 1)
    assert.equal("", output "held")
    abort "held"
    assert(server:reset())
  end)

  it("results and errors are those of a call anywhere", function()
    assert.equal("not_found", running:get "/get?path=/instances/99999")
    assert.equal("string true\nmailjet.api.secret", inside [[
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
    hold(5)
    assert.equal("20 20\n5", inside [[
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

  it("a call is made in a coroutine of the user's own, and refused where nothing can be suspended", function()
    assert.equal("table\nunavailable", inside [[
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
      assert.equal("table", inside(([[
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
    hold(2)
    assert.equal("closed cancelled", inside [[
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
    hold(1)
    begin("/get?path=/instances", "gone")
    held(1)
    assert.equal("1", running:get "/in_flight")
    abort "gone"
    nothing_in_flight()
    assert(server:reset())
  end)

  it("a light thread that is killed ends its call", function()
    hold(1)
    assert.equal("1", inside [[
      local thread = ngx.thread.spawn(function() get "/instances" end)
      ngx.sleep(0.05)
      ngx.say(ngx.thread.kill(thread))
    ]])
    assert(server:reset())
  end)

  it("a timeout ends the call", function()
    hold(1)
    assert.equal("timeout", inside [[
      ngx.say(select(2, client.instances:list { timeout = 0.05 }).kind)
    ]])
    assert(server:reset())
  end)

  it("nothing is kept of a thousand calls", function()
    local pid = running:workers()[1]
    local function calls()
      return inside [[
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
    local pid = running:workers()[1]
    local before, before_threads = descriptors(pid), threads(pid)
    for _ = 1, 20 do assert.equal("answered", running:get "/fresh") end
    waiting.till(function() return threads(pid) <= before_threads and descriptors(pid) <= before + 2 end,
      "the end of the Lua states")
  end)
end)

describe("workers", function()
  local files

  before_each(function()
    files = socket_files()
    start(2)
  end)
  after_each(function()
    running:stop()
    assert.equal(files, socket_files())
  end)

  local function is_gone(pid)
    return not shell.run(("kill -0 %d"):format(pid))
  end

  it("each make calls with the client of the configuration", function()
    local pids = {}
    waiting.till(function()
      pids[running:get "/pid"] = true
      assert.equal("answered", running:get "/get")
      local found = 0
      for _ in pairs(pids) do found = found + 1 end
      return found == 2
    end, "the other worker")
    assert.equal("", running:log())
  end)

  it("finish their calls after a reload, and go", function()
    local old = running:workers()
    assert(server:seed(1))
    assert(server:fault { name = "delay", seconds = 1, times = 3, match = { path = "^/instances$" } })
    for index = 1, 3 do begin("/get?path=/instances", "call" .. index) end
    held(3)
    running:signal "reload"
    waiting.till(function() return is_gone(old[1]) and is_gone(old[2]) end, "the end of the old workers")
    for index = 1, 3 do assert.equal("answered", output("call" .. index)) end
    assert.equal("answered", running:get "/get")
    assert.equal("", running:log())
  end)

  it("finish their calls before they quit", function()
    local pid = running.pid
    assert(server:seed(1))
    assert(server:fault { name = "delay", seconds = 1, times = 1, match = { path = "^/instances$" } })
    begin("/get?path=/instances", "call")
    held(1)
    running:signal "quit"
    waiting.till(function() return is_gone(pid) end, "the end of nginx")
    assert.equal("answered", output "call")
  end)

  it("that are killed with calls in flight leave no file, and others take over", function()
    hold(2)
    for index = 1, 2 do begin("/get?path=/instances", "call" .. index) end
    held(2)
    local old = running:workers()
    shell.run(("kill -9 %d %d"):format(old[1], old[2]))
    waiting.till(function() return #running:workers() == 2 and is_gone(old[1]) and is_gone(old[2]) end, "new workers")
    assert(server:reset())
    waiting.till(function() return shell.run("curl -sf --noproxy '*' " .. running.url .. "/ping") end, "a worker")
    assert.equal("answered", running:get "/get")
  end)

  it("stopped at once end their calls", function()
    local pid = running.pid
    hold(2)
    for index = 1, 2 do begin("/get?path=/instances", "call" .. index) end
    held(2)
    running:signal "stop"
    waiting.till(function() return is_gone(pid) end, "the end of nginx")
  end)
end)

it("the module can be loaded first in a request", function()
  running = nginx.start_bare(server, [==[
    server {
      location / {
        content_by_lua_block {
          local client = require("celements").new()
          ngx.print(#client.instances:list())
        }
      }
    }
  ]==])
  for _ = 1, 2 do assert.equal("0", running:get "/") end
  assert.equal("", running:log())
  running:stop()
end)

it("the instances that were asked for are there, once each", function()
  start(2)
  for index = 1, 10 do begin("/get", "get" .. index) end
  assert.equal("created", inside [[
    local request = { element = { key = "mailjet" }, name = "n", configuration = {
      ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7" } }
    local count = 0
    for _, instance in client.instances:create_many { request, request, request } do
      if instance then count = count + 1 end
    end
    ngx.say(count == 3 and "created" or count)
  ]])
  assert.equal(3, #caller.arrived(server, "POST"))
  running:stop()
end)
