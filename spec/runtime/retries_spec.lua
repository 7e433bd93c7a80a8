-- The wait between two attempts holds up nobody, and ends when its task is cancelled or its client closed.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local loops = require "spec.support.loops"
local waiting = require "spec.support.waiting"

local server, waits

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  waits = 0
end)

-- A client that counts how many of its calls have begun to wait.
local function new_client(changes)
  local given = { on_response = function(event) if event.retry_delay then waits = waits + 1 end end, timeout = 7200 }
  for name, value in pairs(changes or {}) do given[name] = value end
  return caller.client(server, given)
end

local function refuse(seconds, times)
  local match = { path = "^/instances$" }
  assert(server:fault { name = "rate_limited", retry_after = seconds, times = times, match = match })
end

local function wait_until_waiting(count)
  waiting.till(function()
    celements.sleep(0.001)
    return waits >= count
  end, "a wait")
end

describe("a wait between attempts", function()
  it("lets other tasks run", function()
    refuse(1, 1)
    local client, order = new_client(), {}
    local first = celements.spawn(function()
      local list = client.instances:list()
      table.insert(order, "waited")
      return list
    end)
    local second = celements.spawn(function()
      assert(client:request("GET", "/elements/keys"))
      table.insert(order, "other")
      return true
    end)
    local _, failures = celements.wait_all { first, second }
    assert.is_nil(next(failures))
    assert.same({ "other", "waited" }, order)
    client:close()
  end)

  it("lets tasks run while the main program waits", function()
    refuse(1, 1)
    local client, done = new_client(), false
    celements.spawn(function() done = client:request("GET", "/elements/keys") ~= nil end)
    assert(client.instances:list())
    assert.is_true(done)
    client:close()
  end)

  it("blocks where nothing else runs, and no longer than it must", function()
    refuse(1, 1)
    local client, before = new_client(), core.now()
    assert(client.instances:list())
    assert.is_true(core.now() - before >= 1)
    client:close()
  end)

  it("ends when its task is cancelled", function()
    refuse(3600, 9)
    local client = new_client()
    local waiter = celements.spawn(function() return client.instances:list() end)
    wait_until_waiting(1)
    waiter:cancel()
    local list, err = waiter:wait()
    assert.is_nil(list)
    assert.equal("cancelled", err.kind)
    assert.equal(1, err.attempts)
    assert.equal("asked", err.tries[1].reason)
    assert.equal(1, #caller.arrived(server))
    client:close()
  end)

  it("ends when the client is closed, and not when another one is", function()
    refuse(3600, 9)
    local client, other = new_client(), new_client()
    local session = client:with_token("token-of-a-session")
    local tasks = {}
    for index = 1, 3 do tasks[index] = celements.spawn(function() return client.instances:list() end) end
    tasks[4] = celements.spawn(function() return session:get("/instances") end)
    wait_until_waiting(4)
    other:close()
    assert.is_false(tasks[1].done)
    client:close()
    for index = 1, 3 do
      local _, err = tasks[index]:wait()
      assert.equal("closed", err.kind)
      assert.equal(1, err.attempts)
    end
    assert.is_false(tasks[4].done)
    session:close()
    assert.equal("closed", (select(2, tasks[4]:wait())).kind)
    assert.equal(4, #caller.arrived(server))
  end)

  it("keeps what may have been done in mind when it is cancelled", function()
    assert(server:fault { name = "status", status = 504, headers = { ["Retry-After"] = "3600" } })
    local client = new_client()
    local waiter = celements.spawn(function() return client:request("PUT", "/instances/1", { body = {} }) end)
    wait_until_waiting(1)
    waiter:cancel()
    local _, err = waiter:wait()
    assert.equal("cancelled", err.kind)
    assert.is_true(err.maybe_sent)
    client:close()
  end)
end)

for _, name in ipairs { "copas", "cqueues", "luv" } do
  local loop = loops[name]
  if loop and loop.can_sleep then
    describe("a wait between attempts under " .. name, function()
      it("lets the loop go on", function()
        refuse(1, 1)
        local client, order = new_client { loop = name }, {}
        loop.start(function()
          client.instances:list()
          table.insert(order, "waited")
        end)
        loop.start(function()
          client:request("GET", "/elements/keys")
          table.insert(order, "other")
        end)
        loop.run()
        assert.same({ "other", "waited" }, order)
        assert.equal(2, #caller.arrived(server, "GET") - 1)
        client:close()
      end)

      it("ends when the client is closed", function()
        refuse(3600, 9)
        local client, kind = new_client { loop = name }, nil
        loop.start(function()
          local _, err = client.instances:list()
          kind = err.kind
        end)
        loop.tick(function()
          if waits == 0 then return true end
          client:close()
          return false
        end)
        loop.run()
        assert.equal("closed", kind)
        client:close()
      end)
    end)
  elseif loop then
    it("is not made under a " .. name .. " that cannot sleep, and the error says so", function()
      refuse(0, 1)
      local client, err = new_client { loop = name }, nil
      loop.start(function() err = select(2, client.instances:list()) end)
      loop.run()
      assert.equal("sleepless", err.tries[1].reason)
      assert.is_nil(err.tries[1].delay)
      client:close()
    end)
  end
end
