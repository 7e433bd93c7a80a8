-- Streams as Lua sees them: closed, in wrong hands, and let go of while a call carries them.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local scratch = require "spec.support.scratch"

local server, engine, target, here

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  engine, here = assert(core.engine()), scratch.new()
  target = assert(core.target {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    proxy = "",
  })
end)
after_each(function()
  engine:close()
  here:remove()
end)

local function submit(stream, method, path)
  return assert(engine:submit(target, method or "GET", path or "/elements/keys", { timeout = 20 }, nil, nil, nil,
    stream))
end

local function finish(call)
  repeat engine:wait(call) until call:done()
  return call:take()
end

describe("a stream", function()
  it("says why there is none", function()
    for _, make in ipairs { core.source, core.sink } do
      local stream, why = make(here:file "none/file")
      assert.is_nil(stream)
      assert.equal("No such file or directory", why)
      assert.equal("is not a regular file", (select(2, make(here.path))))
      assert.has_error(function() make("a\0b") end)
      assert.has_error(function() make({}) end)
    end
    assert.has_error(function() core.source(nil, -1) end)
    assert.has_error(function() core.source(nil, "many") end)
  end)

  it("is of no use once it is closed", function()
    local stream = core.source()
    stream:close()
    stream:close()
    for _, name in ipairs { "push", "finish", "pull", "moved", "commit", "watch", "limit", "type", "field", "form" } do
      assert.has_error(function() stream[name](stream, "a", 1, "c") end)
    end
    assert.has_error(function() submit(stream) end)
    assert.has_error(function() submit({}) end)
    assert.has_error(function() submit(engine) end)
    assert.has_error(function() stream.push(engine, "a", 1) end)
  end)

  it("takes what finds room, from where it is told", function()
    local stream = core.source(nil, 2 ^ 40)
    local chunk = ("x"):rep(200000)
    assert.equal(200001, stream:push(chunk, 1))
    assert.equal(256 * 1024 - 200000 + 1, stream:push(chunk, 1))
    assert.equal(5, stream:push(chunk, 5))
    assert.equal(200002, stream:push(chunk, 200002))
    assert.same({ 0, 2 ^ 40 }, { stream:moved() })
    assert.same({ 0, 0 }, { core.source(nil, 0):moved() })
    assert.same({ 0 }, { core.source():moved() })
  end)

  it("may be closed, or forgotten, while a call carries it", function()
    local stream = assert(core.sink(here:file "down"))
    local call = submit(stream)
    stream:close()
    assert.is_true((finish(call)) ~= nil)
    call = submit(assert(core.sink(here:file "down")))
    collectgarbage()
    collectgarbage()
    assert.is_true((finish(call)) ~= nil)
    assert.equal("", here:list())
    submit(core.source(), "POST", "/instances")
    engine:close()
  end)

  it("becomes a file when it is committed, once", function()
    local stream = assert(core.sink(here:file "down"))
    assert.is_true((finish(submit(stream))) ~= nil)
    assert.truthy(here:list():find("^down%.part%-%w+$"))
    assert.is_true(stream:commit())
    assert.equal("down", here:list())
    assert.is_nil(stream:commit())
    assert.equal("[", here:read("down"):sub(1, 1))
  end)

  it("cannot become a file where a folder is by now", function()
    local stream = assert(core.sink(here:file "down"))
    assert.is_true((finish(submit(stream))) ~= nil)
    os.execute("mkdir " .. here:file "down")
    local done, why = stream:commit()
    assert.is_nil(done)
    assert.equal("Is a directory", why)
    assert.equal("down", here:list())
  end)
end)
