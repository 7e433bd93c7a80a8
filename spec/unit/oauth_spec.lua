-- The application's side of OAuth: states, callbacks, requests. Nothing is sent.
local caller = require "spec.support.caller"
local celements = require "celements"

local oauth = celements.oauth

local SECRET = "a secret of the application"

describe("a state", function()
  local now, states

  before_each(function()
    now = 1525168800
    states = oauth.state { secret = SECRET, lifetime = 60, clock = function() return now end }
  end)

  local function refused(own, text, binding)
    local ok, err = own:check(text, binding)
    assert.is_nil(ok)
    assert.equal("unauthorized", err.kind)
    if text and text ~= "" then assert.is_nil(caller.find(err, text)) end
  end

  it("is right for what it was made for, and for nobody else", function()
    local text = assert(states:make "session 17")
    assert.is_true(states:check(text, "session 17"))
    refused(states, text, "session 18")
    refused(states, text)
    assert.is_true(states:check(assert(states:make())))
  end)

  it("cannot be guessed, and goes into a URL as it is", function()
    local seen = {}
    for _ = 1, 100 do
      local text = assert(states:make "a")
      assert.is_nil(seen[text])
      assert.matches("^%d+%.%x+%.%x+$", text)
      seen[text] = true
    end
  end)

  it("cannot be changed, in any place", function()
    local text = assert(states:make "a")
    for at = 1, #text do
      local byte = text:sub(at, at)
      refused(states, text:sub(1, at - 1) .. (byte == "1" and "2" or "1") .. text:sub(at + 1), "a")
      refused(states, text:sub(1, at - 1), "a")
    end
    refused(states, text .. "0", "a")
  end)

  it("expires", function()
    local text = assert(states:make "a")
    now = now + 59
    assert.is_true(states:check(text, "a"))
    now = now + 1
    refused(states, text, "a")
  end)

  it("is known to whoever has the secret, and to no other", function()
    local text = assert(states:make "a")
    local clock = function() return now end
    assert.is_true(oauth.state({ secret = SECRET, clock = clock }):check(text, "a"))
    refused(oauth.state { secret = SECRET .. "x", clock = clock }, text, "a")
    refused(oauth.state { clock = clock }, text, "a")
  end)

  it("needs no secret within a process", function()
    assert.is_true(oauth.state():check(assert(oauth.state():make "a"), "a"))
  end)

  it("is refused when there is none", function()
    refused(states, nil, "a")
    refused(states, "", "a")
    refused(states, "mailjet", "a")
    refused(states, ("1."):rep(100000), "a")
  end)

  it("needs luaossl, and says so", function()
    local preload, loaded = package.preload, package.loaded
    local rand, hmac = loaded["openssl.rand"], loaded["openssl.hmac"]
    local text = assert(states:make "a")
    for _, name in ipairs { "openssl.rand", "openssl.hmac" } do
      loaded[name], preload[name] = nil, function() error("no luaossl here", 0) end
    end
    local made, err = states:make "a"
    local ok, why = states:check(text, "a")
    preload["openssl.rand"], preload["openssl.hmac"] = nil, nil
    loaded["openssl.rand"], loaded["openssl.hmac"] = rand, hmac
    assert.is_nil(made)
    assert.equal("unavailable", err.kind)
    assert.matches("luaossl", tostring(err))
    assert.is_nil(ok)
    assert.equal("unavailable", why.kind)
  end)

  it("raises for what cannot be right", function()
    for text, misuse in pairs {
      ["celements.oauth.state: option 'secret' must have at least 16 bytes"] =
        function() oauth.state { secret = "short" } end,
      ["celements.oauth.state: unknown option 'lifetim' (did you mean 'lifetime'?)"] =
        function() oauth.state { lifetim = 1 } end,
      ["state:make: binding must be a string, not a number"] = function() states:make(17) end,
      ["state:check: binding must be a string, not a number"] = function() states:check("x", 17) end,
    } do
      assert.equal(text, caller.blamed(misuse))
    end
  end)
end)

describe("a callback", function()
  local function read(query, given)
    given = given or { state = "abc" }
    return oauth.callback(query, given)
  end

  local function refused(kind, query, given)
    local data, err = read(query, given)
    assert.is_nil(data)
    assert.equal(kind, err.kind)
    for _, secret in ipairs { "s3cr3t", "abc" } do assert.is_nil(caller.find(err, secret)) end
    return err
  end

  it("gives what the platform wants of it, from text or a table", function()
    assert.same({ code = "a b/+", realmId = "17" }, read "code=a+b%2F%2B&state=abc&realmId=17&other=x")
    assert.same({ code = "c" }, read "?state=abc&code=c#_=_")
    assert.same({ code = "c" }, read { code = "c", state = "abc", other = true })
    assert.same({ access_token = "t", expires_in = "60" }, read "access_token=t&expires_in=60&state=abc")
  end)

  it("gives more when asked for it", function()
    assert.same({ code = "c", shop = "x" }, read("code=c&shop=x&state=abc", { state = "abc", fields = { "shop" } }))
  end)

  it("is refused with a wrong state, before anything else", function()
    refused("unauthorized", "code=s3cr3t&state=abd")
    refused("unauthorized", "code=s3cr3t")
    refused("unauthorized", "error=access_denied&state=x")
    local states = oauth.state { secret = SECRET }
    local good = assert(states:make "session")
    assert.same({ code = "c" }, read("code=c&state=" .. good, { state = states, binding = "session" }))
    refused("unauthorized", "code=s3cr3t&state=" .. good, { state = states, binding = "other" })
    assert.same({ code = "c" }, read("code=c", { state = false }))
  end)

  it("says that the provider refused, in its words and without the secrets of the query", function()
    local err = refused("provider", "error=access_denied&error_description=No+%0Athanks&state=abc")
    assert.equal("the provider did not let the application in: access_denied", err.message)
    assert.equal("No  thanks", err.provider_message)
    refused("provider", "error=bad&error_description=code+s3cr3t+is+bad&code=s3cr3t&state=abc")
    err = refused("provider", "error=" .. ("x"):rep(5000) .. "&state=abc")
    assert.is_true(#err.message < 400)
  end)

  it("says that it holds nothing of use", function()
    refused("response", "state=abc")
    refused("response", "code=&state=abc")
    refused("response", "oauth_token=s3cr3t&state=abc")
    refused("response", { code = true, state = "abc" })
  end)

  it("must not hold a parameter twice", function()
    refused("response", "code=s3cr3t&code=c&state=abc")
    refused("response", "code=c&state=x&state=abc")
    refused("response", { code = { "s3cr3t", "c" }, state = "abc" })
  end)

  it("of OAuth 1 belongs to its request token", function()
    local token = { token = "t", secret = "s3cr3t" }
    assert.same({ oauth_token = "t", oauth_verifier = "v", secret = "s3cr3t" },
      read("oauth_token=t&oauth_verifier=v", { request_token = token }))
    assert.same({ oauth_token = "t", oauth_verifier = "v", secret = "s3cr3t" },
      read("oauth_token=t&oauth_verifier=v&state=abc&secret=x", { request_token = token, state = "abc" }))
    refused("unauthorized", "oauth_token=x&oauth_verifier=v", { request_token = token })
    refused("unauthorized", "oauth_token=t&oauth_verifier=v", { request_token = token, state = "abc" })
    refused("response", "oauth_token=t", { request_token = token })
  end)

  it("raises for what cannot be right", function()
    for text, misuse in pairs {
      ["celements.oauth.callback: option 'state' is missing: give what made it, or the state that was sent"] =
        function() oauth.callback("code=c", {}) end,
      ["celements.oauth.callback: option 'state' must be made by celements.oauth.state, a string or false"] =
        function() oauth.callback("code=c", { state = {} }) end,
      ["celements.oauth.callback: option 'request_token' must be what elements:oauth_token gave"] =
        function() oauth.callback("code=c", { request_token = {} }) end,
      ["celements.oauth.callback: unknown option 'states' (did you mean 'state'?)"] =
        function() oauth.callback("code=c", { states = "abc" }) end,
      ["celements.oauth.callback: query must be a string or a table, not nil"] =
        function() oauth.callback(nil, { state = "abc" }) end,
    } do
      assert.equal(text, caller.blamed(misuse))
    end
  end)
end)

describe("a request out of a flow", function()
  local APP = { api_key = "k", api_secret = "s", callback_url = "https://app.example/back" }

  it("is that of OAuth 2 or 1", function()
    assert.same({
      element = { key = "box" }, name = "Files", tags = { "t" }, providerData = { code = "c" },
      configuration = {
        ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s", ["oauth.callback.url"] = "https://app.example/back",
        ["oauth.scope"] = "all", ["document.root"] = "/",
      },
    }, oauth.request {
      element = "box", name = "Files", tags = { "t" }, app = APP, scope = "all", provider_data = { code = "c" },
      configuration = { ["document.root"] = "/" },
    })
  end)

  it("is that of tokens obtained elsewhere", function()
    local second = oauth.request { element = 22, name = "x", app = APP, tokens = { refresh_token = "r" } }
    assert.same({ id = 22 }, second.element)
    assert.equal("initial", second.externalAuthentication)
    assert.equal("r", second.configuration["oauth.user.refresh_token"])
    assert.is_nil(second.providerData)
    local first = oauth.request { element = "twitter", name = "x", app = APP, tokens = { token = "t", secret = "ts" } }
    assert.equal("t", first.configuration["oauth.user.token"])
    assert.equal("ts", first.configuration["oauth.user.token.secret"])
  end)

  it("is that of a proxy", function()
    local proxy = { name = "p", callback = true } -- as it was for the URL
    local made = oauth.request { element = "box", name = "x", proxy = proxy, provider_data = { code = "c" } }
    assert.same({ isOauthProxy = true, oauthProxyName = "p" }, made.oauthProxy)
    assert.same({}, made.configuration)
  end)

  it("raises for what cannot be right", function()
    for text, misuse in pairs {
      ["celements.oauth.request: option 'element' is missing"] =
        function() oauth.request { provider_data = {} } end,
      ["celements.oauth.request: give option 'provider_data' or option 'tokens'"] =
        function() oauth.request { element = "box" } end,
      ["celements.oauth.request, option 'app': unknown option 'apikey' (did you mean 'api_key'?)"] =
        function() oauth.request { element = "box", app = { apikey = "k" }, provider_data = {} } end,
      ["celements.oauth.request, option 'proxy': unknown option 'nam' (did you mean 'name'?)"] =
        function() oauth.request { element = "box", proxy = { nam = "p" }, provider_data = {} } end,
      ["celements.oauth.request: request must be a table, not nil"] = function() oauth.request() end,
    } do
      assert.equal(text, caller.blamed(misuse))
    end
  end)
end)
