-- Calls with an element token.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local MESSAGE = { from = "sender@example.com", to = "reader@example.com", subject = "Hello", message = "First" }

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

local function last() return caller.last(server) end

describe("a session", function()
  it("posts, reads and lists what the hub has", function()
    local sent = assert(session:post("/hubs/messaging/messages", MESSAGE))
    assert.equal("Hello", sent.subject)
    local read, info = assert(session:get("/hubs/messaging/messages/" .. sent.id))
    assert.equal("First", read.message)
    assert.equal("string", type(info.headers["elements-element-instance-id"]))
    assert.equal(1, #assert(session:get("/hubs/messaging/messages")))
    assert.equal("messages", assert(session:get("/objects"))[1])
  end)

  it("calls every method with the path, body and headers that it was given", function()
    for _, name in ipairs { "post", "put", "patch" } do
      session[name](session, "/x/y", { a = { 1, 2 } }, { headers = { ["Elements-Async-Request"] = "True" } })
      local entry = last()
      assert.equal(name:upper(), entry.method)
      assert.equal("/x/y", entry.path)
      assert.equal('{"a":[1,2]}', entry.body)
      assert.equal("application/json", entry.headers["content-type"])
      assert.equal("True", entry.headers["elements-async-request"])
    end
    for _, name in ipairs { "get", "delete" } do
      session[name](session, "/x/y")
      local entry = last()
      assert.equal(name:upper(), entry.method)
      assert.equal("", entry.body or "")
      assert.is_nil(entry.headers["content-type"])
    end
  end)

  it("calls any other method, and one with a body that has none by itself", function()
    assert(server:fault { name = "status", status = 200, body = "[1]", headers = { ["X-Odd"] = "1" } })
    local body, info = assert(session:request("HEAD", "/x", { query = { a = 1 } }))
    assert.is_true(body)
    assert.equal("1", info.headers["x-odd"])
    assert.equal("HEAD", last().method)
    assert.equal("a=1", last().query)
    for _, method in ipairs { "OPTIONS", "DELETE", "GET", "POST", "PUT", "PATCH" } do
      assert(server:fault { name = "status", status = 200, body = "{}" })
      assert(session:request(method, "/hubs/any/x", { body = { a = 1 } }))
      assert.equal(method, last().method)
      assert.equal('{"a":1}', last().body)
      assert.truthy(last().headers.authorization:find("Element ", 1, true))
    end
    assert.equal("rejected", select(2, session:request("PUT", "/ping")).kind)
  end)

  it("is the same to every hub and to none", function()
    assert(session:post("/messages", MESSAGE))
    for _, hub in ipairs { "/hubs/messaging", "/hubs/crm", "/hubs/x", "" } do
      assert.equal(1, #assert(session:get(hub .. "/messages")))
      assert(session:get(hub .. "/ping"))
    end
  end)

  it("sends a string as it is, with the type that a header says", function()
    session:post("/x", "a,b\n1,2\n", { headers = { ["Content-Type"] = "text/csv" } })
    assert.equal("a,b\n1,2\n", last().body)
    assert.equal("text/csv", last().headers["content-type"])
    session:post("/x", "\0\255")
    assert.equal("application/json", last().headers["content-type"])
    session:post("/x", "")
    assert.equal("", last().body or "")
  end)

  it("sends a post without a body as one of length 0, not as a form", function()
    session:post("/x")
    assert.equal("0", last().headers["content-length"])
    assert.is_nil(last().headers["content-type"])
  end)

  it("sends header values, not header names", function()
    session:get("/objects", { headers = { ["Elements-Version"] = "Helium" } })
    assert.equal("Helium", last().headers["elements-version"])
    assert.equal("messages", assert(session:get("/objects", { headers = { ["Elements-Version"] = "Helium" } }))[1].name)
  end)

  it("encodes its query, arrays as name[]=…", function()
    session:get("/hubs/messaging/messages", {
      query = {
        where = "subject='a&b=c' AND x='\195\169+ %'", tags = { "one two", "three" }, page = 1, flag = true,
        ["odd[]"] = { "x" }, empty = "",
      },
    })
    local seen = {}
    for _, parameter in ipairs(last().parameters) do
      table.insert(seen, parameter.name .. "=" .. parameter.value)
    end
    assert.same({
      "empty=", "flag=true", "odd[]=x", "page=1", "tags[]=one two", "tags[]=three",
      "where=subject='a&b=c' AND x='\195\169+ %'",
    }, seen)
    assert.truthy(last().query:find("tags[]=one%20two&tags[]=three", 1, true))
  end)

  it("sends true, false and numbers in arrays, and brackets as they are", function()
    session:get("/x", { query = { flags = { true, false }, ["ids[]"] = { 1, 2 }, ["a.b[]"] = "x", single = { "y" } } })
    assert.equal("a.b[]=x&flags[]=true&flags[]=false&ids[]=1&ids[]=2&single[]=y", last().query)
  end)

  it("keeps every digit of a number in its query and headers", function()
    local id = math.type and 9007199254740993 or 9007199254740991
    session:get("/x", { query = { id = id, third = 1 / 3, small = 15 }, headers = { ["X-Id"] = id } })
    local seen = {}
    for _, parameter in ipairs(last().parameters) do seen[parameter.name] = parameter.value end
    assert.equal(math.type and "9007199254740993" or "9007199254740991", seen.id)
    assert.equal(seen.id, last().headers["x-id"])
    assert.equal(1 / 3, tonumber(seen.third))
    assert.equal("15", seen.small)
  end)

  it("keeps a query that stands in the path", function()
    session:get("/hubs/messaging/messages?pageSize=1", { query = { page = 2 } })
    assert.equal("pageSize=1&page=2", last().query)
  end)

  it("filters with where", function()
    assert(session:post("/hubs/messaging/messages", MESSAGE))
    assert(session:post("/hubs/messaging/messages", {
      from = "a@example.com", to = "b@example.com", subject = "O'Neil & Sons", message = "x",
    }))
    local list = assert(session:get("/hubs/messaging/messages", { query = { where = "subject='O''Neil & Sons'" } }))
    assert.equal(1, #list)
    assert.equal("a@example.com", list[1].from)
  end)

  it("keeps a provider's id of 19 digits exact, as a number or as text", function()
    for _, style in ipairs { "long", "string" } do
      assert(server:configure { message_id = style })
      local sent = assert(session:post("/hubs/messaging/messages", MESSAGE))
      assert.equal(19, #tostring(sent.id))
      assert.equal(sent.id, assert(session:get("/hubs/messaging/messages/" .. tostring(sent.id))).id)
    end
  end)

  it("names the fields that the platform missed", function()
    local sent, err = session:post("/hubs/messaging/messages", { from = "a@example.com" })
    assert.is_nil(sent)
    assert.equal("rejected", err.kind)
    assert.equal(400, err.status)
    assert.truthy(tostring(err):find("to, subject, message", 1, true))
  end)

  it("gives what was answered, and headers without regard to case or how often they came", function()
    assert(server:fault {
      name = "status", status = 200, body = "[1]", headers = { ["X-Odd"] = "1", ["Elements-Total-Count"] = "7" },
    })
    local body, info = assert(session:get("/x"))
    assert.equal(1, body[1])
    assert.equal("1", info.headers["x-odd"])
    assert.equal("7", info.headers["elements-total-count"])
    assert.is_nil(info.headers["X-Odd"])
    assert.is_nil(info.next_page)
    assert.equal(200, info.status)
  end)

  it("gives true for an answer without a body", function()
    assert(server:fault { name = "status", status = 204, body = "" })
    assert.is_true((session:delete("/x")))
    assert(server:fault { name = "empty" })
    assert.is_true((session:get("/x")))
  end)

  it("takes any status from 200 to 299 for success", function()
    for _, status in ipairs { 200, 201, 202, 203, 299 } do
      assert(server:fault { name = "status", status = status, body = "{}" })
      local body, info = session:get("/x")
      assert.equal("table", type(body))
      assert.equal(status, info.status)
    end
  end)

  it("gives an answer that is JSON false or null as that", function()
    assert(server:fault { name = "status", status = 200, body = "false" })
    assert.is_false((session:get("/x")))
    assert(server:fault { name = "status", status = 200, body = "null" })
    assert.equal(celements.null, (session:get("/x")))
  end)
end)

describe("a closed session", function()
  it("answers every call with kind closed, and may be closed again", function()
    session:close()
    session:close()
    for _, name in ipairs { "get", "post", "put", "patch", "delete" } do
      local body, err = session[name](session, "/x")
      assert.is_nil(body)
      assert.equal("closed", err.kind)
    end
    assert.equal("closed", (select(2, session:ping())).kind)
    assert.truthy((select(2, session:ping())).hint:find("new session", 1, true))
    assert.equal("celements.Session (closed)", tostring(session))
  end)

  it("leaves the client and other sessions alone", function()
    local token = assert(server:instances())[1].token
    local other = client:with_token(token)
    session:close()
    assert(other:ping())
    assert(client.instances:list())
    client:close()
    assert(other:ping())
    other:close()
  end)
end)

describe("a closed client", function()
  it("answers every call with kind closed, and says so when it is printed", function()
    client:close()
    client:close()
    for _, call in ipairs {
      function() return client:request("GET", "/elements?x=1") end,
      function() return client.instances:create(caller.mailjet()) end,
      function() return client.instances:get(1) end,
      function() return client.instances:list() end,
      function() return client.instances:update(1, { name = "x" }) end,
      function() return client.instances:delete(1) end,
    } do
      local body, err = call()
      assert.is_nil(body)
      assert.equal("closed", err.kind)
      assert.is_nil(err.path:find("?", 1, true))
    end
    assert.equal("celements.Client (closed)", tostring(client))
  end)

  it("raises its error when it is iterated", function()
    client:close()
    local ok, err = pcall(function() for _ in client.instances:each() do error("an item") end end)
    assert.is_false(ok)
    assert.equal("closed", err.kind)
  end)
end)
