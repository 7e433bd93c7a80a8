-- Whatever was finalised before: a client can be closed, and gives its secrets up.
local caller = require "spec.support.caller"
local reactor = require "celements.runtime.reactor"
local sandbox = require "celements.sandbox"
local scheduler = require "celements.runtime.scheduler"

describe("a client can be closed", function()
  local server

  setup(function() server = assert(sandbox.start()) end)
  teardown(function() server:stop() end)

  local function used()
    local client = caller.client(server)
    assert(client:request("GET", "/elements/keys"))
    return client
  end

  it("after an engine was finalised that is still known", function()
    local client, known = used(), assert(reactor.new(scheduler))
    known.engine:close()
    client:close()
    assert.equal("celements.Client (closed)", tostring(client))
  end)

  it("after its own target was finalised", function()
    local client = used()
    client._context.target:close()
    client:close()
    assert.equal("celements.Client (closed)", tostring(client))
  end)

  it("though its calls cannot be ended", function()
    local client = used()
    local target, cancel_target = client._context.target, reactor.cancel_target
    function reactor.cancel_target() error("on purpose", 0) end
    local ok, err = pcall(client.close, client)
    reactor.cancel_target = cancel_target
    assert.same({ false, "on purpose" }, { ok, err })
    assert.equal("celements.target (closed)", tostring(target))
    assert.equal("closed", select(2, client:request("GET", "/elements/keys")).kind)
  end)
end)
