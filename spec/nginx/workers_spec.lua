-- nginx's workers come and go: their calls end, and nothing stays behind.
if not rawget(_G, "jit") then return end

local caller = require "spec.support.caller"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"
local worker = require "spec.support.worker"

local server, running

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

describe("workers", function()
  local sockets

  before_each(function()
    local _, directory = shell.run "mktemp -d"
    sockets = directory
    shell.run("chmod 1777 " .. sockets)
    running = worker.start(server, 2, sockets)
  end)
  after_each(function()
    running:stop()
    local _, left = shell.run(("ls -A %s; rm -rf %s"):format(sockets, sockets))
    assert.equal("", left)
  end)

  local function is_gone(pid)
    return not shell.run(("kill -0 %d"):format(pid))
  end

  -- Returns when so many calls have come to the sandbox, whether or not they are still there.
  local function begun(count)
    waiting.till(function() return #caller.arrived(server) >= count end, count .. " calls")
  end

  -- Whoever makes a call writes its answer down when it comes to that.
  local function answered(name)
    waiting.till(function() return running:output(name) == "answered" end, "the answer to " .. name)
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
    assert.equal("", running.nginx:log())
  end)

  it("finish their calls after a reload, and go", function()
    local old = running.nginx:workers()
    assert(server:seed(1))
    assert(server:fault { name = "delay", seconds = 1, times = 3, match = { path = "^/instances$" } })
    for index = 1, 3 do running:begin("/get?path=/instances", "call" .. index) end
    begun(3)
    running.nginx:signal "reload"
    waiting.till(function() return is_gone(old[1]) and is_gone(old[2]) end, "the end of the old workers")
    for index = 1, 3 do answered("call" .. index) end
    assert.equal("answered", running:get "/get")
    assert.equal("", running.nginx:log())
  end)

  it("finish their calls before they quit", function()
    local pid = running.nginx.pid
    assert(server:seed(1))
    assert(server:fault { name = "delay", seconds = 1, times = 1, match = { path = "^/instances$" } })
    running:begin("/get?path=/instances", "call")
    begun(1)
    running.nginx:signal "quit"
    waiting.till(function() return is_gone(pid) end, "the end of nginx")
    answered "call"
  end)

  it("that are killed with calls in flight leave no file, and others take over", function()
    running:hold(2)
    for index = 1, 2 do running:begin("/get?path=/instances", "call" .. index) end
    running:held(2)
    local old = running.nginx:workers()
    shell.run(("kill -9 %d %d"):format(old[1], old[2]))
    waiting.till(function()
      return #running.nginx:workers() == 2 and is_gone(old[1]) and is_gone(old[2])
    end, "new workers")
    assert(server:reset())
    waiting.till(function() return shell.run("curl -sf --noproxy '*' " .. running.nginx.url .. "/ping") end, "a worker")
    assert.equal("answered", running:get "/get")
  end)

  it("stopped at once end their calls", function()
    local pid = running.nginx.pid
    running:hold(2)
    for index = 1, 2 do running:begin("/get?path=/instances", "call" .. index) end
    running:held(2)
    running.nginx:signal "stop"
    waiting.till(function() return is_gone(pid) end, "the end of nginx")
  end)
end)

it("the instances that were asked for are there, once each", function()
  running = worker.start(server, 2)
  for index = 1, 10 do running:begin("/get", "get" .. index) end
  assert.equal("created", running:run [[
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
