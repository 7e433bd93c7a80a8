-- max_in_flight, rate and burst: calls that wait for their turn.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function get(client, given)
  return client:request("GET", "/elements/keys", given)
end

local function spawn_all(count, work)
  local tasks = {}
  for index = 1, count do tasks[index] = celements.spawn(work) end
  return tasks
end

describe("max_in_flight", function()
  it("is never exceeded, and every call is made once", function()
    local client = caller.client(server, { max_in_flight = 3 })
    waiting.hold(server, 3)
    local tasks = spawn_all(20, function() return get(client) end)
    waiting.arrive(server, 3)
    celements.sleep(0.02)
    assert.equal(3, #caller.arrived(server))
    for index = 1, 3 do tasks[index]:cancel() end
    local _, failures = celements.wait_all(tasks)
    for index = 1, 3 do assert.equal("cancelled", failures[index].kind) end
    for index = 4, 20 do assert.is_nil(failures[index]) end
    assert.equal(20, #caller.arrived(server))
    client:close()
  end)

  it("serves those that wait in their order", function()
    local client, order = caller.client(server, { max_in_flight = 1 }), {}
    celements.map({ 1, 2, 3, 4, 5 }, function(item)
      local answer = assert(get(client))
      table.insert(order, item)
      return answer
    end, { concurrency = 5 })
    assert.same({ 1, 2, 3, 4, 5 }, order)
    client:close()
  end)

  it("counts the calls of the client's sessions, too, and of no other client", function()
    local client, other = caller.client(server, { max_in_flight = 1 }), caller.client(server)
    local session = client:with_token("token-of-a-session")
    waiting.hold(server, 1)
    local held = celements.spawn(function() return get(client) end)
    waiting.arrive(server, 1)
    local behind = celements.spawn(function() return session:ping { timeout = 0.05 } end)
    assert.is_table((get(other)))
    local _, err = behind:wait()
    assert.equal("timeout", err.kind)
    held:cancel()
    _, err = session:ping()
    assert.is_nil(err and err.kind == "timeout" or nil)
    client:close()
    session:close()
    other:close()
  end)

  it("lets the deadline run while a call waits, and says that nothing was sent", function()
    local client = caller.client(server, { max_in_flight = 1 })
    waiting.hold(server, 1)
    local held = celements.spawn(function() return get(client) end)
    waiting.arrive(server, 1)
    local start = core.now()
    local answer, err = client.instances:create(caller.mailjet(), { timeout = 0.05 })
    assert.is_nil(answer)
    assert.is_true(core.now() - start >= 0.049)
    assert.equal("timeout", err.kind)
    assert.is_nil(err.maybe_sent)
    assert.is_true(err.retryable)
    assert.truthy(tostring(err):find("max_in_flight", 1, true))
    assert.equal(0, #caller.arrived(server, "POST"))
    held:cancel()
    client:close()
  end)

  it("ends the calls that wait when the client is closed", function()
    local client = caller.client(server, { max_in_flight = 1 })
    waiting.hold(server, 1)
    local tasks = spawn_all(3, function() return get(client) end)
    waiting.arrive(server, 1)
    client:close()
    local _, failures = celements.wait_all(tasks)
    for index = 1, 3 do assert.equal("closed", failures[index].kind) end
    assert.equal(1, #caller.arrived(server))
  end)

  it("holds for plain calls that follow each other", function()
    local client = caller.client(server, { max_in_flight = 1 })
    for _ = 1, 5 do assert.is_table((get(client))) end
    client:close()
  end)
end)

describe("rate", function()
  it("spaces calls out, and the wait is part of their duration", function()
    local client = caller.client(server, { rate = 10 })
    local start = core.now()
    local longest = 0
    local _, failures = celements.map({ 1, 2, 3, 4, 5 }, function()
      local answer, info = get(client)
      longest = math.max(longest, info.duration)
      return answer
    end)
    assert.is_nil(next(failures))
    assert.is_true(core.now() - start >= 4 / 10 - 0.002)
    assert.is_true(longest >= 1.5 / 10) -- the last call may have been made after the first had begun
    client:close()
  end)

  it("lets a burst begin at once", function()
    local client = caller.client(server, { rate = 0.001, burst = 4 })
    local results, failures = celements.map({ 1, 2, 3, 4, 5 }, function()
      return get(client, { timeout = 2 })
    end)
    for index = 1, 4 do assert.is_table(results[index]) end
    assert.equal("timeout", failures[5].kind)
    assert.equal(4, #caller.arrived(server))
    client:close()
  end)
end)

describe("an option that cannot be", function()
  it("is refused by name", function()
    local cases = {
      max_in_flight = { 0, -1, 1.5, "8", 0 / 0 },
      rate = { 0, -1, "8", math.huge, 0 / 0 },
      burst = { 0, -1, 1.5, "8" },
      http2 = { "no", 1 },
    }
    for name, values in pairs(cases) do
      for _, value in ipairs(values) do
        local ok, message = pcall(caller.client, server, { [name] = value, rate = name == "rate" and value or 1 })
        assert.is_false(ok)
        assert.truthy(message:find("option '" .. name .. "'", 1, true), message)
      end
    end
  end)

  it("is a burst without a rate", function()
    local message = caller.blamed(function()
      local client = celements.new { burst = 2, user_secret = "u", organization_secret = "o" }
      return client
    end)
    assert.equal("celements.new: option 'burst' needs option 'rate'", message)
  end)
end)

describe("a refusal for too many calls", function()
  it("holds the next calls of a client with a limit back, those of its sessions too", function()
    local other = caller.client(server)
    for _, limit in ipairs { { rate = 1000 }, { max_in_flight = 5 } } do
      assert(server:reset())
      local client = caller.client(server, limit)
      local session = client:with_token("token-of-a-session")
      assert(server:fault { name = "rate_limited", retry_after = 3600 })
      assert.equal(3600, select(2, get(client)).retry_after)
      for _, call in ipairs { function() return get(client, { timeout = 0.05 }) end,
        function() return session:ping { timeout = 0.05 } end } do
        local _, err = call()
        assert.equal("timeout", err.kind)
        assert.is_nil(err.maybe_sent)
      end
      assert.is_table((get(other)))
      assert.equal(2, #caller.arrived(server))
      session:close()
      client:close()
    end
    other:close()
  end)

  it("holds nothing back when the platform does not say for how long", function()
    local client = caller.client(server, { rate = 1000, retries = 0 })
    assert(server:fault { name = "status", status = 429 })
    assert.equal("rate_limited", select(2, get(client)).kind)
    assert.is_table((get(client)))
    client:close()
  end)
end)
