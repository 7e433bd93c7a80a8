-- No secret, token or request body is in an error, in any of its fields, or in what an object prints: not even when the
-- server sends it back.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local BODY = { ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7" }

local server, client, token, session

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server, { retries = 0 })
  token = assert(client.instances:create(caller.mailjet())).token
  session = client:with_token(token)
end)
after_each(function()
  session:close()
  client:close()
end)

-- Arms a refusal that quotes the text in every place where an error could take it from.
local function echo(text, status)
  assert(server:fault {
    name = "status", status = status or 400, times = 1,
    body = { requestId = "id " .. text, message = "You sent " .. text .. "!", providerMessage = text .. " is wrong" },
    headers = { ["Elements-Error"] = text },
  })
end

local function assert_hidden(text, err, body)
  assert.is_nil(body)
  assert.equal("string", type(err.kind))
  assert.is_nil(caller.find(err, text))
end

describe("an error", function()
  it("never repeats the application's secrets, whatever the status", function()
    for _, secret in ipairs { server.user_secret, server.organization_secret } do
      for _, status in ipairs { 400, 401, 404, 500, 502 } do
        echo(secret, status)
        local body, err = client:request("GET", "/elements")
        assert_hidden(secret, err, body)
        assert.truthy(err.message:find("You sent ********!", 1, true))
        echo(secret, status)
        body, err = session:get("/objects")
        assert_hidden(secret, err, body)
      end
    end
  end)

  it("never repeats a secret as a request id", function()
    local secret = server.user_secret
    local body = ('{"message":"m","requestId":"%s"}'):format(secret)
    assert(server:fault { name = "html", status = 400, body = body })
    local none, err = client:request("GET", "/x")
    assert_hidden(secret, err, none)
    assert(server:fault { name = "status", status = 400, headers = { ["Elements-Request-Id"] = secret } })
    none, err = client:request("GET", "/x")
    assert_hidden(secret, err, none)
  end)

  it("never repeats the whole Authorization header", function()
    local line = ("User %s, Organization %s"):format(server.user_secret, server.organization_secret)
    echo(line)
    local body, err = client.instances:list()
    assert_hidden(server.user_secret, err, body)
    assert.is_nil(caller.find(err, server.organization_secret))
  end)

  it("never repeats the element token", function()
    echo(token)
    local body, err = session:ping()
    assert_hidden(token, err, body)
    echo(token .. token)
    body, err = session:post("/hubs/messaging/messages", {})
    assert_hidden(token, err, body)
  end)

  it("never repeats a configuration value of a creation or an update", function()
    for _, value in pairs(BODY) do
      echo(value)
      local body, err = client.instances:create(caller.mailjet())
      assert_hidden(value, err, body)
      echo(value, 401)
      body, err = client.instances:update(1234, { configuration = BODY })
      assert_hidden(value, err, body)
    end
  end)

  it("never repeats a value of which another is a part", function()
    local configuration = {}
    for index = 1, 20 do configuration["key" .. index] = ("s3cr3t-abcdefghijklmnopqrst"):sub(1, 6 + index) end
    local longest = configuration.key20
    echo(longest)
    local body, err = client.instances:create(caller.mailjet { configuration = configuration }, { check = false })
    assert_hidden("s3cr3t", err, body)
    assert.is_nil(caller.find(err, "opqrst"))
  end)

  it("is not torn up by secrets of a few letters", function()
    local other = caller.client(server, { user_secret = "u", organization_secret = "an" })
    assert(server:fault { name = "status", status = 401, body = { message = "Invalid Organization or User secret" } })
    local _, err = other:request("GET", "/elements")
    other:close()
    assert.equal("Invalid Organization or User secret", err.message)
    local message = "mail: mailjet.api.key, mail.api.key, mail-box and airmail"
    assert(server:fault { name = "status", status = 400, body = { message = message } })
    _, err = client:request("POST", "/x", { body = { name = "mail" } })
    assert.equal("********: mailjet.api.key, mail.api.key, mail-box and airmail", err.message)
  end)

  it("never repeats a part of two values that overlap", function()
    echo "Fq7-s3cr3t-Zk9wXy"
    local body, err = client:request("POST", "/x", { body = { a = "Fq7-s3cr3t", b = "s3cr3t-Zk9wXy" } })
    for _, part in ipairs { "Fq7", "s3cr3t", "wXy" } do assert_hidden(part, err, body) end
  end)

  it("never repeats a value in an encoded form", function()
    local secret = 'p\\q"r/s\n\127t%u~ v'
    local escaped = core.escape(secret)
    for _, form in ipairs {
      secret, escaped, escaped:lower(), escaped:gsub("%%20", "+"):gsub("%%2F", "/"), core.encode(secret):sub(2, -2),
    } do
      echo(form)
      local body, err = client:request("POST", "/x", { body = { password = secret } })
      assert.is_nil(body)
      assert.equal("You sent ********!", err.message)
      assert.equal("******** is wrong", err.provider_message)
    end
  end)

  it("never repeats a nested configuration value, or what an OAuth callback brought", function()
    echo "s3cr3t-nested"
    local body, err = client.instances:create(caller.mailjet {
      configuration = { ["mailjet.api.key"] = "a", ["mailjet.api.secret"] = "b", deep = { x = { "s3cr3t-nested" } } },
    }, { check = false })
    assert_hidden("s3cr3t", err, body)
    echo "s3cr3t-code"
    body, err = client.instances:create(caller.mailjet { providerData = { code = "s3cr3t-code" } }, { check = false })
    assert_hidden("s3cr3t", err, body)
    echo "s3cr3t-element"
    body, err = client.instances:create(caller.mailjet {
      element = { key = "mailjet", configuration = { password = "s3cr3t-element" } },
    }, { check = false })
    assert_hidden("s3cr3t", err, body)
  end)

  it("never repeats the body of any other call", function()
    echo "s3cr3t-body"
    local body, err = session:post("/hubs/messaging/messages", { subject = "s3cr3t-body" })
    assert_hidden("s3cr3t", err, body)
    echo "s3cr3t-body"
    body, err = client:request("POST", "/instances", { body = { configuration = { password = "s3cr3t-body" } } })
    assert_hidden("s3cr3t", err, body)
  end)

  it("never repeats a value of a body that is a text: JSON or a form", function()
    for _, text in ipairs {
      '{"password":"hunter2-very-secret"}', '[1,{"a":{"b":["hunter2-very-secret"]}}]', '"hunter2-very-secret"',
      '{"password":"hunter2\\u002dvery-secret"}', "hunter2-very-secret",
      "user=u&password=hunter2-very-secret&x", "password=hunter2%2dvery%2Dsecret", "hunter2-very-secret&x",
    } do
      echo "hunter2-very-secret"
      local body, err = client:request("POST", "/x", { body = text })
      assert_hidden("hunter2", err, body)
      assert.equal("You sent ********!", err.message)
    end
    echo "my very secret"
    local body, err = client:request("POST", "/x", { body = "a=b&password=my+very+secret" })
    assert_hidden("secret", err, body)
    echo "my+very/secret"
    body, err = client:request("POST", "/x", { body = "password=my+very%2Fsecret" })
    assert_hidden("secret", err, body)
  end)

  it("never repeats a digit of a number", function()
    local card = 1234567890123456
    for _, given in ipairs {
      { body = { card = card } }, { body = '{"card":1234567890123456}' }, { query = { card = card } },
      { headers = { ["X-Card"] = card } },
    } do
      echo "1234567890123456"
      local body, err = client:request("POST", "/x", given)
      assert_hidden("3456", err, body)
    end
    echo "1234.5678901234567"
    local body, err = client:request("POST", "/x", { body = { 1234.5678901234567 } })
    assert_hidden("1234", err, body)
    echo "12345678901234567890"
    body, err = client:request("POST", "/x", { body = '{"card":12345678901234567890}' })
    assert_hidden("1234", err, body)
  end)

  it("never repeats a value in the query of its path that the server sends back", function()
    for sent, back in pairs {
      ["?apiSecret=s3cr3t-query"] = "s3cr3t-query", ["?a=b&apiSecret=s3cr3t%2Dquery&c"] = "s3cr3t-query",
      ["?apiSecret=s3cr3t%2fquery"] = "s3cr3t%2fquery", ["?apiSecret=s3cr3t+query"] = "s3cr3t query",
      ["?apiSecret=s3cr3t%2Bquery"] = "s3cr3t%2bquery", ["?apiSecret=s3cr3t%20query"] = "s3cr3t+query",
      ["?s3cr3t+query"] = "s3cr3t+query", ["?apiSecret=s3cr3t=query"] = "s3cr3t=query",
    } do
      echo(back)
      local body, err = client:request("GET", "/elements/sfdc/oauth/url" .. sent, { query = { b = "c" } })
      assert_hidden("s3cr3t", err, body)
      assert.is_nil(caller.find(err, "query"))
    end
  end)

  it("never repeats the query of its path", function()
    for _, fault in ipairs { { name = "status", status = 400 }, { name = "reset", times = 5 }, { name = "html" } } do
      assert(server:fault(fault))
      local body, err = client:request("GET", "/elements/box/oauth/url?apiSecret=s3cr3t", { query = { b = "s3cr3t" } })
      assert_hidden("s3cr3t", err, body)
      assert.equal("/elements/box/oauth/url", err.path)
      assert(server:clear_faults())
    end
    local body, err = client:request("POST", "/x?apiSecret=s3cr3t", { body = { bad = print } })
    assert_hidden("s3cr3t", err, body)
    client:close()
    body, err = client:request("GET", "/x?apiSecret=s3cr3t")
    assert_hidden("s3cr3t", err, body)
  end)

  it("never repeats a value that it refuses before sending", function()
    for _, request in ipairs {
      caller.mailjet { configuration = { ["mailjet.api.key"] = "s3cr3t", ["event.vendor.type"] = "s3cr3t" } },
      caller.mailjet { configuration = { ["mailjet.api.key"] = "s3cr3t", bad = print } },
      caller.mailjet { configuration = "s3cr3t" },
      caller.mailjet { name = "s3cr3t", configuration = { x = "s3cr3t" } },
    } do
      local body, err = client.instances:create(request)
      assert_hidden("s3cr3t", err, body)
      assert.equal("configuration", err.kind)
    end
  end)

  it("never repeats a secret that a transport would", function()
    assert(server:fault { name = "invalid_json", body = server.user_secret })
    local body, err = client:request("GET", "/x")
    assert_hidden(server.user_secret, err, body)
    assert(server:fault { name = "html", body = "<p>" .. server.user_secret })
    body, err = client:request("GET", "/x")
    assert_hidden(server.user_secret, err, body)
  end)
end)

describe("what an object prints", function()
  it("holds no secret, open or closed", function()
    local _, info = assert(client:request("GET", "/elements/keys"))
    for _ = 1, 2 do
      for _, value in ipairs { client, session, client.instances, info } do
        for _, secret in ipairs { server.user_secret, server.organization_secret, token } do
          assert.is_nil(caller.find(value, secret))
        end
      end
      session:close()
      client:close()
    end
  end)
end)
