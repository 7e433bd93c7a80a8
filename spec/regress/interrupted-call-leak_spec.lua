-- An error that strikes during a wait (a hook's on Ctrl-C, a watchdog's) must not keep the call for ever.
local celements = require "celements"
local core = require "celements.core"
local runtime = require "celements.runtime"
local sandbox = require "celements.sandbox"
local waiting = require "spec.support.waiting"

describe("a call whose waiting is interrupted", function()
  it("is dropped also where the client makes and awaits it in one go", function()
    local server = assert(sandbox.start())
    local client = celements.new {
      base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    }
    local reactor = runtime.of {}
    local engine = reactor.engine
    client._context.reactor = reactor -- as after a first call, but with no connection: this one takes several steps
    waiting.hold(server, 1)
    local left, class = setmetatable({}, { __mode = "v" }), getmetatable(engine)
    local perform = class.perform
    class.perform = function(...)
      left[1] = select(4, perform(...))
      error("interrupted", 0)
    end
    local ok, err = pcall(client.request, client, "GET", "/elements/keys")
    class.perform = perform
    assert.is_false(ok)
    assert.equal("interrupted", err)
    assert.equal("userdata", type(left[1]))
    left[1]:cancel()
    assert(client:request("GET", "/elements/keys"))
    collectgarbage()
    collectgarbage()
    assert.is_nil(left[1])
    client:close()
    server:stop()
  end)

  it("ends by its deadline and is dropped, and the next one works", function()
    local server = assert(sandbox.start())
    local reactor, await = runtime.of {}
    local engine = reactor.engine
    local target = assert(core.target {
      base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    })
    local function submit()
      return assert(engine:submit(target, "GET", "/elements/keys", { timeout = 10 }))
    end
    local interrupted = { engine = { wait = function() error("interrupted", 0) end } }
    local left = setmetatable({ submit() }, { __mode = "v" })
    local ok, err = pcall(await, interrupted, left[1])
    assert.is_false(ok)
    assert.equal("interrupted", err)
    while engine:in_flight() > 0 do engine:step() end
    assert.equal(reactor, (runtime.of {}))
    collectgarbage()
    collectgarbage()
    assert.is_nil(left[1])
    local call = submit()
    await(reactor, call)
    assert.equal(200, (select(2, call:take())))
    server:stop()
  end)
end)
