-- The platform's log of hub calls: a collection of its own, read with the client.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, session

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  session = client:with_token(assert(client.instances:create(caller.mailjet { tags = { "mine" } })).token)
end)
after_each(function()
  session:close()
  client:close()
end)

local function count(options)
  local number = 0
  for _ in client:each("/usage", options) do number = number + 1 end
  return number
end

describe("usage", function()
  it("that is empty is an empty list in a loop and in pages, and an error of a plain call", function()
    assert.equal(0, count())
    assert.same({}, (assert(client:pages("/usage"):next())))
    assert.equal("not_found", select(2, client:request("GET", "/usage")).kind)
  end)

  it("is seen once and in order, by cursor, with its filters", function()
    for index = 1, 7 do session:get("/messages/" .. index) end
    assert(session:ping())
    local seen = {}
    for entry, info in client:each("/usage", { page_size = 3, query = { status = "failed", tags = "mine" } }) do
      assert.equal(7, info.total)
      table.insert(seen, entry.request_uri)
    end
    assert.equal("/messages/1", seen[1])
    assert.equal("/messages/7", seen[7])
    assert.equal(7, #seen)
    assert.equal(0, count { query = { keys = { "box", "zendesk" } } })
  end)

  it("begins after so many entries", function()
    for _ = 1, 5 do assert(session:ping()) end
    assert.equal(3, count { page_size = 2, query = { pageOffset = 2 } })
  end)

  it("comes in the documented and the observed shape, and by request", function()
    local _, info = assert(session:ping())
    local seen = assert(client:request("GET", "/usage/" .. info.request_id))
    assert.equal("success", seen.request_status)
    assert(server:configure { usage_shape = "camel" })
    local documented = assert(client:request("GET", "/usage/" .. info.request_id))
    assert.equal("success", documented.requestStatus)
    assert.equal(seen.traffic_id, documented.id)
    for _, kind in ipairs { "times", "statuses", "activity" } do
      local counts, calls = assert(client:request("GET", "/usage/analytics/" .. kind)), 0
      for _, hour in ipairs(counts) do calls = calls + hour.count end
      assert.equal(1, calls)
    end
  end)

  it("that the caller may not see is an error", function()
    local stranger = caller.client(server, { user_secret = "wrong" })
    local page, err = stranger:pages("/usage"):next()
    assert.is_nil(page)
    assert.equal("unauthorized", err.kind)
    stranger:close()
  end)
end)
