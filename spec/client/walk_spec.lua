-- Page after page, without raising, from anywhere, and in the style that is asked for.
local celements = require "celements"
local protection = require "celements.runtime.protection"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local PATH = "/hubs/messaging/messages"

local unpack = table.unpack or unpack -- luacheck: std max

local server, client, session

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  session = client:with_token(assert(client.instances:create(caller.mailjet())).token)
end)
after_each(function()
  session:close()
  client:close()
end)

local function queries()
  local list = {}
  for index, entry in ipairs(caller.arrived(server, "GET")) do list[index] = entry.query end
  return list
end

-- The numbers of the generated messages.
local function numbers(iterator)
  local list = {}
  for item in iterator do table.insert(list, tonumber(item.subject:match("%d+$"))) end
  return list
end

local function range(first, last)
  local list = {}
  for number = first, last do table.insert(list, number) end
  return list
end

describe("pages", function()
  it("come one by one, each with its info, and then nothing", function()
    assert(server:configure { messages = 5 })
    local pages = session:pages(PATH, { page_size = 2 })
    assert.equal(0, #queries())
    for index, size in ipairs { 2, 2, 1 } do
      local page, info = pages:next()
      assert.equal(size, #page)
      assert.equal(5, info.total)
      assert.equal(size, info.returned)
      assert.equal(index < 3, info.next_page ~= nil)
      assert.equal(index, #queries())
    end
    for _ = 1, 2 do
      local page, info = pages:next()
      assert.is_nil(page)
      assert.is_nil(info)
    end
    assert.is_nil(pages.err)
    assert.equal(3, #queries())
  end)

  it("can be the list of a loop, which leaves an error in err", function()
    assert(server:configure { messages = 4 })
    local pages, seen = session:pages(PATH, { page_size = 2 }), 0
    for page in pages do
      seen = seen + #page
      if seen == 2 then assert(server:fault { name = "status", status = 500 }) end
    end
    assert.equal(2, seen)
    assert.equal("server", pages.err.kind)
    for page in pages do seen = seen + #page end
    assert.equal(4, seen)
    assert.is_nil(pages.err)
  end)

  it("that do not come are nil and an error, and are asked for again", function()
    assert(server:configure { messages = 5 })
    local pages, list = session:pages(PATH, { page_size = 2 }), {}
    for _ = 1, 3 do
      assert(server:fault { name = "invalid_json" })
      local page, err = pages:next()
      assert.is_nil(page)
      assert.equal("response", err.kind)
      assert.equal(err, pages.err)
      for _, item in ipairs(assert(pages:next())) do table.insert(list, item) end
    end
    assert.equal(5, #list)
    assert.is_nil(pages:next())
  end)

  it("of an empty collection are one empty page, also when the platform says 404", function()
    for _, style in ipairs { "array", "not_found" } do
      assert(server:configure { empty_messages = style })
      local pages = session:pages(PATH)
      local page, info = pages:next()
      assert.same({}, page)
      assert.equal("celements.Info", getmetatable(info).__name)
      assert.is_nil(pages:next())
      assert.is_nil(pages.err)
    end
  end)

  it("of what does not exist are an error", function()
    local page, err = session:pages("/nothing"):next()
    assert.is_nil(page)
    assert.equal("not_found", err.kind)
  end)

  it("of instances come the same way", function()
    assert(server:seed(4))
    local pages, names = client.instances:pages { page_size = 2, tags = "seeded" }, {}
    local page, info = pages:next()
    while page do
      assert.equal(4, info.total)
      for _, instance in ipairs(page) do table.insert(names, instance.name) end
      page, info = pages:next()
    end
    assert.is_nil(info)
    assert.same({ "Seeded 1", "Seeded 2", "Seeded 3", "Seeded 4" }, names)
    client:close()
    local _, err = client.instances:pages():next()
    assert.equal("closed", err.kind)
  end)

  it("end with one that holds more than was asked for: it holds everything", function()
    assert(server:fault { name = "status", status = 200, body = '["a","b","c"]', match = { path = PATH } })
    local pages = session:pages(PATH, { page_size = 2, paging = "number" })
    assert.same({ "a", "b", "c" }, { unpack((assert(pages:next()))) })
    assert.same({}, { pages:next() })
    assert.equal(1, #queries())
  end)

  it("are not given twice to two that ask at once", function()
    assert(server:configure { messages = 4, latency = 0.02 })
    local pages = session:pages(PATH, { page_size = 2 })
    local results, failures = celements.map({ 1, 2 }, function()
      local page, err = pages:next()
      return page, err
    end)
    local given = results[1] or results[2]
    local failure = failures[1] or failures[2]
    assert.equal(2, #given)
    assert.is_nil(results[1] and results[2])
    assert.truthy(tostring(failure):find("walk_spec.lua:%d+: session:pages: two coroutines asked for the same page"))
    assert.equal("Message 3", assert(pages:next())[1].subject)
  end)
end)

describe("a walk", function()
  it("goes on where another stopped, by cursor or by number", function()
    assert(server:configure { messages = 7 })
    local _, info = session:pages(PATH, { page_size = 3 }):next()
    assert.same(range(4, 7), numbers(session:each(PATH, { page_size = 3, next_page = info.next_page })))
    assert(server:configure { message_cursor = false })
    _, info = session:pages(PATH, { page_size = 3 }):next()
    assert.equal(1, info.page)
    assert.same(range(4, 7), numbers(session:each(PATH, { page_size = 3, page = info.page + 1 })))
    assert(client.instances:create(caller.mailjet { name = "Second" }))
    _, info = assert(client.instances:list { page_size = 1 })
    for instance in client.instances:each { next_page = info.next_page } do assert.equal("Second", instance.name) end
  end)

  it("by number counts pages although there are cursors", function()
    assert(server:configure { messages = 5 })
    for _, total in ipairs { true, false } do
      assert(server:configure { total_count = total })
      assert.same(range(1, 5), numbers(session:each(PATH, { page_size = 2, paging = "number" })))
    end
    assert.same({ "page=1&pageSize=2", "page=2&pageSize=2", "page=3&pageSize=2" }, { unpack(queries(), 1, 3) })
  end)

  it("by cursor ends where there is none", function()
    assert(server:configure { messages = 5, message_cursor = false })
    assert.same({ 1, 2 }, numbers(session:each(PATH, { page_size = 2, paging = "cursor" })))
    assert(server:configure { message_cursor = true })
    assert.same(range(1, 5), numbers(session:each(PATH, { page_size = 2, paging = "cursor" })))
  end)

  it("by number goes on over capped pages", function()
    assert(server:configure { messages = 450, message_cursor = false })
    for _, total in ipairs { true, false } do
      assert(server:configure { total_count = total })
      assert.same(range(1, 450), numbers(session:each(PATH, { page_size = 300 })))
    end
  end)

  it("ends when an element says 404 for the page after the last", function()
    assert(server:configure { messages = 4, message_cursor = false, total_count = false, empty_messages = "not_found" })
    assert.same(range(1, 4), numbers(session:each(PATH, { page_size = 2 })))
  end)

  it("sees a long collection once and in order", function()
    assert(server:configure { messages = 5000 })
    for _, cursor in ipairs { true, false } do
      assert(server:configure { message_cursor = cursor })
      assert.same(range(1, 5000), numbers(session:each(PATH)))
    end
  end)

  it("that cannot be is refused", function()
    local function refused(pattern, options)
      local text = caller.blamed(function() session:pages(PATH, options) end)
      assert.truthy(text:find(pattern), text)
    end
    refused('^session:pages: option \'paging\' must be "cursor" or "number"', { paging = "page" })
    refused("^session:pages: option 'page' does not go with 'next_page'", { page = 1, next_page = "x" })
    refused("^session:pages: option 'page' does not go with 'paging' = \"cursor\"", { page = 1, paging = "cursor" })
    refused("'next_page' does not go with 'paging' = \"number\"", { next_page = "x", paging = "number" })
    refused("option 'page' must be a positive whole number", { page = 0 })
    refused("option 'next_page' must be a string", { next_page = 1 })
    refused("option 'page_size' and query 'pageSize' are the same", { page_size = 1, query = { pageSize = 1 } })
  end)
end)

describe("a platform that tells less than it has", function()
  local function answer(body, headers, status)
    assert(server:fault { name = "status", status = status or 200, body = body, headers = headers })
  end

  local function ids(items)
    local list = {}
    for item in items do table.insert(list, item.id) end
    return list
  end

  it("by an empty cursor has no more pages", function()
    local info = require("celements.request").info { _block = "elements-next-page-token: \nelements-error: \n" }
    assert.is_nil(info.next_page)
    assert.is_nil(info.advice)
  end)

  it("by more items than a page holds is asked for the rest", function()
    local total = { ["elements-total-count"] = "4" }
    answer('[{"id":1},{"id":2},{"id":3}]', total)
    answer('[{"id":4}]', total)
    assert.same({ 1, 2, 3, 4 }, ids(session:each(PATH, { page_size = 2 })))
    answer('[{"id":1},{"id":2},{"id":3}]')
    assert.same({ 1, 2, 3 }, ids(session:each(PATH, { page_size = 2 })))
  end)

  it("by a total that is too low is not believed", function()
    answer('[{"id":1},{"id":2}]', { ["elements-total-count"] = "0" })
    answer('[{"id":3}]', { ["elements-total-count"] = "0" })
    assert.same({ 1, 2, 3 }, ids(session:each(PATH, { page_size = 2 })))
  end)

  it("by no cursor to the rest is an error, with the first page's items lost to nobody", function()
    answer('[{"id":1},{"id":2}]', { ["elements-total-count"] = "7" })
    local list = {}
    local ok, err = pcall(function()
      for item in client:each("/accounts", { page_size = 2 }) do table.insert(list, item.id) end
    end)
    assert.is_false(ok)
    assert.same({ 1, 2 }, list)
    assert.truthy(err.message:find("no next page", 1, true))
    assert.truthy(err.hint:find("offset", 1, true))
  end)

  it("is asked for the rest from where the caller says", function()
    local total = { ["elements-total-count"] = "4" }
    for _, given in ipairs { { query = { offset = 2 } }, { query = { pageOffset = 2 } }, { page = 2 } } do
      given.page_size = 2
      answer('[{"id":3},{"id":4}]', total)
      assert.same({ 3, 4 }, ids(client:each("/accounts", given)))
    end
    answer("[]", total)
    assert.same({}, ids(client:each("/accounts", { page_size = 2, query = { offset = 4 } })))
  end)

  it("by 204 has nothing, by a 200 without a body nothing that is known", function()
    answer("", nil, 204)
    assert.same({}, (assert(client.instances:list())))
    answer("", nil, 200)
    assert.equal("response", select(2, client.instances:list()).kind)
  end)

  it("by saying that there is none has nothing, whatever the words of the request were", function()
    local none = '{"message":"No element instances found"}'
    answer(none, nil, 404)
    assert.same({}, (assert(client.instances:list { search_text = "found" })))
    answer(none, nil, 404)
    assert.same({}, (assert(session:objects())))
    answer(none, nil, 404)
    assert.same({}, (assert(client.elements:keys())))
  end)
end)

describe("a platform that does not get anywhere", function()
  it("by giving one cursor for ever is an error of kind response", function()
    assert(server:configure { messages = 6, message_cursor = "stuck" })
    local pages, seen = session:pages(PATH, { page_size = 2 }), 0
    for _ in pages do
      seen = seen + 1
      assert(seen < 5, "the loop does not end")
    end
    assert.equal("response", pages.err.kind)
    assert.truthy(pages.err.message:find("again and again", 1, true))
    local before = #queries()
    assert.equal(pages.err, select(2, pages:next()))
    assert.equal(before, #queries())
  end)

  it("by not knowing page numbers is an error before anything is seen twice", function()
    assert(server:configure { messages = 6, message_cursor = false, message_page = false })
    for _, total in ipairs { true, false } do
      assert(server:configure { total_count = total })
      local items, list = session:each(PATH, { page_size = 2 }), {}
      for _ = 1, 2 do
        local ok, err = pcall(function()
          for item in items do table.insert(list, item.subject) end
        end)
        assert.is_false(ok)
        assert.equal("response", err.kind)
        assert.truthy(err.message:find("may not know the parameter 'page'", 1, true))
      end
      assert.same({ "Message 1", "Message 2" }, list)
    end
  end)
end)

describe("items", function()
  it("can be had one by one", function()
    assert(server:configure { messages = 3 })
    local items = session:each(PATH, { page_size = 2 })
    local item, info = items:next()
    assert.equal("Message 1", item.subject)
    assert.equal(3, info.total)
    assert.equal("Message 2", items:next().subject)
    assert.equal("Message 3", items:next().subject)
    assert.is_nil(items:next())
    assert.is_nil(items:next())
  end)

  it("go on after an error with the page that did not come", function()
    assert(server:configure { messages = 4 })
    local items, list = session:each(PATH, { page_size = 2 }), {}
    local function go_on()
      for item in items do
        table.insert(list, item.subject)
        if #list == 2 then assert(server:fault { name = "status", status = 500 }) end
      end
    end
    local ok, err = pcall(go_on)
    assert.is_false(ok)
    assert.equal("server", err.kind)
    go_on()
    assert.same({ "Message 1", "Message 2", "Message 3", "Message 4" }, list)
  end)

  it("wait in a task, in plain Lua 5.1 in a while loop", function()
    assert(server:configure { messages = 5 })
    local function by_hand()
      local items, list = session:each(PATH, { page_size = 2 }), {}
      local item = items:next()
      while item do
        table.insert(list, item.subject)
        item = items:next()
      end
      return #list
    end
    local tasks = { celements.spawn(by_hand), celements.spawn(by_hand) }
    if protection.can_wait_inside then
      table.insert(tasks, celements.spawn(function() return #numbers(session:each(PATH, { page_size = 2 })) end))
    end
    for _, count in ipairs(celements.wait_all(tasks)) do assert.equal(5, count) end
  end)

  it("keep ids of 19 digits exact on every page", function()
    for _, style in ipairs { "long", "string" } do
      assert(server:configure { messages = 3, message_id = style })
      local list = {}
      for item in session:each(PATH, { page_size = 1 }) do table.insert(list, tostring(item.id)) end
      assert.same({ "9000000000000000001", "9000000000000000002", "9000000000000000003" }, list)
    end
  end)
end)
