-- What is wanted of a collection: where, fields, order_by and the page, as options.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local PATH = "/hubs/messaging/messages"

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

local function send(subject, changes)
  local body = { from = "a@example.com", to = "b@example.com", subject = subject, message = "x" }
  for name, value in pairs(changes or {}) do body[name] = value end
  return assert(session:post(PATH, body))
end

local function subjects(options)
  local list = {}
  for item in session:each(PATH, options) do table.insert(list, item.subject) end
  return list
end

local function sent()
  local arrived = caller.arrived(server, "GET")
  local parameters = {}
  for _, parameter in ipairs(arrived[#arrived].parameters) do
    assert.is_nil(parameters[parameter.name], parameter.name .. " was sent twice")
    parameters[parameter.name] = parameter.value
  end
  return parameters, arrived[#arrived].query
end

local function refused(pattern, misuse)
  local before = #caller.arrived(server)
  local text = caller.blamed(misuse)
  assert.truthy(text:find(pattern), text)
  assert.equal(before, #caller.arrived(server))
end

describe("a condition", function()
  it("selects the same as a table and as text, in a list, a loop and pages", function()
    send "one"
    send("two", { priority = "high" })
    send("two", { priority = "low" })
    for _, where in ipairs { { subject = "two", priority = "high" }, "priority='high' AND subject='two'" } do
      local list = assert(session:get(PATH, { where = where }))
      assert.equal(1, #list)
      assert.equal("high", list[1].priority)
      assert.same({ "two" }, subjects { where = where })
      assert.equal(1, #assert(session:pages(PATH, { where = where }):next()))
      assert.equal("priority='high' AND subject='two'", sent().where)
    end
  end)

  it("finds a value whatever stands in it, and nothing else", function()
    send "plain"
    for _, subject in ipairs {
      "O'Neil & Sons", "'", "''", "x' OR '1'='1", "' OR subject!='", "a=b&where=x", "100% +1 #;/?", "caf\195\169",
      "') AND (1=1", "true", "--", "`x`",
    } do
      send(subject)
      assert.same({ subject }, subjects { where = { subject = subject, sent = true } })
    end
  end)

  it("is percent-encoded, blanks as %20", function()
    session:get(PATH, { where = { ["a like"] = "x%", ["b in"] = { "1 2", "3" } } })
    local parameters, query = sent()
    assert.equal("a LIKE 'x%' AND b IN ('1 2','3')", parameters.where)
    assert.equal("where=a%20like%20%27x%25%27%20and%20b%20in%20%28%271%202%27%2c%273%27%29", query:lower())
  end)

  it("stays the same on every page", function()
    for _ = 1, 5 do send "mine" end
    send "other"
    assert.equal(5, #subjects { where = { subject = "mine" }, page_size = 2 })
    local arrived = caller.arrived(server, "GET")
    assert.equal(3, #arrived)
    for _, entry in ipairs(arrived) do
      assert.truthy(entry.query:lower():find("where=subject%3d%27mine%27", 1, true))
    end
  end)

  it("that the platform does not understand is an error with its text", function()
    local list, err = session:get(PATH, { where = "subject LIKE 'a%'" })
    assert.is_nil(list)
    assert.equal("rejected", err.kind)
    assert.truthy(tostring(err):find("Error parsing query", 1, true))
  end)

  it("that cannot be sent is refused where it was written, and nothing is sent", function()
    refused("^session:get: where has no condition", function() session:get(PATH, { where = {} }) end)
    refused("^session:each: where is empty", function() session:each(PATH, { where = " " }) end)
    refused("^session:pages: where 'a' holds a backslash", function()
      session:pages(PATH, { where = { a = "x\\" } })
    end)
    refused("^session:get: where 'id' must be a string, a number or a boolean, not a ", function()
      session:get(PATH, { where = { id = celements.null } })
    end)
    refused("^session:get: option 'where' must be a string or a table, not a number", function()
      session:get(PATH, { where = 5 })
    end)
    refused("^session:get: option 'where' and query 'where' are the same: give one", function()
      session:get(PATH, { where = "a='1'", query = { where = "b='2'" } })
    end)
    refused("^instances:list: unknown option 'where'", function() client.instances:list { where = "x='1'" } end)
  end)
end)

describe("fields and an order", function()
  it("shape the list", function()
    send("b", { priority = "low" })
    send("a", { priority = "high" })
    assert.same({ { subject = "a", priority = "high" }, { subject = "b", priority = "low" } },
      (assert(session:get(PATH, { fields = { "subject", "priority" }, order_by = "subject" }))))
    assert.same({ "b", "a" }, subjects { fields = "subject", order_by = "subject desc", page_size = 1 })
    assert.equal("subject desc", sent().orderBy)
    assert.equal("subject", sent().fields)
  end)

  it("that cannot be are refused", function()
    for _, fields in ipairs { {}, { "" }, { 1 }, { "a,b" }, { "a", x = "b" }, { "a\nb" } } do
      refused("^session:get: fields must be ", function() session:get(PATH, { fields = fields }) end)
    end
    refused("^session:get: option 'order_by' must be a string", function() session:get(PATH, { order_by = {} }) end)
    refused("^session:each: unknown option 'orderby' %(did you mean 'order_by'%?%)", function()
      session:each(PATH, { orderby = "x" })
    end)
  end)
end)

describe("a page", function()
  it("is fetched by its number or cursor and size", function()
    for index = 1, 5 do send("S" .. index) end
    local list, info = assert(session:get(PATH, { page_size = 2, page = 2 }))
    assert.equal("S3", list[1].subject)
    assert.equal(5, info.total)
    assert.equal(2, info.returned)
    assert.equal("S5", assert(session:get(PATH, { page_size = 2, next_page = info.next_page }))[1].subject)
  end)

  it("says when its size was capped", function()
    local _, info = assert(session:get(PATH, { page_size = 201 }))
    assert.equal("pageSize 201 is over the maximum and was reduced to 200", info.advice)
    assert.is_nil(select(2, session:get(PATH, { page_size = 200 })).advice)
  end)

  it("has counts only where the platform gives numbers", function()
    local numbers = { ["0"] = 0, ["12"] = 12, ["many"] = false, ["-1"] = false, ["1e3"] = false, [""] = false }
    for text, number in pairs(numbers) do
      assert(server:fault {
        name = "status", status = 200, body = "[]",
        headers = { ["Elements-Total-Count"] = text, ["Elements-Returned-Count"] = text },
      })
      local _, info = assert(session:get("/x"))
      assert.equal(number or nil, info.total)
      assert.equal(number or nil, info.returned)
    end
    assert(server:configure { total_count = "asked" })
    assert.is_nil(select(2, session:get(PATH)).total)
    assert.equal(0, select(2, session:get(PATH, { query = { returnCount = true } })).total)
  end)
end)
