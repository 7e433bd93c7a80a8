-- Inside nginx the wait between two attempts holds up nobody, and leaves nothing behind.
if not rawget(_G, "jit") then return end

local caller = require "spec.support.caller"
local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local SERVER = [[
    location = /get {
      lua_check_client_abort on;
      content_by_lua_block {
        local answer, info = get(ngx.var.arg_path)
        ngx.say(answer and "answered" or info.kind, " ", info.attempts)
      }
    }
    location = /close { content_by_lua_block {
      client:close()
      client = new_client()
      ngx.say("closed")
    } }
    location = /waiting { content_by_lua_block {
      collectgarbage()
      collectgarbage()
      local count = 0
      for _ in pairs(client._context.pausing or {}) do count = count + 1 end
      ngx.print(count)
    } }
    location = /timer { content_by_lua_block {
      ngx.timer.at(0, function()
        local answer, info = get "/instances"
        results:set("timer", (answer and "answered" or info.kind) .. " " .. info.attempts)
      end)
    } }
]]

local server, running

setup(function()
  server = assert(sandbox.start())
  running = nginx.start(server, { server = SERVER })
end)
teardown(function()
  assert.equal("", running:log())
  running:stop()
  server:stop()
end)
before_each(function() assert(server:reset()) end)

local function refuse(seconds, times)
  local match = { path = "^/instances$" }
  assert(server:fault { name = "rate_limited", retry_after = seconds, times = times, match = match })
end

-- Begins a request and lets it go on by itself.
local function begin(path)
  shell.run(("curl -s --noproxy '*' '%s%s' >%s/out 2>/dev/null & echo $! >%s/pid"):format(
    running.url, path, running.prefix, running.prefix))
end

local function output()
  local _, text = shell.run(("cat %s/out"):format(running.prefix))
  return text
end

local function wait_for(text, get, what)
  waiting.till(function() return get() == text end, what)
end

local function waits(count)
  wait_for(tostring(count), function() return running:get "/waiting" end, count .. " waits")
end

describe("in a worker", function()
  it("a call is tried again after a wait", function()
    refuse(1, 1)
    begin "/get?path=/instances"
    wait_for("not_found 2", output, "the second attempt")
    assert.equal(2, #caller.arrived(server))
  end)

  it("a failure that may pass is tried again in a timer, too", function()
    refuse(0, 1)
    running:get "/timer"
    wait_for("not_found 2", function() return running:get "/results/?name=timer" end, "the timer's call")
  end)

  it("a wait between attempts holds up no other request, and ends when the client is closed", function()
    refuse(20, 9)
    begin "/get?path=/instances"
    waits(1)
    assert.equal("answered 1", running:get "/get?path=/elements/keys")
    assert.equal("", output())
    assert.equal("closed", running:get "/close")
    wait_for("closed 1", output, "the end of the wait")
    assert.equal(2, #caller.arrived(server))
  end)

  it("a call is not tried again for a client that has disconnected", function()
    refuse(3, 1)
    refuse(2, 9)
    begin "/get?path=/instances"
    waits(1)
    shell.run(("kill $(cat %s/pid)"):format(running.prefix))
    -- Waits twice, which is longer than the other would have waited.
    assert.equal("rate_limited 3", running:get "/get?path=/instances")
    assert.equal(4, #caller.arrived(server))
  end)
end)
