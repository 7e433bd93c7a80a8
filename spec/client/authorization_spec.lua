-- Which secrets go with which call.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, made, session

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  made = assert(client.instances:create(caller.mailjet()))
  session = client:with_token(made.token)
end)
after_each(function()
  session:close()
  client:close()
end)

local function last()
  local arrived = caller.arrived(server)
  return arrived[#arrived].headers.authorization
end

local function platform()
  return ("User %s, Organization %s"):format(server.user_secret, server.organization_secret)
end

describe("a call about instances", function()
  it("carries the application's secrets and no element token, also after calls with one", function()
    for _, call in ipairs {
      function() return client.instances:create(caller.mailjet()) end,
      function() return client.instances:get(made.id) end,
      function() return client.instances:list() end,
      function() return client.instances:update(made.id, { name = "x" }) end,
      function() return client:request("GET", "/elements/keys") end,
      function() return client:request("GET", ("/instances/%s/configuration"):format(made.id)) end,
      function() return client.instances:delete(made.id) end,
    } do
      session:ping()
      assert(call())
      assert.equal(platform(), last())
    end
    assert(client.instances:create(caller.mailjet()))
    for _ in client.instances:each() do assert.equal(platform(), last()) end
  end)
end)

describe("a call of a session", function()
  it("carries the element token", function()
    for _, call in ipairs {
      function() return session:get("/objects") end,
      function() return session:post("/x", {}) end,
      function() return session:put("/x", {}) end,
      function() return session:patch("/x", {}) end,
      function() return session:delete("/x") end,
      function() return session:ping() end,
      function() return session:each("/hubs/messaging/messages")() end,
    } do
      call()
      assert.truthy(last():find(", Element " .. made.token, 1, true))
      assert.equal(1, (last():find("User " .. server.user_secret, 1, true)))
      assert.is_nil(last():find("Element:", 1, true))
    end
  end)

  it("carries its own token, however many sessions there are", function()
    local other = assert(client.instances:create(caller.mailjet()))
    local second = client:with_token(other.token)
    for _ = 1, 2 do
      assert(session:ping())
      assert.truthy(last():find(made.token, 1, true))
      assert.is_nil(last():find(other.token, 1, true))
      assert(second:ping())
      assert.truthy(last():find(other.token, 1, true))
      assert.is_nil(last():find(made.token, 1, true))
    end
    second:close()
  end)

  it("with a wrong token is unauthorized, and does not spoil the next", function()
    local wrong = client:with_token("not-a-token")
    local body, err = wrong:ping()
    assert.is_nil(body)
    assert.equal("unauthorized", err.kind)
    assert.equal(401, err.status)
    assert(session:ping())
    wrong:close()
  end)
end)

describe("a client", function()
  it("shares nothing with another one", function()
    local wrong = caller.client(server, { user_secret = "other-user", organization_secret = "other-organization" })
    for _ = 1, 2 do
      assert.equal("unauthorized", (select(2, wrong.instances:list())).kind)
      assert.equal("User other-user, Organization other-organization", last())
      assert(client.instances:list())
      assert.equal(platform(), last())
    end
    wrong:close()
    assert(client.instances:list())
  end)

  it("with a wrong secret is unauthorized, and says which options to look at", function()
    for _, changes in ipairs { { user_secret = "wrong" }, { organization_secret = "wrong" } } do
      local other = caller.client(server, changes)
      local list, err = other.instances:list()
      assert.is_nil(list)
      assert.equal("unauthorized", err.kind)
      assert.truthy(tostring(err):find("user_secret", 1, true))
      other:close()
    end
  end)

  it("sends secrets as they are: they are opaque", function()
    for _, secret in ipairs { "a+b/c=", "with blank", "\195\169t\195\169", ("x"):rep(2000), "{}|\\^`<>\"'" } do
      local other = caller.client(server, { user_secret = secret })
      other.instances:list()
      assert.equal(("User %s, Organization %s"):format(secret, server.organization_secret), last())
      other:close()
    end
  end)

  it("says the same whether it speaks https or http", function()
    local secure = caller.client(server, { tls = true })
    assert(secure.instances:list())
    assert.equal(platform(), last())
    assert(secure:with_token(made.token):ping())
    assert.truthy(last():find("Element " .. made.token, 1, true))
    secure:close()
  end)

  it("does not take its secrets along to where a server redirects", function()
    assert(server:fault {
      name = "status", status = 302, headers = { Location = server.base_url .. "/elements/keys" },
    })
    local before = #caller.arrived(server)
    local body, err = client:request("GET", "/x")
    assert.is_nil(body)
    assert.equal("response", err.kind)
    assert.equal(302, err.status)
    assert.equal(before + 1, #caller.arrived(server))
  end)

  it("identifies itself, and accepts JSON, unless told otherwise", function()
    client:request("GET", "/x", { headers = { ["User-Agent"] = "mine/1", Accept = "text/plain" } })
    local arrived = caller.arrived(server)
    assert.equal("mine/1", arrived[#arrived].headers["user-agent"])
    assert.equal("text/plain", arrived[#arrived].headers.accept)
    assert.truthy(arrived[1].headers["user-agent"]:find("^celements/%d"))
    assert.equal("application/json", arrived[1].headers.accept)
  end)
end)
