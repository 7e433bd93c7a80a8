-- The platform's log of hub calls, as the sandbox keeps it.
local api = require "spec.sandbox.api"

local sandbox, token

local function open(switches)
  sandbox = api.new(switches)
  token = sandbox:create({ tags = { "mine" } }).token
end

local function status_of(path)
  return select(2, sandbox:call("GET", path)).status
end

local function uris(path)
  local list = {}
  for index, entry in ipairs(sandbox:call("GET", path)) do list[index] = entry.request_uri end
  return table.concat(list, " ")
end

describe("usage in the sandbox", function()
  before_each(function() open() end)

  it("that is empty is 404", function()
    for _, path in ipairs { "", "/analytics/times", "/analytics/statuses", "/analytics/activity" } do
      local answer, response = sandbox:call("GET", "/usage" .. path)
      assert.equal(404, response.status)
      assert.equal("No usage found", answer.message)
    end
  end)

  it("lists hub calls, and those that failed", function()
    local _, ping = sandbox:hub(token, "GET", "/ping")
    sandbox:hub(token, "GET", "/hubs/messaging/messages/99")
    local list = sandbox:call("GET", "/usage")
    assert.equal(2, #list)
    assert.same({
      traffic_id = "traffic-1", request_id = ping.headers["Elements-Request-Id"], request_status = "success",
      request_method = "GET", request_uri = "/ping", element_key = "mailjet", process_time = 1,
      traffic_date = "2018-05-01T10:00:00Z",
    }, list[1])
    assert.equal("failed", list[2].request_status)
  end)

  it("has the documented names, too", function()
    open { usage_shape = "camel" }
    sandbox:hub(token, "GET", "/ping")
    local entry = sandbox:call("GET", "/usage")[1]
    assert.equal("success", entry.requestStatus)
    assert.equal("/ping", entry.requestURI)
    assert.is_string(entry.id)
    assert.is_nil(entry.traffic_id)
  end)

  it("is found by its id and by that of the request, after the delay", function()
    open { usage_delay = 5 }
    local _, ping = sandbox:hub(token, "GET", "/ping")
    local id = ping.headers["Elements-Request-Id"]
    assert.equal(404, status_of("/usage/" .. id))
    assert.equal(404, status_of("/usage"))
    sandbox.time = sandbox.time + 5
    assert.equal("/ping", sandbox:call("GET", "/usage/" .. id).request_uri)
    assert.equal("/ping", sandbox:call("GET", "/usage/traffic-1").request_uri)
    assert.equal("No usage found with ID x", sandbox:call("GET", "/usage/x").message)
  end)

  it("is filtered", function()
    sandbox:hub(token, "GET", "/ping")
    sandbox:hub(token, "GET", "/messages/99")
    assert.equal("/ping", uris "/usage?status=success")
    assert.equal("/messages/99", uris "/usage?status=failed&hub=messaging&keys[]=box&keys[]=mailjet&tags[]=mine")
    assert.equal("/ping", uris "/usage?searchText=pin")
    for _, query in ipairs {
      "hub=crm", "keys[]=box", "tags[]=other", "searchText=zzz", "from=2018-05-02&to=2018-05-03",
    } do
      assert.equal(404, status_of("/usage?" .. query), query)
    end
  end)

  it("covers the last seven days, or what is asked for", function()
    sandbox:hub(token, "GET", "/ping")
    sandbox.time = sandbox.time + 8 * 24 * 3600
    assert.equal(404, status_of "/usage")
    assert.equal("/ping", uris "/usage?from=2018-05-01")
    assert.equal("/ping", uris "/usage?from=2018-05-01T10:00:00Z&to=2018-05-01T10:00:00Z")
    assert.equal(404, status_of "/usage?from=2018-05-01T10:00:01Z")
    for _, query in ipairs { "from=x", "from=2018-13-01", "to=2018-05-01T1", "from=2018-05-02&to=2018-05-01" } do
      assert.equal(400, status_of("/usage?" .. query), query)
    end
  end)

  it("comes in pages, by offset and by cursor, 100 entries by default", function()
    for index = 1, 105 do sandbox:hub(token, "GET", "/messages/" .. index) end
    local list, response = sandbox:call("GET", "/usage")
    assert.equal(100, #list)
    assert.equal("105", response.headers["Elements-Total-Count"])
    local cursor = response.headers["Elements-Next-Page-Token"]:gsub("+", "%%2B")
    assert.equal("/messages/101", sandbox:call("GET", "/usage?nextPage=" .. cursor)[1].request_uri)
    assert.equal("/messages/3 /messages/4", uris "/usage?pageOffset=2&pageSize=2")
    assert.equal("/messages/1", uris "/usage?pageOffset=0&pageSize=1")
    assert.equal(404, status_of "/usage?pageOffset=105")
    assert.equal(400, status_of "/usage?pageOffset=-1")
  end)

  it("is counted for each interval, the empty ones too", function()
    sandbox:hub(token, "GET", "/ping")
    sandbox.time = sandbox.time + 120
    sandbox:hub(token, "GET", "/ping")
    sandbox:hub(token, "GET", "/ping")
    for _, kind in ipairs { "times", "statuses", "activity" } do
      assert.same({
        { timestamp = "2018-05-01T10:00:00Z", count = 1 }, { timestamp = "2018-05-01T10:01:00Z", count = 0 },
        { timestamp = "2018-05-01T10:02:00Z", count = 2 },
      }, (sandbox:call("GET", "/usage/analytics/" .. kind .. "?interval=minute&from=2018-05-01T10:00:00Z")))
    end
    assert.equal(7 * 24 + 1, #sandbox:call("GET", "/usage/analytics/times"))
    assert.equal(400, status_of "/usage/analytics/times?interval=second")
    assert.equal(400, status_of "/usage/analytics/times?interval=minute&from=1970-01-01")
    assert.equal(404, status_of "/usage/analytics/other")
  end)

  it("needs the platform's authorisation, and is the element's own with a token", function()
    assert.equal(401, select(2, sandbox:call("GET", "/usage", nil, { authorization = false })).status)
    assert.equal(401, select(2, sandbox:hub(token, "GET", "/usage/x")).status)
    assert.equal(0, sandbox:hub(token, "GET", "/usage").messages)
  end)

  it("forgets what is long ago", function()
    sandbox:hub(token, "GET", "/ping")
    for _ = 1, 9999 do sandbox:hub(token, "GET", "/ping") end
    assert.equal(200, status_of "/usage/traffic-1")
    sandbox:hub(token, "GET", "/ping")
    assert.equal(404, status_of "/usage/traffic-1")
    assert.equal("10000", select(2, sandbox:call("GET", "/usage")).headers["Elements-Total-Count"])
  end)
end)
