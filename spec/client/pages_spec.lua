-- Collections, page by page.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

local function names(iterator, state, start)
  local list = {}
  for item in iterator, state, start do table.insert(list, item.name or item.subject) end
  return list
end

-- Ends a loop that would go on for ever.
local function bounded(iterator, limit)
  local list = {}
  for item in iterator do
    table.insert(list, item)
    assert(#list <= limit, "the loop does not end")
  end
  return list
end

local function expected(count, prefix)
  local list = {}
  for index = 1, count do list[index] = prefix .. index end
  return list
end

describe("a list of instances", function()
  it("is one page, with the cursor of the next", function()
    assert(server:seed(5))
    local list, info = assert(client.instances:list { page_size = 2 })
    assert.equal(2, #list)
    assert.equal("string", type(info.next_page))
    assert.equal("5", info.headers["elements-total-count"])
    local second = assert(client.instances:list { page_size = 2, next_page = info.next_page })
    assert.equal("Seeded 3", second[1].name)
    local third, last = assert(client.instances:list { page_size = 4, next_page = info.next_page })
    assert.equal(3, #third)
    assert.is_nil(last.next_page)
  end)

  it("is filtered by tags, text and weight", function()
    assert(client.instances:create(caller.mailjet { tags = { "a", "b" }, name = "One" }))
    assert(client.instances:create(caller.mailjet { tags = { "b" }, name = "Two" }))
    assert.equal(2, #assert(client.instances:list { tags = "b" }))
    assert.equal("One", assert(client.instances:list { tags = { "a", "b" } })[1].name)
    assert.equal("Two", assert(client.instances:list { search_text = "tw" })[1].name)
    local light = assert(client.instances:list { hydrate = false })[1]
    assert.is_nil(light.configuration)
    assert.equal("string", type(light.token))
  end)

  it("that is empty is an empty list, whether the platform says [] or 404", function()
    for _, style in ipairs { "not_found", "array" } do
      assert(server:configure { empty_list = style })
      local list, info = client.instances:list()
      assert.same({}, list)
      assert.equal("[]", core.encode(list))
      assert.equal(style == "array" and 200 or 404, info.status)
      assert.equal("table", type(info.headers))
      assert.equal(24, #info.request_id)
      assert.is_true(info.duration >= 0)
      assert.equal(1, info.attempts)
      assert.same({}, names(client.instances:each()))
      assert.same({}, names(client.instances:each { tags = "none" }))
    end
  end)

  it("that cannot be found for another reason stays an error", function()
    for _, text in ipairs {
      "No account found with ID 123", "No resource found at /instances", "Not found", "", "No",
      "Account: No users found",
    } do
      assert(server:fault { name = "status", status = 404, body = { message = text } })
      local list, err = client.instances:list()
      assert.is_nil(list)
      assert.equal("not_found", err.kind)
      assert(server:fault { name = "status", status = 404, body = { message = text } })
      local ok, raised = pcall(names, client.instances:each())
      assert.is_false(ok)
      assert.equal("not_found", raised.kind)
    end
  end)

  it("is never made of another error that speaks of nothing found", function()
    for _, status in ipairs { 400, 401, 403, 500 } do
      assert(server:fault { name = "status", status = status, body = { message = "No users found" } })
      local list, err = client.instances:list()
      assert.is_nil(list)
      assert.equal(status, err.status)
    end
  end)

  it("is not taken from an answer that is no list", function()
    for _, body in ipairs { '{"message":"surprise"}', "{}", '"x"', "5", "true", "null", "" } do
      assert(server:fault { name = "status", status = 200, body = body })
      local list, err = client.instances:list()
      assert.is_nil(list, body)
      assert.equal("response", err.kind)
      assert.equal(200, err.status)
      assert.equal(24, #err.request_id)
    end
  end)
end)

describe("a loop over instances", function()
  it("sees every instance once, in order, whatever the size of a page", function()
    assert(server:seed(7))
    for _, size in ipairs { 1, 2, 3, 6, 7, 8, 200 } do
      assert.same(expected(7, "Seeded "), names(client.instances:each { page_size = size }))
    end
  end)

  it("fetches a page when it is needed, and none after the last", function()
    assert(server:seed(4))
    assert.equal(4, #names(client.instances:each { page_size = 2 }))
    assert.equal(2, #caller.arrived(server))
  end)

  it("may be left early, and then fetches nothing more", function()
    assert(server:seed(6))
    for instance in client.instances:each { page_size = 2 } do
      if instance.name == "Seeded 3" then break end
    end
    assert.equal(2, #caller.arrived(server))
    assert.equal(6, #assert(client.instances:list()))
  end)

  it("asks for pages of 200 by default", function()
    assert(server:seed(201))
    assert.equal(201, #names(client.instances:each()))
    assert.truthy(caller.arrived(server)[1].query:find("pageSize=200", 1, true))
    assert.equal(2, #caller.arrived(server))
  end)

  it("gives all although the platform caps the page", function()
    assert(server:seed(450))
    assert.equal(450, #names(client.instances:each { page_size = 300 }))
  end)

  it("keeps its filters on every page", function()
    assert(server:seed(3))
    assert(client.instances:create(caller.mailjet { tags = { "mine" }, name = "Mine" }))
    assert.same(expected(3, "Seeded "), names(client.instances:each { tags = "seeded", page_size = 1 }))
    for _, entry in ipairs(caller.arrived(server, "GET")) do
      assert.truthy(entry.query:find("tags[]=seeded", 1, true))
    end
  end)

  it("holds one page at a time", function()
    assert(server:seed(60))
    local held, count, most = setmetatable({}, { __mode = "k" }), 0, 0
    for instance in client.instances:each { page_size = 10 } do
      held[instance], count = true, count + 1
      if count % 10 == 1 then
        collectgarbage()
        collectgarbage()
        local alive = 0
        for _ in pairs(held) do alive = alive + 1 end
        most = math.max(most, alive)
      end
    end
    assert.equal(60, count)
    assert.is_true(most <= 11, most .. " instances of six pages are alive")
  end)

  it("runs in a coroutine, one step at a time", function()
    assert(server:seed(3))
    local step = coroutine.wrap(function()
      for instance in client.instances:each { page_size = 1 } do coroutine.yield(instance.name) end
    end)
    for index = 1, 3 do
      assert.equal("Seeded " .. index, step())
      assert.equal(index, #caller.arrived(server))
      collectgarbage()
    end
    assert.is_nil(step())
  end)

  it("gives the page's info beside each item", function()
    assert(server:seed(3))
    local cursors = {}
    for _, info in client.instances:each { page_size = 2 } do table.insert(cursors, info.next_page or "none") end
    assert.equal(3, #cursors)
    assert.equal("none", cursors[3])
  end)

  it("can begin where another stopped", function()
    assert(server:seed(5))
    local _, info = assert(client.instances:list { page_size = 2 })
    assert.equal(3, #names(client.instances:each { query = { nextPage = info.next_page } }))
  end)

  it("raises its error as a table when a page fails on the way", function()
    assert(server:seed(4))
    assert(server:fault { name = "status", status = 500, match = { path = "^/instances$" }, times = 1 })
    local seen = 0
    local ok, err = pcall(function()
      for _ in client.instances:each { page_size = 2 } do seen = seen + 1 end
    end)
    assert.is_false(ok)
    assert.equal("server", err.kind)
    assert.equal(0, seen)
    ok, err = pcall(function()
      for _ in client.instances:each { page_size = 2 } do
        seen = seen + 1
        if seen == 2 then assert(server:fault { name = "invalid_json" }) end
      end
    end)
    assert.is_false(ok)
    assert.equal("response", err.kind)
    assert.equal(2, seen)
    assert.equal("celements.Error", getmetatable(err).__name)
  end)

  it("does not end as if nothing were there when the answer is no list", function()
    for _, body in ipairs { '{"message":"surprise"}', "{}", '"x"', "true", "" } do
      assert(server:fault { name = "status", status = 200, body = body })
      local ok, err = pcall(names, client.instances:each())
      assert.is_false(ok, body)
      assert.equal("response", err.kind)
    end
  end)

  it("stops with an error when the platform gives the same page again and again", function()
    assert(server:fault {
      name = "status", status = 200, body = '[{"id":1}]', headers = { ["Elements-Next-Page-Token"] = "A" }, times = 50,
    })
    local ok, err = pcall(bounded, client.instances:each(), 20)
    assert.is_false(ok)
    assert.equal("response", err.kind)
    assert.is_true(#caller.arrived(server) <= 3)
  end)

  it("stops with an error when the platform sends it around in a circle", function()
    for index = 1, 40 do
      assert(server:fault {
        name = "status", status = 200, body = '[{"id":1}]',
        headers = { ["Elements-Next-Page-Token"] = index % 2 == 0 and "A" or "B" },
      })
    end
    local ok, err = pcall(bounded, client.instances:each(), 20)
    assert.is_false(ok)
    assert.equal("response", type(err) == "table" and err.kind or err)
  end)

  it("goes on over an empty page that has a cursor", function()
    assert(server:seed(2))
    assert(server:fault {
      name = "status", status = 200, body = "[]", headers = { ["Elements-Next-Page-Token"] = "A" },
    })
    assert(server:fault { name = "status", status = 200, body = '[{"name":"x"}]' })
    assert.same({ "x" }, names(client.instances:each()))
  end)
end)
