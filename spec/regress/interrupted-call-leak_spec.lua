-- An error that strikes during a wait (a hook's on Ctrl-C, a watchdog's) must not keep the call for ever.
local core = require "celements.core"
local runtime = require "celements.runtime"
local sandbox = require "celements.sandbox"

describe("a call whose waiting is interrupted", function()
  it("ends by its deadline and is dropped, and the next one works", function()
    local server = assert(sandbox.start())
    local reactor, await = runtime.of {}
    local engine = reactor.engine
    local target = assert(core.target {
      base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    })
    local function submit()
      return assert(engine:submit(target, "GET", "/elements/keys", nil, nil, nil, 10, 10, 1e6))
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
    assert.equal(200, (select(4, call:take())))
    server:stop()
  end)
end)
