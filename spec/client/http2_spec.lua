-- Which HTTP a client speaks, and over how many connections.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function get(client)
  return client:request("GET", "/elements/keys")
end

describe("http2", function()
  local function version(changes)
    changes.tls = true
    local client = caller.client(server, changes)
    assert(get(client))
    client:close()
    return caller.last(server).http
  end

  it("is spoken over https unless it is switched off", function()
    assert.equal(2, version {})
    assert.equal(2, version { http2 = true })
    assert.equal(1.1, version { http2 = false })
    assert.equal(2, version {})
  end)

  it("is switched off for the client's sessions, too", function()
    local client = caller.client(server, { tls = true, http2 = false })
    local session = client:with_token("token-of-a-session")
    session:ping()
    assert.equal(1.1, caller.last(server).http)
    session:close()
    client:close()
  end)
end)

-- libcurl does not tell the connections to one place apart by version, so each has a place of its own.
describe("calls at once", function()
  local own, client

  local function begin(options)
    own = assert(sandbox.start(options))
    client = caller.client(own, { tls = true })
  end

  after_each(function()
    client:close()
    own:stop()
  end)

  local function connections()
    local seen, count = {}, 0
    for _, entry in ipairs(caller.arrived(own)) do
      if not seen[entry.connection] then seen[entry.connection], count = true, count + 1 end
    end
    return count
  end

  -- All of them are with the server at once, none behind another.
  local function hold(count, work)
    waiting.hold(own, count)
    local tasks = {}
    for index = 1, count do tasks[index] = celements.spawn(work or function() get(client) end) end
    waiting.arrive(own, count)
    return tasks
  end

  local function cancel(tasks)
    for _, task in ipairs(tasks) do task:cancel() end
    celements.wait_all(tasks)
  end

  it("share a connection, also those that begin before there is any", function()
    begin()
    cancel(hold(30))
    assert.is_true(connections() <= 3)
  end)

  it("share few connections where one has no room for all", function()
    begin()
    cancel(hold(300))
    assert.is_true(connections() <= 9)
  end)

  it("of many sessions share them, too", function()
    begin()
    cancel(hold(150, function() client:with_token("token-of-a-session"):get("/ping") end))
    assert.is_true(connections() <= 9)
  end)

  it("have a connection each where the server speaks HTTP/1.1 only", function()
    begin { http2 = false }
    cancel(hold(60))
    assert.equal(60, connections())
    assert.equal(1.1, caller.last(own).http)
  end)

  it("to servers of both kinds do not wait for one another", function()
    begin()
    local shared = hold(120)
    local serial = assert(sandbox.start { http2 = false })
    local other = caller.client(serial, { tls = true })
    waiting.hold(serial, 40)
    local tasks = {}
    for index = 1, 40 do tasks[index] = celements.spawn(function() get(other) end) end
    waiting.arrive(serial, 40)
    cancel(tasks)
    cancel(shared)
    other:close()
    serial:stop()
  end)
end)
