-- on_progress: what it is told, how it ends a map, and what it may do itself.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
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

local function get(path)
  return client:request("GET", path or "/elements/keys")
end

local function each_of(list)
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

-- The first item is done when the requests of the others are at the server.
local function held_but_first(others)
  waiting.hold(server, others, { path = "^/elements" })
  return function(item)
    if item == 1 then
      waiting.arrive(server, others)
      return "first"
    end
    return get()
  end
end

describe("on_progress", function()
  it("is told how many are done, failed ones as well, and of how many", function()
    local function work(item)
      if item == "b" then error "on purpose" end
      if item == "c" then return nil, "why" end
      return get() and item
    end
    local log = {}
    local function on_progress(done, total) table.insert(log, ("%d/%s"):format(done, tostring(total))) end
    celements.map({ "a", "b", "c", "d" }, work, { on_progress = on_progress, concurrency = 2 })
    assert.equal("1/4 2/4 3/4 4/4", table.concat(log, " "))
    log = {}
    celements.map(each_of { "a", "b", "c" }, work, { on_progress = on_progress })
    assert.equal("1/nil 2/nil 3/nil", table.concat(log, " "))
    log = {}
    celements.map({}, work, { on_progress = on_progress })
    assert.same({}, log)
  end)

  it("goes on for whatever it returns but false", function()
    for _, answer in ipairs { true, 0, "", {} } do
      assert.equal(3, #celements.map({ 1, 2, 3 }, tostring, { on_progress = function() return answer end }))
    end
    assert.equal(3, #celements.map({ 1, 2, 3 }, tostring, { on_progress = function() return nil end }))
  end)

  it("that returns false ends the calls in flight and begins no more", function()
    local begun = 0
    local work = held_but_first(2)
    local results, failures = celements.map({ 1, 2, 3, 4, 5, 6 }, function(item)
      begun = begun + 1
      return work(item)
    end, { concurrency = 3, on_progress = function() return false end })
    assert.same({ "first", n = 6 }, results)
    for index = 2, 6 do assert.equal("cancelled", failures[index].kind) end
    assert.equal(3, begun)
    assert.equal(2, #caller.arrived(server))
  end)

  it("that returns false ends what comes from a function, too", function()
    local asked = 0
    local work = held_but_first(1)
    local results, failures = celements.map(function()
      asked = asked + 1
      return asked
    end, work, { concurrency = 2, on_progress = function() return false end })
    assert.equal(2, results.n)
    assert.equal("first", results[1])
    assert.equal("cancelled", failures[2].kind)
    assert.is_true(asked <= 3)
  end)

  it("that returns false while the items' own call is in flight ends the map without an error", function()
    assert(server:seed(4))
    local each = client.instances:each { page_size = 1 }
    local results, failures = celements.map(function()
      local instance = each()
      waiting.hold(server, 1, { path = "^/instances" })
      return instance
    end, function(instance)
      waiting.arrive(server, 1)
      return instance.name
    end, { concurrency = 2, on_progress = function() return false end })
    assert.same({ "Seeded 1", n = 1 }, results)
    assert.same({}, failures)
  end)

  it("that returns false leaves alone what the items' function was just about to give", function()
    local asked, worked = 0, {}
    celements.map(function()
      asked = asked + 1
      local item = asked
      if item == 2 then coroutine.yield() end
      return item
    end, function(item)
      table.insert(worked, item)
      while asked < 2 do coroutine.yield() end
      return item
    end, { concurrency = 2, on_progress = function() return false end })
    assert.same({ 1 }, worked)
  end)

  it("that returns false every time does so once", function()
    local calls = 0
    celements.map({ 1, 2, 3, 4 }, function() return get() end, { concurrency = 2, on_progress = function()
      calls = calls + 1
      return false
    end })
    assert.is_true(calls >= 1 and calls <= 2)
  end)

  it("that raises fails the map with what it raised, and ends the calls in flight", function()
    local thrown, begun = {}, 0
    local work = held_but_first(2)
    local ok, err = pcall(celements.map, { 1, 2, 3, 4, 5, 6 }, function(item)
      begun = begun + 1
      return work(item)
    end, { concurrency = 3, on_progress = function(done) if done == 1 then error(thrown) end end })
    assert.is_false(ok)
    assert.equal(thrown, err)
    assert.equal(3, begun)
  end)

  it("that raises for work that raised fails its own map, and nothing else", function()
    local task = celements.spawn(function()
      return celements.map({ 1, 2, 3 }, function() error "by the work" end,
        { on_progress = function() error("by on_progress", 0) end })
    end)
    local bystander = celements.spawn(function() return get() and "unharmed" end)
    assert.truthy((get()))
    assert.equal("unharmed", (bystander:wait()))
    local value, err = task:wait()
    assert.is_nil(value)
    assert.equal("by on_progress", err)
    local ok
    ok, err = pcall(celements.map, { 1 }, function() error "by the work" end,
      { on_progress = function() error("by on_progress", 0) end })
    assert.is_false(ok)
    assert.equal("by on_progress", err)
  end)

  it("may make calls, sleep and wait, whatever came of the work", function()
    local log = {}
    local results, failures = celements.map({ 1, 2, 3, 4, 5, 6 }, function(item)
      if item % 2 == 0 then error(item, 0) end
      return get() and item
    end, { concurrency = 2, on_progress = function(done)
      celements.sleep(0)
      assert(get())
      assert.equal("waited for", (celements.spawn(function() return get() and "waited for" end):wait()))
      assert.equal(2, celements.map({ 1, 2 }, get).n)
      table.insert(log, done)
    end })
    assert.same({ 1, nil, 3, nil, 5, n = 6 }, results)
    assert.same({ nil, 2, nil, 4, nil, 6 }, failures)
    table.sort(log)
    assert.same({ 1, 2, 3, 4, 5, 6 }, log)
  end)
end)
