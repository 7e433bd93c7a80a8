-- on_request and on_response: what a program is told of each attempt of its calls.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, events

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  events = {}
end)
after_each(function() client:close() end)

local function note(name)
  return function(event)
    event.name = name
    table.insert(events, event)
  end
end

local function watched(changes)
  local given = { on_request = note "request", on_response = note "response" }
  for name, value in pairs(changes or {}) do given[name] = value end
  client = caller.client(server, given)
  return client
end

describe("hooks", function()
  it("are told of a call before and after it", function()
    assert(watched():request("POST", "/instances?secret=in-the-query", { body = caller.mailjet() }))
    assert.same({ name = "request", method = "POST", path = "/instances", attempt = 1 }, events[1])
    local event = events[2]
    assert.equal(2, #events)
    assert.same({ "response", "POST", "/instances", 1, 200 },
      { event.name, event.method, event.path, event.attempt, event.status })
    assert.is_nil(event.kind)
    assert.is_nil(event.retry_delay)
    assert.equal(24, #event.request_id)
    assert.equal(#caller.arrived(server)[1].body, event.sent)
    assert.is_true(event.received > 100)
  end)

  it("are told of the times of its phases, each later than the one before", function()
    watched { tls = true }
    assert(client.instances:list())
    local event = events[2]
    assert.is_true(event.dns >= 0 and event.dns <= event.connect)
    assert.is_true(event.connect <= event.tls and event.tls > 0)
    assert.is_true(event.tls <= event.first_byte and event.first_byte <= event.total)
    assert.equal(0, event.sent)
  end)

  it("are told of every attempt, and of the wait for the next", function()
    assert(server:fault { name = "rate_limited", retry_after = 0 })
    local _, info = watched():request("GET", "/elements/keys")
    assert.equal(4, #events)
    assert.same({ 1, 1, 2, 2 }, { events[1].attempt, events[2].attempt, events[3].attempt, events[4].attempt })
    assert.equal("rate_limited", events[2].kind)
    assert.equal(429, events[2].status)
    assert.equal(info.tries[1].delay, events[2].retry_delay)
    assert.equal(200, events[4].status)
  end)

  it("are told of a failure, also where no answer comes", function()
    watched { retries = 0 }
    assert(server:fault { name = "close_before", match = { method = "POST" } })
    client:request("POST", "/instances", { body = caller.mailjet() })
    assert.equal("network", events[2].kind)
    assert.is_nil(events[2].status)
    client:request("PUT", "/instances/1", { body = { print } })
    assert.equal("configuration", events[4].kind)
    client:close()
    client:request("GET", "/instances")
    assert.equal("closed", events[6].kind)
    assert.equal(6, #events)
  end)

  it("are told of the calls of sessions, loops and lists", function()
    watched()
    local session = client:with_token("token-of-a-session")
    session:ping()
    assert.equal("/ping", events[1].path)
    assert.equal("unauthorized", events[2].kind)
    assert(client.instances:list())
    assert.equal(404, events[4].status)
    session:close()
  end)

  it("are told of the calls that a creation needs, and of streams", function()
    watched { retries = 0 }
    local given = { check = "live", verify = true, element = "mailjet" }
    local made = assert(client.instances:create(caller.mailjet(), given))
    local session, documents = client:with_token(made.token), caller.documents(client)
    session:get("/messages", { async = true })
    session.instance:configure { ["filter.response.nulls"] = false }
    documents:upload("/files", { source = function() end })
    documents:download("/files/none", function() end)
    client.elements:oauth_token("mailjet", { api_key = "k", api_secret = "s", callback_url = "https://x.example" })
    local paths = {}
    for index = 1, #events, 2 do
      local before, after = events[index], events[index + 1]
      assert.same({ "request", "response", before.path }, { before.name, after.name, after.path })
      table.insert(paths, ("%s %s %s"):format(before.method, before.path:gsub("%d+", "N"), after.kind or after.status))
    end
    assert.same({
      "GET /elements/mailjet/configuration 200", "POST /elements/mailjet/instances 200", "GET /ping 200",
      "POST /instances 200", "GET /messages rejected", "GET /instances/configuration 200",
      "PATCH /instances/configuration/N 200", "POST /files 200", "GET /files/none not_found",
      "GET /elements/mailjet/oauth/token rejected",
    }, paths)
    session:close()
    documents:close()
  end)

  it("are told no secret", function()
    watched()
    client:request("GET", "/instances/" .. server.user_secret)
    client:with_token("token-of-a-session"):get("/hubs/token-of-a-session")
    for _, event in ipairs(events) do
      assert.is_nil(caller.find(event, server.user_secret))
      assert.is_nil(caller.find(event, server.organization_secret))
      assert.is_nil(caller.find(event, "token-of-a-session"))
    end
    assert.equal(4, #events)
  end)

  it("may be one alone", function()
    client = caller.client(server, { on_response = note "response" })
    assert(client.instances:list())
    client:close()
    client = caller.client(server, { on_request = note "request" })
    assert(client.instances:list())
    assert.same({ "response", "request" }, { events[1].name, events[2].name })
  end)

  it("may make calls", function()
    local other = caller.client(server)
    watched { on_response = function() assert(other.instances:list()) end }
    local instance, info = client.instances:create(caller.mailjet())
    assert.is_table(instance)
    -- Plain Lua 5.1 cannot wait inside a hook where others would have to run meanwhile; here nobody does.
    assert.is_nil(info.hook_error)
    other:close()
  end)

  it("are functions", function()
    local ok, message = pcall(watched, { on_request = "print" })
    assert.is_false(ok)
    assert.truthy(message:find("option 'on_request' must be a function", 1, true))
    watched()
  end)
end)

describe("a hook that raises", function()
  it("loses no new instance", function()
    watched { on_response = function() error("no disk left", 0) end }
    local instance, info = client.instances:create(caller.mailjet())
    assert.is_string(instance.token)
    assert.equal("no disk left", info.hook_error)
  end)

  it("loses none either when what it raises has no text to give", function()
    for _, text in ipairs { function() error "no text" end, function() return nil end } do
      local thrown = setmetatable({}, { __tostring = text })
      watched { on_response = function() error(thrown) end }
      local instance, info = client.instances:create(caller.mailjet())
      assert.is_string(instance.token)
      assert.equal("an error without a message", info.hook_error)
    end
  end)

  it("stops no call", function()
    local raised = false
    watched { on_request = function()
      if raised then return end
      raised = true
      error { code = 1 }
    end }
    assert(server:fault { name = "status", status = 503, times = 1 })
    local keys, info = client:request("GET", "/elements/keys")
    assert.is_table(keys)
    assert.is_string(info.hook_error)
    assert.equal(2, info.attempts)
  end)

  it("leaves an error as it is", function()
    watched { on_response = function() error("oh", 0) end, retries = 0 }
    local _, err = client.instances:get(1)
    assert.equal("not_found", err.kind)
    assert.equal("oh", err.hook_error)
    assert.is_nil(tostring(err):find("oh", 1, true))
  end)
end)
