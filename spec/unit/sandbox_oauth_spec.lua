local api = require "spec.sandbox.api"
local json = require "celements.sandbox.json"
local request = require "celements.sandbox.request"

local CALLBACK = "https://app.example/back?x=1"
local APP = "apiKey=k&apiSecret=s&callbackUrl=" .. request.encode(CALLBACK)

local sandbox
before_each(function() sandbox = api.new() end)

local function status_of(...)
  return select(2, sandbox:call(...)).status
end

local function url(element, query)
  local answer, response = sandbox:call("GET", ("/elements/%s/oauth/url?%s"):format(element, query))
  assert.equal(200, response.status, response.body)
  return answer.oauthUrl
end

local function browse(address, decision)
  return sandbox.app:provider(request.new(decision and "POST" or "GET", address, {},
    decision and "decision=" .. decision))
end

-- What the provider sends the customer back with.
local function returned(address, decision)
  local response = browse(address, decision or "allow")
  assert.equal(302, response.status, response.body)
  local back, found = response.headers.Location, {}
  for _, entry in ipairs(request.parameters(back:match("%?(.*)"))) do found[entry.name] = entry.value end
  return found, back
end

local function create(element, data, changes)
  local body = { element = { key = element }, name = "o", providerData = json.object(data), configuration = {
    ["oauth.callback.url"] = CALLBACK, ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s",
  } }
  for name, value in pairs(changes or {}) do body[name] = value end
  return sandbox:call("POST", "/instances", body)
end

describe("OAuth 2 in the sandbox", function()
  it("leads from the URL over the consent page to an instance", function()
    local address = url("box", APP .. "&state=abc&scope=root")
    assert.matches("^http://127.0.0.1/provider/box/authorize%?", address)
    local page = browse(address)
    assert.equal(200, page.status)
    assert.matches("Allow", page.body)
    assert.equal("text/html; charset=UTF-8", page.headers["Content-Type"])
    local found, back = returned(address)
    assert.equal("abc", found.state)
    assert.equal("1", found.x)
    assert.matches("^https://app%.example/back%?x=1&code=", back)
    assert.equal("o", create("box", { code = found.code }).name)
  end)

  it("takes a code once", function()
    local code = returned(url("box", APP)).code
    assert.equal(200, select(2, create("box", { code = code })).status)
    local answer, response = create("box", { code = code })
    assert.equal(401, response.status)
    assert.matches("used", answer.providerMessage)
    assert.equal(1, #sandbox.state.instances)
  end)

  it("refuses a code that is invented, another element's, application's or callback's", function()
    assert.equal(401, select(2, create("box", { code = "invented" })).status)
    local code = returned(url("box", APP)).code
    assert.equal(401, select(2, create("sfdc", { code = code })).status)
    for key, value in pairs {
      ["oauth.callback.url"] = "https://other.example", ["oauth.api.key"] = "x", ["oauth.api.secret"] = "x",
    } do
      local configuration = {
        ["oauth.callback.url"] = CALLBACK, ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s",
      }
      configuration[key] = value
      assert.equal(401, select(2, create("box", { code = code }, { configuration = configuration })).status)
    end
    assert.equal(200, select(2, create("box", { code = code })).status)
  end)

  it("says the element's key for a state, and sends a refusal back", function()
    local found = returned(url("box", APP), "deny")
    assert.equal("access_denied", found.error)
    assert.equal("box", found.state)
    assert.is_nil(found.code)
  end)

  it("names every parameter that is missing", function()
    local answer = sandbox:call("GET", "/elements/box/oauth/url?apiSecret=s")
    assert.equal("Missing required parameters: apiKey, callbackUrl", answer.message)
    assert.equal(400, status_of("GET", "/elements/box/oauth/url?apiKey=k&apiSecret=s&callbackUrl=javascript:1"))
    assert.equal(400, status_of("GET", "/elements/mailjet/oauth/url?" .. APP))
    assert.equal(404, status_of("GET", "/elements/nosuch/oauth/url?" .. APP))
  end)

  it("takes key, secret and callback, and no more, in a body", function()
    local body = { apiKey = "k", apiSecret = "s", callbackUrl = CALLBACK, state = "abc" }
    local answer = sandbox:call("POST", "/elements/box/oauth/url", body)
    assert.equal("box", returned(answer.oauthUrl).state)
    assert.is_nil(answer.oauthUrl:find("apiSecret", 1, true))
    assert.equal(400, status_of("POST", "/elements/box/oauth/url", { apiKey = "k" }))
    assert.equal(400, status_of("POST", "/elements/box/oauth/url", "[]"))
    sandbox = api.new { oauth_url_post = false }
    assert.equal(405, status_of("POST", "/elements/box/oauth/url", body))
  end)

  it("authenticates an instance again by PATCH, with a new code only", function()
    local code = returned(url("box", APP)).code
    local id = create("box", { code = code }).id
    local path = ("/instances/%d"):format(id)
    assert.equal(401, status_of("PATCH", path, { providerData = json.object { code = code } }))
    code = returned(url("box", APP)).code
    assert.equal(200, status_of("PATCH", path, { providerData = json.object { code = code } }))
  end)

  it("goes through a proxy that holds the application", function()
    local found = returned(url("box", "isOauthProxy=true&oauthProxyName=p&callbackUrl=https://a.example"))
    local proxy = { configuration = json.object(), oauthProxy = { isOauthProxy = true, oauthProxyName = "p" } }
    local other = { configuration = json.object(), oauthProxy = { isOauthProxy = true, oauthProxyName = "q" } }
    assert.equal(401, select(2, create("box", { code = found.code }, other)).status)
    local through = "isOauthProxy=true&oauthProxyName=p&callbackProxy=true&state=https://b.example"
    local _, back = returned(url("box", through))
    assert.matches("^https://b.example%?code=", back)
    assert.equal(200, select(2, create("box", { code = found.code }, proxy)).status)
    assert.equal(400, status_of("GET", "/elements/box/oauth/url?isOauthProxy=true&callbackUrl=https://a.example"))
  end)
end)

describe("the provider's page in the sandbox", function()
  it("escapes what it shows", function()
    local page = browse(url("box", "apiKey=%3Cb%3E&apiSecret=s&callbackUrl=https://a.example&scope=%3Ci%3E"))
    assert.matches("&lt;b&gt;", page.body)
    assert.is_nil(page.body:find("<i>", 1, true))
  end)

  it("goes nowhere with a request that is not whole", function()
    for _, query in ipairs {
      "", "?client_id=k", "?client_id=k&redirect_uri=javascript:1&response_type=code",
      "?client_id=k&redirect_uri=https://a.example",
    } do
      assert.equal(400, browse("/provider/box/authorize" .. query, "allow").status)
    end
    assert.equal(400, browse(url("box", APP), "perhaps").status)
    assert.equal(400, browse("/provider/twitter/authorize?oauth_token=invented", "allow").status)
    assert.equal(404, browse("/provider/mailjet/authorize", "allow").status)
    assert.equal(404, browse("/provider/x", "allow").status)
  end)
end)

describe("OAuth 1 in the sandbox", function()
  local token

  before_each(function() token = sandbox:call("GET", "/elements/twitter/oauth/token?" .. APP) end)

  it("leads from a request token to an instance, once", function()
    local found = returned(url("twitter", APP .. "&requestToken=" .. token.token))
    assert.equal(token.token, found.oauth_token)
    local data = { oauth_token = found.oauth_token, oauth_verifier = found.oauth_verifier, secret = token.secret }
    assert.equal(200, select(2, create("twitter", data)).status)
    assert.equal(401, select(2, create("twitter", data)).status)
  end)

  it("refuses what was not allowed, or is somebody else's", function()
    local data = { oauth_token = token.token, oauth_verifier = "v", secret = token.secret }
    assert.equal(401, select(2, create("twitter", data)).status)
    data.oauth_verifier = returned(url("twitter", APP .. "&requestToken=" .. token.token)).oauth_verifier
    data.secret = "x"
    assert.equal(401, select(2, create("twitter", data)).status)
    assert.equal("Missing required provider data: oauth_token, oauth_verifier, secret", create("twitter", {}).message)
    assert.equal(400, status_of("GET", "/elements/twitter/oauth/url?" .. APP))
    assert.equal(400, status_of("GET", "/elements/desk/oauth/url?" .. APP .. "&requestToken=" .. token.token))
    assert.equal(400, status_of("GET", "/elements/box/oauth/token?" .. APP))
  end)

  it("takes tokens obtained elsewhere", function()
    local body = { element = { key = "twitter" }, name = "t", externalAuthentication = "initial",
      configuration = { ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s", ["oauth.user.token"] = "t" } }
    local answer = sandbox:call("POST", "/instances", body)
    assert.equal("Missing required configuration: oauth.user.token.secret", answer.message)
    body.configuration["oauth.user.token.secret"] = "ts"
    assert.equal(200, status_of("POST", "/instances", body))
  end)
end)
