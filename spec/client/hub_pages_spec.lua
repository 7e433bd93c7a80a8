-- A hub's collection, page by page: elements page by cursor or by number, with a total or without.
local celements = require "celements"
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

local function session_with(messages)
  local session = client:with_token(assert(client.instances:create(caller.mailjet())).token)
  for index = 1, messages do
    assert(session:post("/hubs/messaging/messages", {
      from = "a@example.com", to = "b@example.com", subject = "S" .. index, message = "x",
    }))
  end
  return session
end

local function expected(count, prefix)
  local list = {}
  for index = 1, count do list[index] = prefix .. index end
  return list
end

describe("a loop over a hub's collection", function()
  it("sees every item once, by cursor or by page number, with a total or without", function()
    local session = session_with(7)
    for _, cursor in ipairs { true, false } do
      for _, total in ipairs { true, false } do
        assert(server:configure { message_cursor = cursor, total_count = total })
        for _, size in ipairs { 1, 3, 7, 8 } do
          assert.same(expected(7, "S"), names(session:each("/hubs/messaging/messages", { page_size = size })))
        end
      end
    end
  end)

  it("sends one style of paging at a time", function()
    local session = session_with(3)
    for _, cursor in ipairs { true, false } do
      assert(server:configure { message_cursor = cursor })
      names(session:each("/hubs/messaging/messages", { page_size = 1 }))
      local entries = caller.arrived(server, "GET")
      local last = entries[#entries].query
      assert.equal(cursor, last:find("nextPage=", 1, true) ~= nil)
      assert.equal(not cursor, last:find("page=", 1, true) ~= nil)
      assert.is_nil(entries[#entries].query:find(" ", 1, true))
    end
  end)

  it("begins at the page that the query names", function()
    local session = session_with(5)
    assert(server:configure { message_cursor = false })
    local query = { page = 2 }
    assert.same({ "S3", "S4", "S5" }, names(session:each("/hubs/messaging/messages", { page_size = 2, query = query })))
    assert.same({ page = 2 }, query)
  end)

  it("takes a page size from the query, as a number or as text", function()
    local session = session_with(3)
    assert(server:configure { message_cursor = false, total_count = false })
    for _, size in ipairs { 2, "2" } do
      local options = { query = { pageSize = size } }
      assert.same(expected(3, "S"), names(session:each("/hubs/messaging/messages", options)))
    end
  end)

  it("is not cut short by nulls among the items", function()
    local session = session_with(0)
    assert(server:fault { name = "status", status = 200, body = "[1,null,3,false,5]" })
    local list = {}
    for item in session:each("/x") do table.insert(list, item) end
    assert.same({ 1, celements.null, 3, false, 5 }, list)
  end)
end)
