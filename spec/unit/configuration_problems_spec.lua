local catalogue = require "celements.catalogue"
local problems = require "celements.configuration.problems"

-- JSON null is a userdata in every JSON library; any userdata stands for it.
local null = io.stdout

local function mailjet(changes)
  local request = {
    element = { key = "mailjet" },
    configuration = { ["mailjet.api.key"] = "k-4711", ["mailjet.api.secret"] = "s-4711" },
    tags = { "newsletter" },
    name = "Newsletter",
  }
  for key, value in pairs(changes or {}) do request[key] = value end
  return request
end

local function with(key, value)
  local request = mailjet()
  request.configuration[key] = value
  return request
end

local function message(request)
  local problem = problems.check(request)
  return problem and problem.message
end

local BOTH = "missing configuration for mailjet: mailjet.api.key, mailjet.api.secret"

describe("problems.check", function()
  it("finds nothing wrong with a complete request", function()
    assert.is_nil(problems.check(mailjet()))
  end)

  it("names every required entry that is missing or empty", function()
    assert.same({
      element = "mailjet",
      missing = { "mailjet.api.secret" },
      placeholders = {},
      invalid = {},
      message = "missing configuration for mailjet: mailjet.api.secret",
    }, problems.check(with("mailjet.api.secret", nil)))
    for _, empty in ipairs({ "", "  ", "\t\n", null }) do
      assert.equal("missing configuration for mailjet: mailjet.api.key", message(with("mailjet.api.key", empty)))
    end
    assert.equal(BOTH, message(mailjet({ configuration = {} })))
    assert.equal(BOTH, message(mailjet({ configuration = null })))
    assert.equal(BOTH, message({ element = { key = "mailjet" } }))
    assert.equal(BOTH, message({ element = { key = "mailjet", id = 84, name = "MailJet Beta" } }))
    assert.equal(BOTH, message(mailjet({ configuration = { ["MAILJET.API.KEY"] = "k", ["mailjet.api"] = "s" } })))
  end)

  it("reads entries as the JSON encoder does, without metamethods", function()
    local request = mailjet()
    request.configuration = setmetatable({}, { __index = request.configuration })
    assert.equal(BOTH, message(request))
    request.configuration = setmetatable({}, { __index = error })
    assert.equal(BOTH, message(request))
  end)

  it("takes false, numbers and tables for values", function()
    for _, value in ipairs({ false, true, 0, 1.5, {} }) do
      assert.is_nil(problems.check(with("mailjet.api.key", value)))
    end
  end)

  it("takes a null for an absent field, and \"none\" for no external authentication", function()
    local request = mailjet({ configuration = {}, externalAuthentication = null, providerData = null })
    request.oauthProxy, request.element.configuration, request.element.id = null, null, null
    assert.equal(BOTH, message(request))
    request.externalAuthentication = "none"
    assert.equal(BOTH, message(request))
  end)

  local flows = {
    ["external authentication"] = function(request) request.externalAuthentication = "initial" end,
    ["an external authentication yet unknown"] = function(request) request.externalAuthentication = "later" end,
    ["an OAuth proxy"] = function(request) request.oauthProxy = { isOauthProxy = true, oauthProxyName = "p" } end,
    ["an OAuth code"] = function(request) request.providerData = { code = "c" } end,
    ["provider data without entries"] = function(request) request.providerData = {} end,
    ["a configuration under the element"] = function(request)
      request.configuration, request.element.configuration = nil, { x = "y" }
    end,
    ["configuration definitions under the element"] = function(request)
      request.element.configuration = { { key = "x", defaultValue = "********" } }
    end,
    ["another element's number beside the key"] = function(request) request.element.id = 999999 end,
    ["an element given by number"] = function(request)
      request.element = { id = catalogue.get(request.element.key).id }
    end,
    ["an element named by the path"] = function(request) request.element = nil end,
    ["an element that is null"] = function(request) request.element = null end,
    ["an element key in another case"] = function(request) request.element.key = request.element.key:upper() end,
  }

  for flow, change in pairs(flows) do
    it("never refuses for missing entries with " .. flow, function()
      local count = 0
      for _, key in ipairs(catalogue.keys()) do
        local request = { element = { key = key }, configuration = {}, name = "n" }
        change(request)
        assert.is_nil(problems.check(request), key)
        count = count + 1
      end
      assert.is_true(count > 100)
    end)
  end

  it("passes every element of the catalogue whose entries are all supplied", function()
    local values = {
      ["event.poller.refresh_interval"] = "15",
      ["event.vendor.type"] = "polling",
      ["event.notification.callback.url"] = "https://example.com/",
    }
    for _, key in ipairs(catalogue.keys()) do
      local request = { element = { key = key }, configuration = {}, name = "n", tags = { "t" } }
      for _, entry in ipairs(catalogue.get(key).entries) do
        request.configuration[entry.key] = values[entry.key] or entry.type == "boolean" and "true" or "v"
      end
      assert.is_nil(message(request), key)
    end
  end)

  it("refuses an element of the catalogue for its strong entries alone", function()
    for _, key in ipairs(catalogue.keys()) do
      local strong = {}
      for _, entry in ipairs(catalogue.get(key).entries) do
        if entry.strong then table.insert(strong, entry.key) end
      end
      local problem = problems.check({ element = { key = key }, configuration = {} })
      assert.same(strong, problem and problem.missing or {}, key)
    end
  end)

  it("lets unknown elements and unknown keys pass", function()
    assert.is_nil(problems.check({ element = { key = "nosuchelement" }, configuration = {} }))
    assert.is_nil(problems.check(with("no.such.key", "v")))
    assert.is_nil(problems.check({}))
  end)

  it("names every placeholder left in, and no missing entry for it", function()
    local problem = problems.check({
      element = { key = "mailjet" },
      configuration = {
        ["mailjet.api.key"] = "<INSERT_MAILJECT_API_KEY>",
        ["mailjet.api.secret"] = " <insert_mailject_api_secret>\n",
        ["event.poller.configuration"] = { contacts = { url = "<INSERT_URL>" } },
        ["event.vendor.type"] = "<INSERT_TYPE>",
      },
      tags = { "t", "<INSERT_TAGS>" },
      name = "<INSERT_INSTANCE_NAME>",
      providerData = { code = "<INSERT_CODE>" },
    })
    assert.same({
      "configuration.event.poller.configuration.contacts.url", "configuration.event.vendor.type",
      "configuration.mailjet.api.key", "configuration.mailjet.api.secret", "name", "providerData.code", "tags[2]",
    }, problem.placeholders)
    assert.same({}, problem.missing)
    assert.same({}, problem.invalid)
    assert.equal("placeholder left in: " .. table.concat(problem.placeholders, ", "), problem.message)
    assert.equal("placeholder left in: element.key", message({ element = { key = "<INSERT_KEY>" } }))
  end)

  it("takes a placeholder's text for a value where it is only a part", function()
    for _, value in ipairs({ "x <INSERT_TAGS>", "<INSERT_A><INSERT_B>", "INSERT_TAGS", "<b>bold</b>", "<INSERT" }) do
      assert.is_nil(problems.check(mailjet({ name = value })), value)
    end
  end)

  it("reports a placeholder in a shared table wherever it stands, and survives a table that holds itself", function()
    local shared = { "<INSERT_X>" }
    local loop = {}
    loop.loop = loop
    assert.same({ "configuration.a[1]", "tags[1]" },
      problems.check({ configuration = { a = shared, b = loop }, tags = shared }).placeholders)
  end)

  it("never sends a mask as if it were a value", function()
    local problem = problems.check(with("mailjet.api.secret", "********"))
    assert.same({ { key = "mailjet.api.secret", reason = "is masked, give the real value" } }, problem.invalid)
    assert.equal("mailjet.api.secret is masked, give the real value", problem.message)
    assert.same({}, problem.missing)
    assert.is_nil(problems.check(with("mailjet.api.secret", "*********")))
    assert.equal("x is masked, give the real value", message({ element = { configuration = { x = "********" } } }))
  end)

  it("refuses a common property that cannot be right, and lets it be empty", function()
    assert.equal("event.vendor.type must be polling, webhook or webhooks", message(with("event.vendor.type", "push")))
    local problem = problems.check({ element = { configuration = { ["filter.response.nulls"] = 1 } } })
    assert.same({ { key = "filter.response.nulls", reason = "must be true or false" } }, problem.invalid)
    for _, value in ipairs({ "", " ", null }) do
      assert.is_nil(problems.check(with("event.vendor.type", value)))
    end
  end)

  it("refuses a configuration that is no map, and does not call its entries missing", function()
    for _, value in ipairs({ "text", 1, false, { { key = "mailjet.api.key", propertyValue = "k" } } }) do
      local request = mailjet()
      request.configuration = value
      assert.equal("configuration must be a table of keys and values", message(request))
    end
  end)

  it("says everything in one line, and no value", function()
    local request = {
      element = { key = "mailjet" },
      configuration = { ["event.vendor.type"] = "s3cret", ["two\nlines"] = "<INSERT_S3CRET>", x = "********" },
      name = "<INSERT_INSTANCE_NAME>",
    }
    assert.equal(BOTH .. "; placeholder left in: configuration.two?lines, name; "
      .. "event.vendor.type must be polling, webhook or webhooks; x is masked, give the real value", message(request))
  end)

  it("leaves the request as it is", function()
    local request = with("mailjet.api.secret", "********")
    local copy = with("mailjet.api.secret", "********")
    problems.check(request)
    assert.same(copy, request)
  end)
end)

describe("problems.likely_missing", function()
  local likely_missing = problems.likely_missing

  it("lists what the element probably requires and the request lacks", function()
    assert.same({ "password" }, likely_missing({ element = { key = "abbyy" }, configuration = { username = "u" } }))
    assert.same({ "username", "password" }, likely_missing({ element = { key = "abbyy" } }))
    assert.same({ "authentication.type" }, likely_missing({ element = { key = "hubspot" } }))
  end)

  it("takes the element by number, where the number means one element", function()
    assert.same({ "username", "password" }, likely_missing({ element = { id = 260 } }))
    assert.same({ "username", "password" }, likely_missing({ element = { id = "260", key = null } }))
    assert.is_nil(likely_missing({ element = { id = 84 } }))
  end)

  it("does not list what the flow brings", function()
    local box = { element = { key = "box" } }
    assert.same({ "oauth.callback.url", "oauth.api.key", "oauth.api.secret" }, likely_missing(box))
    box.externalAuthentication = "initial"
    assert.same({ "oauth.api.key", "oauth.api.secret" }, likely_missing(box))
    box.oauthProxy = { isOauthProxy = true }
    assert.is_nil(likely_missing(box))
    assert.is_nil(likely_missing({ element = { key = "abbyy", configuration = { username = "u", password = "p" } } }))
  end)

  it("gives nil when nothing is missing or nothing is known", function()
    assert.is_nil(likely_missing(mailjet()))
    assert.is_nil(likely_missing({ element = { key = "nosuchelement" } }))
    assert.is_nil(likely_missing({ element = "mailjet" }))
    assert.is_nil(likely_missing({}))
  end)
end)

describe("problems.strip_masked", function()
  it("copies a map without its masked entries and says that there were some", function()
    local nested = {}
    local map = { a = "********", b = "v", c = false, d = nested, e = null, f = "********", g = "*********" }
    local copy, was_masked = problems.strip_masked(map)
    assert.same({ b = "v", c = false, d = nested, e = null, g = "*********" }, copy)
    assert.equal(nested, copy.d)
    assert.is_true(was_masked)
    assert.equal("********", map.a)
  end)

  it("keeps the metatable, also a protected one", function()
    local metatable = { __metatable = "locked", __newindex = error, __index = error }
    local copy = problems.strip_masked(setmetatable({ a = "v" }, metatable))
    assert.equal(metatable, debug.getmetatable(copy))
    assert.equal("v", copy.a)
  end)

  it("says that nothing was removed, and returns what is no table", function()
    assert.is_false((select(2, problems.strip_masked({ a = "v" }))))
    assert.is_nil((problems.strip_masked(nil)))
    assert.equal(null, (problems.strip_masked(null)))
  end)
end)
