-- OAuth from the first step to the last, with a browser that is curl.
local caller = require "spec.support.caller"
local celements = require "celements"
local sandbox = require "celements.sandbox"

local oauth = celements.oauth
local APP = { api_key = "k3y-of-the-app", api_secret = "s3cr3t-of-the-app", callback_url = "https://app.example/back" }

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)

-- The query that the provider sends the customer back with.
local function browse(url, decision)
  local command = "curl -s -o /dev/null -w '%%{redirect_url}' -d decision=%s '%s'"
  local pipe = assert(io.popen(command:format(decision or "allow", url)))
  local back = pipe:read("*a")
  pipe:close()
  return assert(back:match("^https://app%.example/back%?(.*)$"), back)
end

local function box(given)
  given.app = given.app or APP
  local url, info = client.elements:oauth_url("box", given)
  return url, info
end

describe("OAuth 2", function()
  it("shows the customer a page of the provider's", function()
    local url = assert(box { state = "abc" })
    local pipe = assert(io.popen(("curl -s -w ' %%{http_code} %%{content_type}' '%s'"):format(url)))
    local page = pipe:read("*a")
    pipe:close()
    assert.truthy(page:find('value="allow"', 1, true) and page:find('value="deny"', 1, true))
    assert.matches("200 text/html", page)
  end)

  it("goes from the URL to an instance whose token works", function()
    local states = oauth.state()
    local url = assert(box { state = assert(states:make "session") })
    local data = assert(oauth.callback(browse(url), { state = states, binding = "session" }))
    local request = oauth.request { element = "box", name = "Files", app = APP, provider_data = data }
    local instance = assert(client.instances:create(request, { check = "live" }))
    assert.equal("box", instance.element.key)
    assert(client:with_token(instance.token):ping())

    local again, err = client.instances:create(request)
    assert.is_nil(again)
    assert.equal("provider", err.kind)
    for _, secret in ipairs { data.code, APP.api_secret } do assert.is_nil(caller.find(err, secret)) end
  end)

  it("is gone through again for an instance that the platform disabled", function()
    local function data()
      local url = assert(box { state = "abc" })
      return assert(oauth.callback(browse(url), { state = "abc" }))
    end
    local request = oauth.request { element = "box", name = "Files", app = APP, provider_data = data() }
    local made = assert(client.instances:create(request))
    assert(server:flag(made.id, { disabled = true }))
    assert(client.instances:enable(made.id))
    local fresh = data()
    local updated = assert(client.instances:update(made.id, { providerData = fresh }))
    assert.equal(made.token, updated.token)
    assert.is_nil(updated.providerData)
    assert(client:with_token(updated.token):ping())
    local _, err = client.instances:update(made.id, { providerData = fresh })
    assert.equal("provider", err.kind)
    assert.is_nil(caller.find(err, fresh.code))
  end)

  it("ends with an error when the customer refuses", function()
    local data, err = oauth.callback(browse(assert(box { state = "abc" }), "deny"), { state = "abc" })
    assert.is_nil(data)
    assert.equal("provider", err.kind)
    assert.equal("The customer refused", err.provider_message)
  end)

  it("ends with an error when somebody else's callback comes in", function()
    local states = oauth.state()
    local url = assert(box { state = assert(states:make "theirs") })
    local data, err = oauth.callback(browse(url), { state = states, binding = "ours" })
    assert.is_nil(data)
    assert.equal("unauthorized", err.kind)
  end)

  it("refuses a code that nobody gave", function()
    local _, err = client.instances:create(oauth.request {
      element = "box", name = "Files", app = APP, provider_data = { code = "inv3nted-code" },
    })
    assert.equal("provider", err.kind)
    assert.is_nil(caller.find(err, "inv3nted"))
  end)

  it("without a code is missing what the application has of the provider, too", function()
    local _, err = client.instances:create({
      element = { key = "box" }, name = "x", configuration = {}, providerData = { code = "c" },
    }, { check = "live" })
    assert.same({ "oauth.callback.url", "oauth.api.key", "oauth.api.secret" }, err.missing)
  end)
end)

describe("the provider's secret", function()
  local function in_a_url()
    for _, entry in ipairs(caller.arrived(server)) do
      if (entry.query or ""):find(APP.api_secret, 1, true) then return true end
    end
    return false
  end

  it("goes in a body, with a state or without", function()
    assert.truthy(assert(box {}):find("state=box", 1, true))
    assert.truthy(assert(box { state = "a&b#c" }):find("state=a%26b%23c", 1, true))
    assert.is_false(in_a_url())
    assert.equal(2, #caller.arrived(server, "POST"))
  end)

  it("goes in a query where a body does not do", function()
    assert.truthy(assert(box { scope = "root", state = "abc" }):find("scope=root&state=abc", 1, true))
    assert.equal(0, #caller.arrived(server, "POST"))
    assert(server:configure { oauth_url_post = false })
    assert.truthy(assert(box { state = "abc" }):find("state=abc", 1, true))
    assert(server:fault { name = "status", status = 404, match = { method = "POST" } })
    assert(box {})
    assert.equal(2, #caller.arrived(server, "POST"))
    assert.equal(3, #caller.arrived(server, "GET"))
  end)

  it("does not when the caller forbids it", function()
    assert(server:configure { oauth_url_post = false })
    local url, err = box { method = "POST", scope = "root" }
    assert.is_nil(url)
    assert.equal(405, err.status)
    assert.is_false(in_a_url())
    assert(server:configure { oauth_url_post = true })
    assert.truthy(assert(box { method = "POST", state = "abc" }):find("state=abc", 1, true))
    assert(box { method = "GET" })
    assert.is_true(in_a_url())
  end)

  it("is not in an error", function()
    for _, given in ipairs { {}, { scope = "x" }, { method = "GET", state = APP.api_secret } } do
      for _, fault in ipairs {
        { name = "status", status = 400, body = '{"message":"bad ' .. APP.api_secret .. '"}' },
        { name = "status", status = 200, body = '{"oauthUrl":"' .. APP.api_secret .. '"}' },
        { name = "reset", times = 5 },
      } do
        assert(server:fault(fault))
        local url, err = box(given)
        assert.is_nil(url)
        assert.is_nil(caller.find(err, APP.api_secret))
        assert(server:clear_faults())
      end
    end
  end)
end)

describe("the URL of the provider's page", function()
  it("is one that can stand in a header", function()
    for _, url in ipairs { "", "/authorize", "https://x.example/\\r\\nSet-Cookie: a=b", "https://x.example/\\u0000" } do
      assert(server:fault { name = "status", status = 200, body = ('{"oauthUrl":"%s"}'):format(url) })
      local given, err = client.elements:oauth_url("box", { app = APP })
      assert.is_nil(given)
      assert.equal("response", err.kind)
    end
  end)

  it("has what the element wants, and what the caller adds", function()
    assert(client.elements:oauth_url("box", {
      app = APP, site_address = "x.example", subdomain = "sub", parameters = { ["authentication.type"] = "oauth2" },
      query = { extra = 1 }, callback_url = "https://app.example/other",
    }))
    local query = caller.arrived(server, "GET")[1].query
    for _, part in ipairs {
      "siteAddress=x.example", "subdomain=sub", "authentication.type=oauth2", "extra=1", "other",
    } do
      assert.truthy(query:find(part, 1, true), part)
    end
  end)

  it("takes its state in the place of another's, or behind what is there", function()
    for url, expected in pairs {
      ["https://p.example/a?state=box&x=1#f"] = "https://p.example/a?state=a%25b&x=1#f",
      ["https://p.example/a?restate=1"] = "https://p.example/a?restate=1&state=a%25b",
      ["https://p.example/a"] = "https://p.example/a?state=a%25b",
      ["https://p.example/a#f?state=x"] = "https://p.example/a?state=a%25b#f?state=x",
    } do
      assert(server:fault { name = "status", status = 200, body = ('{"oauthUrl":"%s"}'):format(url) })
      assert.equal(expected, (box { state = "a%b" }))
    end
  end)

  it("is refused for an element that has none", function()
    assert.equal("rejected", select(2, client.elements:oauth_url("mailjet", APP)).kind)
    assert.equal("not_found", select(2, client.elements:oauth_url("nosuch", APP)).kind)
    assert(server:fault { name = "status", status = 200, body = "[]" })
    assert.equal("response", select(2, box {}).kind)
  end)

  it("raises for what cannot be right", function()
    for text, misuse in pairs {
      ["elements:oauth_url: option 'app.api_key' is missing: give it, or option 'proxy'"] =
        function() client.elements:oauth_url "box" end,
      ["elements:oauth_url: option 'app.callback_url' is missing: give it, or option 'proxy'"] =
        function() client.elements:oauth_url("box", { api_key = "k", api_secret = "s" }) end,
      ["elements:oauth_url: option 'method' must be 'GET' or 'POST'"] =
        function() client.elements:oauth_url("box", { app = APP, method = "PUT" }) end,
      ["elements:oauth_url, option 'app': unknown option 'key'"] =
        function() client.elements:oauth_url("box", { app = { key = "k" } }) end,
      ["elements:oauth_url: option 'state' must be the application's own callback URL with a proxy's callback"] =
        function() client.elements:oauth_url("box", { proxy = { name = "p", callback = true } }) end,
      ["elements:oauth_url: key must be a whole number or a non-empty string, not nil"] =
        function() client.elements:oauth_url(nil, APP) end,
      ["elements:oauth_token: option 'method' must be 'GET': there is no POST for it"] =
        function() client.elements:oauth_token("twitter", { app = APP, method = "POST" }) end,
      ["elements:oauth_token: unknown option 'statte' (did you mean 'state'?)"] =
        function() client.elements:oauth_token("twitter", { statte = "x" }) end,
    } do
      assert.equal(text, caller.blamed(misuse))
    end
  end)
end)

describe("OAuth 1", function()
  it("goes from the request token to an instance", function()
    local token = assert(client.elements:oauth_token("twitter", { app = APP }))
    local url = assert(client.elements:oauth_url("twitter", { app = APP, request_token = token.token, state = "abc" }))
    local data = assert(oauth.callback(browse(url), { request_token = token, state = "abc" }))
    local request = oauth.request { element = "twitter", name = "Tweets", app = APP, provider_data = data }
    assert.equal("twitter", assert(client.instances:create(request)).element.key)
    local _, err = client.instances:create(request)
    assert.equal("provider", err.kind)
    for _, secret in pairs(data) do assert.is_nil(caller.find(err, secret)) end
  end)

  it("ends with an error when the customer refuses", function()
    local token = assert(client.elements:oauth_token("twitter", APP))
    local url = assert(client.elements:oauth_url("twitter", { app = APP, request_token = token.token }))
    assert.equal("provider", select(2, oauth.callback(browse(url, "deny"), { request_token = token })).kind)
  end)

  it("has no request token for another element", function()
    assert.equal("rejected", select(2, client.elements:oauth_token("box", APP)).kind)
    assert(server:fault { name = "status", status = 200, body = '{"token":"t"}' })
    assert.equal("response", select(2, client.elements:oauth_token("twitter", APP)).kind)
  end)
end)

it("tokens obtained elsewhere need no way through the provider", function()
  for element, tokens in pairs { box = { refresh_token = "r" }, twitter = { token = "t", secret = "ts" } } do
    local request = oauth.request { element = element, name = "x", app = APP, tokens = tokens }
    local instance = assert(client.instances:create(request, { check = "live" }))
    assert.equal("initial", instance.externalAuthentication)
  end
end)

it("a proxy holds what the application has of the provider", function()
  local proxy = { name = "p" }
  local given = { proxy = proxy, callback_url = APP.callback_url, state = "abc" }
  local url = assert(client.elements:oauth_url("box", given))
  local data = assert(oauth.callback(browse(url), { state = "abc" }))
  local request = oauth.request { element = "box", name = "x", proxy = proxy, provider_data = data }
  assert(client.instances:create(request, { check = "live" }))

  proxy.callback = true
  url = assert(client.elements:oauth_url("box", { proxy = proxy, state = APP.callback_url }))
  assert(oauth.callback(browse(url), { state = APP.callback_url }))
end)
