-- instances:create_many: a stream of requests in, a stream of instances out.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local child = require "spec.support.child"
local waiting = require "spec.support.waiting"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function()
  client:close()
  assert.equal(0, waiting.tasks())
end)

local function named(count)
  local list = {}
  for index = 1, count do list[index] = caller.mailjet { name = "number " .. index } end
  return list
end

local function collect(batch)
  local seen = {}
  local index, instance, err, request = batch:next()
  while index do
    assert.is_nil(seen[index], "given twice")
    seen[index] = { instance = instance, err = err, request = request }
    index, instance, err, request = batch:next()
  end
  return seen
end

local function created()
  return #caller.arrived(server, "POST")
end

describe("create_many", function()
  it("gives each instance once, with its request, from a list or from a function", function()
    local list = named(20)
    local position = 0
    for _, source in ipairs { list, function()
      position = position + 1
      return list[position]
    end } do
      local seen = collect(client.instances:create_many(source, { concurrency = 7 }))
      assert.equal(20, #seen)
      for index, result in ipairs(seen) do
        assert.equal("number " .. index, result.instance.name)
        assert.is_string(result.instance.token)
        assert.equal(200, result.err.status) -- as with create, the second value is about the answer
        assert.equal(list[index], result.request)
      end
    end
    assert.equal(40, created())
  end)

  it("gives errors in their places, and goes on", function()
    assert(server:fault { name = "status", status = 500, times = 1, match = { method = "POST" } })
    local seen = collect(client.instances:create_many({
      caller.mailjet(), { element = { key = "mailjet" }, name = "refused" }, "no request", caller.mailjet(),
    }, { concurrency = 1 }))
    assert.equal("server", seen[1].err.kind)
    assert.same({ "mailjet.api.key", "mailjet.api.secret" }, seen[2].err.missing)
    assert.is_nil(seen[3].instance)
    assert.equal("instances:create_many: item 3 must be a table, not a string", seen[3].err)
    assert.equal("no request", seen[3].request)
    assert.is_string(seen[4].instance.token)
  end)

  it("of nothing gives nothing", function()
    assert.same({}, collect(client.instances:create_many {}))
    assert.same({}, collect(client.instances:create_many(function() end)))
    local batch = client.instances:create_many {}
    for _ = 1, 3 do assert.is_nil(batch:next()) end
  end)

  it("begins nothing before it is asked, and holds no more than its concurrency", function()
    local taken = 0
    local batch = client.instances:create_many(function()
      taken = taken + 1
      return caller.mailjet()
    end, { concurrency = 4 })
    for _ = 1, 3 do assert(client:request("GET", "/elements/keys")) end
    assert.equal(0, taken)
    assert(batch:next())
    for _ = 1, 20 do assert(client:request("GET", "/elements/keys")) end
    assert.is_true(taken <= 5, taken .. " were taken")
    batch:stop()
    local rest = collect(batch)
    local count = 1
    for _ in pairs(rest) do count = count + 1 end
    assert.equal(created(), count)
  end)

  it("gives what has come while the rest is in flight", function()
    waiting.hold(server, 1, { method = "POST" })
    local batch = client.instances:create_many(named(3), { concurrency = 2 })
    for _ = 1, 2 do assert.is_table((select(2, batch:next()))) end
    assert.equal(1, waiting.held(server))
    batch:close()
    assert.equal("cancelled", (select(3, batch:next())).kind)
  end)

  it("passes its options to every call", function()
    waiting.hold(server, 2)
    local seen = collect(client.instances:create_many(named(2), { timeout = 0.05 }))
    assert.equal("timeout", seen[1].err.kind)
    assert.equal("timeout", seen[2].err.kind)
    assert(server:reset())
    local unchecked = collect(client.instances:create_many({ { element = { key = "mailjet" }, name = "n" } },
      { check = false }))
    assert.equal(400, unchecked[1].err.status)
  end)

  it("stopped begins no more, and gives what is in flight", function()
    local batch = client.instances:create_many(named(50), { concurrency = 3 })
    assert(batch:next())
    batch:stop()
    local count = 1
    while true do
      local index, instance = batch:next()
      if not index then break end
      assert.is_table(instance)
      count = count + 1
    end
    assert.equal(created(), count)
    assert.is_true(count <= 4)
  end)

  it("closed ends what is in flight, which may have happened", function()
    waiting.hold(server, 3, { method = "POST" })
    local batch = client.instances:create_many(named(9), { concurrency = 3 })
    celements.spawn(function()
      waiting.till(function()
        client:request("GET", "/elements/keys")
        return waiting.held(server) >= 3
      end, "three creations")
      batch:close()
    end)
    local seen = collect(batch)
    assert.equal(3, #seen)
    for index = 1, 3 do
      assert.equal("cancelled", seen[index].err.kind)
      assert.is_true(seen[index].err.maybe_sent)
    end
  end)

  if coroutine.close then
    it("left by break or by an error ends what is in flight", function()
      for _, leave in ipairs {
        function()
          for index in client.instances:create_many(named(9), { concurrency = 3 }) do
            if index then break end
          end
        end,
        function() for _ in client.instances:create_many(named(9), { concurrency = 3 }) do error "left" end end,
      } do
        pcall(leave)
        client:request("GET", "/elements/keys")
        assert.equal(0, waiting.tasks())
      end
    end)
  end

  it("raises what its function raises, once what is in flight has been given", function()
    local asked = 0
    local batch = client.instances:create_many(function()
      asked = asked + 1
      if asked == 3 then error("no more names", 0) end
      return caller.mailjet()
    end, { concurrency = 2 })
    local given = 0
    local ok, err
    repeat
      local index
      ok, index = pcall(batch.next, batch)
      if ok and index then given = given + 1 end
      err = index
    until not ok or index == nil
    assert.is_false(ok)
    assert.equal("no more names", err)
    assert.equal(2, given)
    assert.is_nil(batch:next())
  end)

  it("whose client is closed says so for the rest", function()
    local batch = client.instances:create_many(named(6), { concurrency = 2 })
    assert(batch:next())
    client:close()
    local kinds = {}
    for _, result in pairs(collect(batch)) do
      if not result.instance then kinds[result.err.kind] = true end
    end
    assert.same({ closed = true }, kinds)
  end)

  it("does its work in a task, and several at once", function()
    local tasks = {}
    for number = 1, 4 do
      tasks[number] = celements.spawn(function()
        local count = 0
        local batch = client.instances:create_many(named(5), { concurrency = 2 })
        while batch:next() do count = count + 1 end
        return count
      end)
    end
    assert.same({ 5, 5, 5, 5, n = 4 }, (celements.wait_all(tasks)))
    assert.equal(20, created())
  end)

  it("refuses what is no list of requests, and options it does not know", function()
    assert.equal("instances:create_many: requests must be a table or a function, not a string",
      caller.blamed(function() client.instances:create_many "all" end))
    assert.truthy(caller.blamed(function() client.instances:create_many({}, { concurency = 3 }) end)
      :find("concurrency", 1, true))
    local holed = { caller.mailjet(), nil, caller.mailjet() }
    local message = caller.blamed(function() client.instances:create_many(holed) end)
    assert.truthy(message:find("requests has a hole: item 2 is nil", 1, true))
    local single = { name = "name-3b7f0c5e" }
    assert.equal("instances:create_many: requests must be a list, but has the key 'name'",
      caller.blamed(function() client.instances:create_many(single) end))
  end)

  it("keeps nothing of what was given", function()
    local output = child.run([[
      if jit then jit.off() end -- compiled code would count
      local celements = require "celements"
      local client = celements.new { base_url = (...), user_secret = "u", organization_secret = "o" }
      local function run(count)
        local made = 0
        local batch = client.instances:create_many(function()
          made = made + 1
          return made <= count and { element = { key = "mailjet" }, name = "n" .. made } or nil
        end, { check = true }) -- refused without a call
        local index = batch:next()
        while index do index = batch:next() end
        collectgarbage()
        collectgarbage()
        return collectgarbage "count"
      end
      run(1000)
      local before = run(1000)
      local after = run(50000)
      print(after - before < 64 and "flat" or after - before)
    ]], { server.base_url })
    assert.equal("flat\n", output)
  end)
end)
