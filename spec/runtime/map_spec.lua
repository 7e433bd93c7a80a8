-- celements.map: the same work for many items, so many at a time.
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

local function get(path, own)
  return (own or client):request("GET", path or "/elements/keys")
end

local function numbers(count)
  local list = {}
  for index = 1, count do list[index] = index end
  return list
end

local function each_of(list)
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

describe("the results of a map", function()
  it("stand where their items stood, in whatever order they came", function()
    local ended, done = {}, {}
    local results, failures = celements.map(numbers(5), function(item)
      while item < 5 and not done[item + 1] do coroutine.yield() end
      done[item] = true
      table.insert(ended, item)
      return item * 10
    end)
    assert.same({ 5, 4, 3, 2, 1 }, ended)
    assert.same({ 10, 20, 30, 40, 50, n = 5 }, results)
    assert.same({}, failures)
  end)

  it("come with errors, and an error in one leaves the others alone", function()
    local thrown = {}
    local results, failures = celements.map(numbers(9), function(item)
      if item == 2 then return get "/elements/none/such" end
      if item == 3 then error("on purpose", 0) end
      if item == 4 then error(thrown) end
      if item == 5 then error() end
      if item == 6 then return nil, "why" end
      if item == 7 then return end
      if item == 8 then return nil .. "" end
      return #assert(get())
    end, { concurrency = 3 })
    assert.equal(9, results.n)
    for index = 2, 8 do assert.is_nil(results[index]) end
    assert.is_true(results[1] > 3 and results[9] == results[1])
    assert.equal("not_found", failures[2].kind)
    assert.equal("on purpose", failures[3])
    assert.equal(thrown, failures[4])
    assert.equal("string", type(failures[5]))
    assert.equal("why", failures[6])
    assert.is_nil(failures[7])
    assert.truthy(failures[8]:find("map_spec.lua:%d+:.*nil"))
    assert.is_nil(failures[1] or failures[9])
  end)

  it("are what the work returned first: false is one, and no error", function()
    local results, failures = celements.map({ "a", "b", "c" }, function(item)
      if item == "a" then return false, "not an error" end
      if item == "b" then error(false) end
      return item, "second", "third"
    end)
    assert.same({ [1] = false, [3] = "c", n = 3 }, results)
    assert.same({ [2] = false }, failures)
  end)

  it("are all errors when all work raises, one worker or many", function()
    for _, concurrency in ipairs { 1, 2, 50 } do
      local results, failures = celements.map(numbers(20), function(item) error(item, 0) end,
        { concurrency = concurrency })
      assert.same({ n = 20 }, results)
      assert.same(numbers(20), failures)
    end
  end)
end)

describe("the items of a map", function()
  it("may be none", function()
    for _, items in ipairs { {}, function() return nil end, function() end } do
      local results, failures = celements.map(items, error)
      assert.same({ n = 0 }, results)
      assert.same({}, failures)
    end
  end)

  it("come from a function, which is asked no more once it ended", function()
    local asked = 0
    local results = celements.map(function()
      asked = asked + 1
      return asked <= 10 and asked or nil
    end, function(item) return get() and item end, { concurrency = 4 })
    local expected = numbers(10)
    expected.n = 10
    assert.same(expected, results)
    assert.equal(11, asked)
  end)

  it("may be false, in a list and from a function", function()
    local list = { false, 1, false }
    for _, items in ipairs { list, each_of(list) } do
      assert.same({ "false", "1", "false", n = 3 }, (celements.map(items, tostring)))
    end
  end)

  it("in a list with a hole are refused: what lies behind it would be lost", function()
    local list = numbers(5)
    list[3] = nil
    for _, holes in ipairs { list, { nil, 2 }, { [3] = "x" } } do
      local message = caller.blamed(function()
        local results = celements.map(holes, tostring)
        return results
      end)
      assert.truthy(message:find("^celements%.map: items has a hole: item %d is nil"))
    end
  end)

  it("are refused beside a list: they would be lost", function()
    local others = "keys besides 1, 2, 3 …"
    for key, name in pairs {
      listing = "the key 'listing'", [0] = others, [1.5] = others, [true] = others, ["a9f3-tok3n"] = others,
    } do
      local message = caller.blamed(function()
        local results = celements.map({ "secret", [key] = "secret" }, tostring)
        return results
      end)
      assert.equal(("celements.map: items must be a list, but has %s"):format(name), message)
    end
  end)

  it("may be what another map gave", function()
    local results = celements.map({ 1, 2 }, tostring)
    assert.same({ "1", "2", n = 2 }, (celements.map(results, tostring)))
  end)

  it("are those that the list had at the start, however it grows", function()
    local list = numbers(3)
    local results = celements.map(list, function(item)
      table.insert(list, item + 100)
      return item
    end, { concurrency = 1 })
    assert.same({ 1, 2, 3, n = 3 }, results)
    assert.equal(6, #list)
  end)

  it("come from a loop's iterator that makes calls itself", function()
    assert(server:seed(7))
    local results, failures = celements.map(client.instances:each { page_size = 2 }, function(instance)
      return assert(client.instances:get(instance.id)).name
    end, { concurrency = 3 })
    assert.same({}, failures)
    assert.equal(7, results.n)
    for index = 1, 7 do assert.equal("Seeded " .. index, results[index]) end
  end)

  it("come from a session's pages, each of which is asked for once", function()
    local session = client:with_token(assert(client.instances:create(caller.mailjet())).token)
    for index = 1, 5 do
      assert(session:post("/hubs/messaging/messages", {
        from = "a@example.com", to = "b@example.com", subject = "Number " .. index, message = "x",
      }))
    end
    local before = #caller.arrived(server, "GET")
    local results = celements.map(session:each("/hubs/messaging/messages", { page_size = 1 }), function(message)
      return assert(session:get("/hubs/messaging/messages/" .. message.id)).subject
    end, { concurrency = 4 })
    assert.equal(5, results.n)
    local pages = 0
    local arrived = caller.arrived(server, "GET")
    for index = before + 1, #arrived do
      if arrived[index].path == "/hubs/messaging/messages" then pages = pages + 1 end
    end
    assert.is_true(pages >= 5 and pages <= 6)
    local seen = {}
    for index = 1, 5 do seen[results[index]] = true end
    for index = 1, 5 do assert.is_true(seen["Number " .. index]) end
    session:close()
  end)

  it("come from a generator of the user's own", function()
    assert(server:seed(5))
    local generate = coroutine.wrap(function()
      for instance in client.instances:each { page_size = 2 } do coroutine.yield(instance.name) end
    end)
    local results = celements.map(generate, function(name) return get() and name end, { concurrency = 2 })
    assert.equal(5, results.n)
    assert.equal("Seeded 5", results[5])
  end)

  it("that fail to come fail the map, with the iterator's own error", function()
    assert(server:seed(6))
    waiting.hold(server, 9, { path = "^/elements" })
    local pages, taken, begun = client.instances:each { page_size = 2 }, 0, 0
    local function next_instance()
      local instance = pages()
      taken = taken + 1
      if taken == 1 then assert(server:fault { name = "status", status = 500, match = { path = "^/instances" } }) end
      return instance
    end
    local ok, err = pcall(celements.map, next_instance, function()
      begun = begun + 1
      return get()
    end, { concurrency = 5 })
    assert.is_false(ok)
    assert.equal("server", err.kind)
    assert.equal(2, begun)
  end)
end)

describe("concurrency", function()
  local running, most

  before_each(function() running, most = 0, 0 end)

  local function counted(work)
    return function(item)
      running = running + 1
      most = math.max(most, running)
      local value, err = work(item)
      running = running - 1
      return value, err
    end
  end

  -- The first requests are held back, and those of the others are not.
  local function observe(count, concurrency, expected)
    local first = caller.client(server)
    waiting.hold(server, expected, { method = "GET" })
    local results, failures
    local task = celements.spawn(function()
      results, failures = celements.map(numbers(count), counted(function(item)
        return get(nil, item <= expected and first or client)
      end), { concurrency = concurrency })
    end)
    waiting.arrive(server, expected)
    assert.equal(expected, running)
    assert.equal(expected, #caller.arrived(server))
    first:close()
    task:wait()
    assert.equal(expected, most)
    assert.equal(count, results.n)
    for index = 1, expected do assert.equal("closed", failures[index].kind) end
    for index = expected + 1, count do assert.truthy(results[index]) end
  end

  it("is how many are at the server at once, and no more", function() observe(9, 3, 3) end)
  it("is 32 unless it is said", function() observe(40, nil, 32) end)
  it("is that of the items when they are fewer", function() observe(4, 1000, 4) end)

  it("of 1 does one after the other", function()
    local log = {}
    celements.map(numbers(4), function(item)
      table.insert(log, "+" .. item)
      assert(get())
      coroutine.yield()
      table.insert(log, "-" .. item)
    end, { concurrency = 1 })
    assert.equal("+1 -1 +2 -2 +3 -3 +4 -4", table.concat(log, " "))
  end)

  it("holds when work raises and when it yields of its own", function()
    celements.map(numbers(30), function(item)
      running = running + 1
      most = math.max(most, running)
      for _ = 1, item % 4 do coroutine.yield() end
      running = running - 1
      if item % 3 == 0 then error "on purpose" end
      return get()
    end, { concurrency = 4 })
    assert.equal(0, running)
    assert.is_true(most <= 4)
  end)
end)

describe("a map inside", function()
  it("a map does its work, and both keep their bounds", function()
    local running, most = 0, 0
    local results = celements.map({ 1, 2, 3 }, function(outer)
      local inner, failures = celements.map({ 10, 20, 30, 40 }, function(item)
        running = running + 1
        most = math.max(most, running)
        assert(get())
        running = running - 1
        if item == 40 then error("forty", 0) end
        return outer * item
      end, { concurrency = 2 })
      assert.same({ [4] = "forty" }, failures)
      return inner[1] + inner[2] + inner[3]
    end, { concurrency = 2 })
    assert.same({ 60, 120, 180, n = 3 }, results)
    assert.is_true(most <= 4)
  end)

  it("a task does its work while others do theirs", function()
    local tasks = {}
    for number = 1, 3 do
      tasks[number] = celements.spawn(function()
        return celements.map(each_of { 1, 2, 3 }, function(item) return get() and number * item end).n
      end)
    end
    assert.same({ 3, 3, 3, n = 3 }, (celements.wait_all(tasks)))
  end)

  it("a coroutine outside any task does its work", function()
    local results = coroutine.wrap(function()
      return (celements.map({ 1, 2 }, function(item) return get() and item end))
    end)()
    assert.same({ 1, 2, n = 2 }, results)
  end)

  it("a cancelled task ends its calls, and begins nothing, nor does the next one", function()
    waiting.hold(server, 9)
    local first, first_failures, second_failures, begun = nil, nil, nil, 0
    local task = celements.spawn(function()
      first, first_failures = celements.map(numbers(5), function()
        begun = begun + 1
        return get()
      end, { concurrency = 2 })
      second_failures = select(2, celements.map({ 1 }, function() begun = begun + 1 end))
    end)
    waiting.arrive(server, 2)
    task:cancel()
    task:wait()
    assert.equal(2, begun)
    assert.equal(5, first.n)
    for index = 1, 5 do assert.equal("cancelled", first_failures[index].kind) end
    assert.equal("cancelled", second_failures[1].kind)
    assert.equal(2, #caller.arrived(server))
  end)
end)
