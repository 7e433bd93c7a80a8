local core = require "celements.core"
local wanted = require "celements.configuration.wanted"

local function entry(key, changes)
  local made = { key = key, required = true, type = "TEXTFIELD_32" }
  for name, value in pairs(changes or {}) do made[name] = value end
  return made
end

describe("what a request must supply", function()
  it("is what is required and has no default", function()
    assert.same({ "a", "b" }, wanted.keys({
      entry "a", entry("b", { defaultValue = core.null }), entry("c", { defaultValue = "x" }),
      entry("d", { defaultValue = "" }), entry("e", { required = false }), entry("f", { required = core.null }),
    }, {}))
  end)

  it("is not what the platform, the account or a reseller supplies", function()
    for _, flag in ipairs { "hideFromConsole", "internal", "companyConfig", "resellerConfig" } do
      assert.same({}, wanted.keys({ entry("a", { [flag] = true }) }, {}))
      assert.same({ "a" }, wanted.keys({ entry("a", { [flag] = false }) }, {}))
    end
    assert.same({}, wanted.keys({ entry("a", { active = false }) }, {}))
    assert.same({}, wanted.keys({ entry "event.x", entry "bulk.x", entry "oauth.user.token" }, {}))
  end)

  it("is unknown where the way to authenticate can be chosen", function()
    assert.same({}, wanted.keys({ entry "a", entry("kind", { groupControl = true, required = false }) }, {}))
    assert.same({}, wanted.keys({ entry "a", entry("authentication.type", { required = false }) }, {}))
  end)

  it("depends on the flow", function()
    local entries = {
      entry "oauth.callback.url", entry "oauth.api.key", entry "oauth.api.secret", entry "oauth.scope", entry "site",
    }
    local function keys(request) return table.concat(wanted.keys(entries, request), " ") end
    local all = "oauth.callback.url oauth.api.key oauth.api.secret oauth.scope site"
    assert.equal(all, keys {})
    assert.equal(all, keys { externalAuthentication = "none", providerData = core.null, oauthProxy = core.null })
    assert.equal("oauth.callback.url oauth.api.key oauth.api.secret", keys { providerData = { code = "c" } })
    assert.equal("oauth.api.key oauth.api.secret site", keys { externalAuthentication = "initial" })
    assert.equal("", keys { externalAuthentication = "later" })
    assert.equal("site", keys { oauthProxy = { isOauthProxy = true } })
    assert.equal("", keys { oauthProxy = { isOauthProxy = true }, providerData = { code = "c" } })
  end)
end)

describe("a value", function()
  local function fault(kind, value) return wanted.fault({ key = "a", type = kind }, value) end

  it("of a BOOLEAN is true or false, as a boolean or a word", function()
    for _, value in ipairs { true, false, "true", "False", " true " } do assert.is_nil(fault("BOOLEAN", value)) end
    for _, value in ipairs { "yes", "1", 1, {} } do assert.equal("must be true or false", fault("BOOLEAN", value)) end
  end)

  it("of a TEXTFIELD has its length in characters at most", function()
    assert.is_nil(fault("TEXTFIELD_32", ("x"):rep(32)))
    assert.is_nil(fault("TEXTFIELD_32", ("\195\169"):rep(32)))
    assert.equal("is longer than 32 characters", fault("TEXTFIELD_32", ("\195\169"):rep(33)))
    assert.is_nil(fault("TEXTFIELD_32", 1))
  end)

  it("of another type can be anything", function()
    for _, kind in ipairs { "TEXTAREA", "PASSWORD", "TEXTFIELD_x", "new" } do
      assert.is_nil(fault(kind, ("x"):rep(5000)))
    end
    assert.is_nil(fault(nil, "x"))
  end)
end)
