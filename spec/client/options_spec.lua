-- What a user may pass, and what is refused: at the caller's position, naming the argument.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local child = require "spec.support.child"

local server, client, session

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  session = client:with_token("a-token")
end)
after_each(function()
  session:close()
  client:close()
end)

local function refused(pattern, misuse)
  local text = caller.blamed(misuse)
  assert.truthy(text:find(pattern), text)
  assert.equal(0, #caller.arrived(server))
end

local function make(changes)
  local given = { user_secret = "u", organization_secret = "o", base_url = "http://127.0.0.1:1" }
  for name, value in pairs(changes) do given[name] = value end
  local made = celements.new(given)
  return made
end

describe("misuse", function()
  it("raises where the caller stands, for every call", function()
    refused("^client:request: method must be a string", function() client:request() end)
    refused("^client:request: path must be a string", function() client:request("GET") end)
    refused("^client:request: options must be a table", function() client:request("GET", "/x", "y") end)
    refused("^client:request: unknown option 'boddy' %(did you mean 'body'%?%)", function()
      client:request("GET", "/x", { boddy = {} })
    end)
    refused("^client:with_token: token must be a string", function() client:with_token() end)
    refused("^instances:create: request must be a table", function() client.instances:create() end)
    refused("^instances:create: unknown option 'chek'", function() client.instances:create({}, { chek = false }) end)
    refused("^instances:create: unknown option 'body'", function() client.instances:create({}, { body = {} }) end)
    refused("^instances:update: changes must be a table", function() client.instances:update(1) end)
    refused("^instances:list: option 'page_size'", function() client.instances:list { page_size = 0 } end)
    refused("^instances:each: unknown option 'tag'", function() client.instances:each { tag = "x" } end)
    refused("^session:get: path must be a string", function() session:get() end)
    refused("^session:post: path must be a string", function() session:post(nil, {}) end)
    refused("^session:post: path must be a string", function() session:post(5, { print }) end)
    refused("^session:post: body must be a table or a string", function() session:post("/x", 5) end)
    refused("^session:put: unknown option 'body'", function() session:put("/x", {}, { body = {} }) end)
    refused("^session:patch: option 'timeout'", function() session:patch("/x", {}, { timeout = -1 }) end)
    refused("^session:delete: path must be a string", function() session:delete({}) end)
    refused("^session:each: path must be a string", function() session:each() end)
    refused("^session:each: option 'page_size'", function() session:each("/x", { page_size = 1.5 }) end)
    refused("^session:request: method must be a string", function() session:request() end)
    refused("^session:request: path must be a string", function() session:request("GET") end)
    refused("^session:request: method must be an HTTP method", function() session:request("get", "/x") end)
    refused("^session:request: unknown option 'page'", function() session:request("GET", "/x", { page = 1 }) end)
    refused("^session:pages: path must be a string", function() session:pages() end)
    refused("^client:each: path must be a string", function() client:each() end)
    refused("^client:pages: unknown option 'pages'", function() client:pages("/x", { pages = 1 }) end)
    refused("^session:ping: unknown option 'x'", function() session:ping { x = 1 } end)
    refused("^celements.load_instance: path must be a string", function() celements.load_instance() end)
    refused("^celements.array: list must be a table", function() celements.array("x") end)
  end)

  it("with another call's second result says what to do about it", function()
    local instance = assert(client.instances:create(caller.mailjet()))
    for where, misuse in pairs {
      ["instances:replace"] = function() client.instances:replace(instance.id, client.instances:get(instance.id)) end,
      ["instances:create"] = function() client.instances:create(client.elements:template "mailjet") end,
      ["session:get"] = function() session:get("/x", select(2, client.instances:get(instance.id))) end,
      ["instances:enable"] = function() client.instances:enable(1, select(2, client.instances:get(99999))) end,
    } do
      assert.equal(where .. ": options are the second result of another call: put that call in parentheses",
        caller.blamed(misuse))
    end
  end)

  it("with the error of another call says what went wrong there", function()
    for where, misuse in pairs {
      ["instances:create"] = function() client.instances:create(celements.load_instance "/nowhere/at/all") end,
      ["instances:ensure"] = function() client.instances:ensure("k", celements.load_instance "/nowhere/at/all") end,
      ["instances:update"] = function() client.instances:update(1, celements.load_instance "/nowhere/at/all") end,
    } do
      local argument = where == "instances:update" and "changes" or "request"
      assert.equal(("%s: %s must be a table, not nil: /nowhere/at/all: No such file or directory"):format(where,
        argument), caller.blamed(misuse))
    end
    assert.equal("instances:create: request must be a table, not a string",
      caller.blamed(function() client.instances:create("x", select(2, client.instances:get(99999))) end))
  end)

  it("raises for an id that could mean another thing than it should", function()
    for _, name in ipairs { "get", "delete", "update" } do
      for _, id in ipairs { "", -1, 1.5, 0 / 0, math.huge, true } do
        local text = caller.blamed(function() client.instances[name](client.instances, id, {}) end)
        assert.truthy(text:find("^instances:" .. name .. ": id must be a whole number or a non%-empty string"), text)
      end
      local text = caller.blamed(function() client.instances[name](client.instances, nil, {}) end)
      assert.truthy(text:find("id must be", 1, true))
      for _, id in ipairs { ".", "..", "a\0b", "a\nb" } do
        pcall(client.instances[name], client.instances, id, {})
      end
    end
    for _, entry in ipairs(caller.arrived(server)) do
      assert.truthy(entry.path:find("^/instances/a%%0[0Aa]b$"), entry.path) -- libcurl writes either case
    end
  end)

  it("raises for a header that would be another request's, or another header", function()
    for _, value in ipairs { "a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b" } do
      refused("^client:request: header X%-Id must hold no CR, LF or NUL", function()
        client:request("GET", "/x", { headers = { ["X-Id"] = value } })
      end)
    end
    for _, name in ipairs { "X Id", "X:Id", "X\r\nY", "", "\195\169", "X\0Y" } do
      local ok = pcall(client.request, client, "GET", "/x", { headers = { [name] = "v" } })
      assert.is_false(ok, name)
    end
    for _, name in ipairs { "Authorization", "AUTHORIZATION", "Host", "Content-Length", "Transfer-Encoding" } do
      local text = caller.blamed(function() client:request("GET", "/x", { headers = { [name] = "v" } }) end)
      assert.equal(("client:request: header %s is set by celements itself"):format(name), text)
    end
    refused("option 'headers' must have string names", function()
      client:request("GET", "/x", { headers = { "v" } })
    end)
    refused("header 'X' must be a string, number or boolean", function()
      client:request("GET", "/x", { headers = { X = {} } })
    end)
  end)

  it("raises for a path that leaves the API, or holds control characters", function()
    for _, path in ipairs {
      "", "x", "http://evil.example/x", "/..", "/a/../b", "/%2e%2e/x", "/.%2E/x", "/./x", "/a\r\nHost: evil", "/a\0b",
    } do
      refused("^session:get: path must start with /", function() session:get(path) end)
    end
  end)

  it("raises for a method that is none", function()
    for _, method in ipairs { "", "get", "GET /x HTTP/1.1\r\nA: b", "GE T", "GET\0" } do
      refused("^client:request: method must be an HTTP method", function() client:request(method, "/x") end)
    end
  end)

  it("raises for a query that cannot be one", function()
    refused("option 'query' must have string names", function() client:request("GET", "/x", { query = { "a" } }) end)
    refused("query 'a' must be a string, number or boolean", function()
      client:request("GET", "/x", { query = { a = print } })
    end)
    refused("query 'a' must be a string, number or boolean", function()
      client:request("GET", "/x", { query = { a = { celements.null } } })
    end)
    refused("query 'a' must be a string, number or boolean, not a table", function()
      session:get("/x", { query = { a = { { 1 } } } })
    end)
    for _, list in ipairs { {}, { x = 1 }, { 1, x = 2 }, { [2] = 1 } } do
      refused("query 'a' must be a value or a list of at least one value, without holes", function()
        session:get("/x", { query = { a = list } })
      end)
      refused("^session:each: query 'a' must be a value or a list", function()
        for _ in session:each("/x", { query = { a = list } }) do error("an item") end
      end)
      refused("^session:pages: query 'a' must be a value or a list", function()
        session:pages("/x", { query = { a = list } }):next()
      end)
    end
    refused("^session:each: path must start with /", function() session:each("x"):next() end)
    refused("^instances:pages: query 'a' must be", function()
      client.instances:pages({ query = { a = {} } }):next()
    end)
  end)

  it("does not raise for what the platform alone can judge", function()
    local body, err = client:request("PURGE", "//x//y;z=1/", { query = { ["odd name"] = "\0\255" } })
    assert.is_nil(body)
    assert.equal("number", type(err.status))
    assert.equal("PURGE", caller.arrived(server)[1].method)
  end)
end)

describe("the options of a client", function()
  it("are checked by name and type, with the nearest name", function()
    refused("^celements.new: unknown option 'user_secrets' %(did you mean 'user_secret'%?%)", function()
      celements.new { user_secrets = "x" }
    end)
    refused("^celements.new: unknown option 'organisation_secret' %(did you mean 'organization_secret'%?%)", function()
      celements.new { organisation_secret = "x" }
    end)
    refused("^celements.new: option 'timeout' must be a positive number", function() celements.new { timeout = 0 } end)
    refused("^celements.new: options must be a table", function() celements.new("secret") end)
  end)

  it("refuse secrets that would break the header, without repeating them", function()
    for _, secret in ipairs { "a\r\nX: s3cr3t", "s3cr3t\n", "a,s3cr3t", "a\0s3cr3t", "s3cr3t\127" } do
      for _, name in ipairs { "user_secret", "organization_secret" } do
        local ok, message = pcall(make, { [name] = secret })
        assert.is_false(ok)
        assert.truthy(message:find(name, 1, true))
        assert.is_nil(message:find("s3cr3t", 1, true))
      end
      local ok, message = pcall(client.with_token, client, secret)
      assert.is_false(ok)
      assert.truthy(message:find("token must", 1, true))
      assert.is_nil(message:find("s3cr3t", 1, true))
    end
    refused("^client:with_token: token must not be blank", function() client:with_token("") end)
    refused("^celements.new: option 'user_secret'", function()
      celements.new { user_secret = "a,b", organization_secret = "o" }
    end)
    refused("^celements.new: .*user_secret", function()
      celements.new { user_secret = "a\0b", organization_secret = "o" }
    end)
  end)

  it("refuse a base URL that is none", function()
    for _, url in ipairs {
      "api.example.com", "ftp://x", "http://", "https://u:p@x", "https://x?a=1", "https://x#a", "http://x\r\ny", "",
      "://", "file:///etc/passwd", "http:///x",
    } do
      refused("^celements.new: option 'base_url' must be an http", function()
        celements.new { user_secret = "u", organization_secret = "o", base_url = url }
      end)
    end
  end)

  it("take a base URL with a slash at its end, or without a path", function()
    for _, ending in ipairs { "", "/", "//" } do
      local other = caller.client(server, { base_url = server.base_url .. ending })
      if assert(other.instances:list()) then
        local arrived = caller.arrived(server)
        assert.equal("/instances", arrived[#arrived].path)
      end
      other:close()
    end
    local bare = caller.client(server, { base_url = server.base_url:match("^http://[^/]+") })
    assert(bare:request("GET", "/elements/api-v2/elements/keys"))
    bare:close()
  end)

  it("are shown in no text but the base URL", function()
    local other = make {
      user_secret = "s3cr3t-u", organization_secret = "s3cr3t-o", base_url = "https://x.example/api/",
    }
    local own = other:with_token("s3cr3t-t")
    assert.equal("celements.Client (https://x.example/api)", tostring(other))
    assert.equal("celements.Session (https://x.example/api)", tostring(own))
    for _, value in ipairs { other, own, other.instances } do assert.is_nil(caller.find(value, "s3cr3t")) end
  end)

  it("may be overridden for one call", function()
    assert(server:fault { name = "huge", bytes = 5000 })
    local text, err = client:request("GET", "/x", { max_response = 1000 })
    assert.is_nil(text)
    assert.equal("response", err.kind)
    assert(server:fault { name = "huge", bytes = 5000 })
    assert.equal(4998, #assert(client:request("GET", "/x")))
  end)

  it("stay as they are when the table changes later", function()
    local given = { user_secret = "u", organization_secret = "o", base_url = server.base_url }
    local other = celements.new(given)
    given.base_url = "http://127.0.0.1:1"
    assert.equal(("celements.Client (%s)"):format(server.base_url), tostring(other))
  end)
end)

describe("the environment", function()
  local CODE = [[
    local celements = require "celements"
    local ok, client = pcall(celements.new)
    print(ok, tostring(client))
    if ok then client:request("GET", "/elements/keys") end
  ]]

  it("gives the secrets and the base URL that no option gives", function()
    local output = child.run(CODE, {}, {
      CLOUD_ELEMENTS_USER_SECRET = server.user_secret, CLOUD_ELEMENTS_BASE_URL = server.base_url,
      CLOUD_ELEMENTS_ORGANIZATION_SECRET = server.organization_secret,
    })
    assert.truthy(output:find(server.base_url, 1, true))
    assert.equal(200, caller.arrived(server)[1].status)
  end)

  it("that is silent leaves the vendor's platform, and names what is missing", function()
    local none = { CLOUD_ELEMENTS_USER_SECRET = false, CLOUD_ELEMENTS_ORGANIZATION_SECRET = false,
      CLOUD_ELEMENTS_BASE_URL = false }
    local output = child.run(CODE, {}, none)
    assert.truthy(output:find("option 'user_secret' is missing: give it, or set $CLOUD_ELEMENTS_USER_SECRET", 1, true))
    output = child.run(CODE, {}, { CLOUD_ELEMENTS_USER_SECRET = "u", CLOUD_ELEMENTS_ORGANIZATION_SECRET = "" })
    assert.truthy(output:find("option 'organization_secret' is missing", 1, true))
    output = child.run([[print(require("celements").new { user_secret = "u", organization_secret = "o" })]], {}, none)
    assert.truthy(output:find("(https://api.cloud-elements.com/elements/api-v2)", 1, true))
  end)

  it("gives way to the options", function()
    local output = child.run([[
      print(require("celements").new { user_secret = "u", organization_secret = "o", base_url = "http://127.0.0.1:1" })
    ]], {}, { CLOUD_ELEMENTS_BASE_URL = "https://other.example" })
    assert.truthy(output:find("(http://127.0.0.1:1)", 1, true))
  end)
end)
