-- A finaliser may run in the middle of any call, and make a call of its own: neither may see the other's path.
local caller = require "spec.support.caller"
local celements = require "celements"
local sandbox = require "celements.sandbox"
local scheduler = require "celements.runtime.scheduler"
local waiting = require "spec.support.waiting"

local function on_collection(work)
  if rawget(_G, "newproxy") then
    getmetatable(newproxy(true)).__gc = work -- luacheck: ignore
  else
    setmetatable({}, { __gc = work })
  end
end

describe("a call in a finaliser", function()
  it("leaves the path of the call that it interrupts alone", function()
    local client = celements.new { base_url = "http://127.0.0.1:1", user_secret = "u", organization_secret = "o" }
    client:close() -- so that the path comes back in the error, without a connection
    local other, ran = ("B"):rep(100000), 0
    for length = 1000, 1500 do
      on_collection(function()
        ran = ran + 1
        client.instances:get(other)
      end)
      local wanted = ("A"):rep(length)
      local _, err = client.instances:get(wanted)
      assert.equal("/instances/" .. wanted, err.path)
    end
    collectgarbage()
    assert.is_true(ran > 0)
  end)
end)

describe("a call in a finaliser, with a server that answers", function()
  local server

  setup(function() server = assert(sandbox.start()) end)
  teardown(function() server:stop() end)
  before_each(function() assert(server:reset()) end)

  it("is made though its client's engine was finalised before", function()
    local ok, body, err
    local function leave()
      local client = caller.client(server)
      on_collection(function() ok, body, err = pcall(client.request, client, "GET", "/elements/keys") end)
      assert(client:request("GET", "/elements/keys"))
      assert(client:request("GET", "/elements/keys"))
    end
    leave()
    collectgarbage()
    collectgarbage()
    assert.is_true(ok, body)
    assert.is_table(body, tostring(err))
  end)

  it("leaves alone what the call that it interrupts waits for, after the last task", function()
    local client = caller.client(server)
    assert(client:request("GET", "/elements/keys"))
    assert(server:fault { name = "delay", seconds = 0.05, match = { path = "/elements" } })
    celements.spawn(function() return true end)
    local root, class = scheduler.current(), getmetatable(client._context.reactor)
    local dispatch, ran = class.dispatch, nil
    function class.dispatch(self)
      local call = root.call
      if not ran and call and waiting.tasks() == 0 then
        repeat
          ran = call:done()
          assert(client:request("GET", "/elements/keys"))
        until ran
      end
      return dispatch(self)
    end
    local ok, body, err = pcall(client.request, client, "GET", "/elements")
    class.dispatch = dispatch
    assert.is_true(ok, body)
    assert.is_table(body, tostring(err))
    assert.is_true(ran)
  end)

  it("may close the client whose call it interrupts", function()
    for length = 1, 300 do
      local client = caller.client(server)
      assert(client:request("GET", "/elements/keys"))
      on_collection(function() client:close() end)
      local body = { list = { 1, 2, {} }, text = ("x"):rep(10 * length) }
      local none, err = client:request("POST", "/elements/keys", { body = body })
      assert.is_nil(none)
      assert.is_true(err.kind == "closed" or err.status == 405, tostring(err))
    end
  end)
end)
