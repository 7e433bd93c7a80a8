-- What a hub call can ask of the sandbox's messages, and how their pages can misbehave.
local api = require "spec.sandbox.api"

local sandbox, token

local function send(changes)
  local body = { from = "a@example.com", to = "b@example.com", subject = "s", message = "m" }
  for name, value in pairs(changes or {}) do body[name] = value end
  local sent = sandbox:hub(token, "POST", "/messages", body)
  return sent
end

local function list(query)
  local items, response = sandbox:hub(token, "GET", "/messages" .. query)
  return items, response
end

local function subjects(query)
  local found = {}
  for index, item in ipairs((list(query))) do found[index] = item.subject end
  return table.concat(found, " ")
end

local function cursor_of(response)
  local cursor = response.headers["Elements-Next-Page-Token"]
  return cursor and cursor:gsub("+", "%%2B")
end

local function open(switches)
  sandbox = api.new(switches)
  token = sandbox:create().token
end

describe("messages in the sandbox", function()
  before_each(function() open() end)

  it("have the fields that are asked for", function()
    send { subject = "one" }
    assert.same({ { subject = "one", to = "b@example.com" } }, (list "?fields=subject,%20to,unknown"))
  end)

  it("come in the order that is asked for, page by page", function()
    for _, subject in ipairs { "b", "c", "a", "b" } do
      send { subject = subject, cc = subject == "c" and "x" or nil }
    end
    assert.equal("a b b c", subjects "?orderBy=subject")
    assert.equal("c b b a", subjects "?orderBy=subject%20desc")
    assert.equal("b a b c", subjects "?orderBy=cc%20ASC")
    local first, response = list "?orderBy=subject&pageSize=3"
    assert.equal(3, #first)
    assert.equal("c", subjects("?orderBy=subject&pageSize=3&nextPage=" .. cursor_of(response)))
    assert.equal("b a", subjects "?orderBy=subject%20desc&pageSize=2&page=2")
    for _, order in ipairs { "", "a%20b", "a,b", "1" } do
      assert.equal(400, select(2, list("?orderBy=" .. order)).status, order)
    end
  end)

  it("are counted only when that is asked for, where the switch says so", function()
    open { total_count = "asked" }
    send()
    assert.is_nil(select(2, list "").headers["Elements-Total-Count"])
    assert.equal("1", select(2, list "?returnCount=true").headers["Elements-Total-Count"])
    assert.equal("1", select(2, list "?returnTotalCount=true").headers["Elements-Total-Count"])
  end)

  it("are the same pages again and again, where the switches say so", function()
    open { message_cursor = "stuck" }
    for number = 1, 3 do send { subject = "s" .. number } end
    local _, response = list "?pageSize=2"
    local cursor = cursor_of(response)
    assert.equal("s1 s2", subjects("?pageSize=2&nextPage=" .. cursor))
    assert.equal(cursor, cursor_of(select(2, list("?pageSize=2&nextPage=" .. cursor))))
    open { message_page = false }
    for number = 1, 3 do send { subject = "s" .. number } end
    assert.equal("s1 s2", subjects "?pageSize=2&page=2")
  end)

  it("can be any number that nobody sent", function()
    open { messages = 1000000000 }
    local page, response = list "?page=5000000&pageSize=200"
    assert.equal("Message 999999801", page[1].subject)
    assert.equal(200, #page)
    assert.equal("1000000000", response.headers["Elements-Total-Count"])
    assert.is_nil(response.headers["Elements-Next-Page-Token"])
    open { messages = 450, message_delay = 10, message_id = "string" }
    page, response = list "?pageSize=300"
    assert.equal(200, #page)
    assert.is_string(response.headers["Elements-Error"])
    assert.equal("9000000000000000001", page[1].id)
    page, response = list("?nextPage=" .. cursor_of(response))
    assert.equal("Message 201", page[1].subject)
    page, response = list("?nextPage=" .. cursor_of(response))
    assert.equal(50, #page)
    assert.is_nil(cursor_of(response))
    assert.equal("Message 7", subjects "?where=subject='Message%207'")
    assert.equal("Message 99", subjects "?orderBy=subject%20desc&pageSize=1")
  end)

  it("that are none are [] or 404", function()
    assert.equal("[]", select(2, list "").body)
    open { empty_messages = "not_found" }
    local answer, response = list ""
    assert.equal(404, response.status)
    assert.equal("No messages found", answer.message)
  end)

  it("keep the page contract: two pages are one of twice the size", function()
    open { messages = 20 }
    for _, order in ipairs { "", "&orderBy=subject" } do
      for size = 1, 10 do
        local format = "?page=%d&pageSize=%d" .. order
        assert.equal(subjects(format:format(1, 2 * size)),
          subjects(format:format(1, size)) .. " " .. subjects(format:format(2, size)))
      end
    end
  end)
end)
