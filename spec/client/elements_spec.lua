-- The catalogue, as the platform has it.
local caller = require "spec.support.caller"
local sandbox = require "celements.sandbox"

local server, client, elements

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  elements = client.elements
end)

describe("the elements", function()
  it("are listed in pages", function()
    local list, info = assert(elements:list { page_size = 3 })
    assert.equal(3, #list)
    local after = assert(elements:list { page_size = 3, next_page = info.next_page })
    assert.are_not.equal(list[1].key, after[1].key)
  end)

  it("are gone through, a page at a time", function()
    local keys, count = assert(elements:keys()), 0
    for element in elements:each { page_size = 50 } do
      count = count + 1
      assert.equal(keys[count], element.key)
    end
    assert.equal(#keys, count)
    assert.equal(math.ceil(count / 50) + 1, #caller.arrived(server))
    local _, info = assert(elements:list { page_size = 50 })
    assert.equal(keys[51], elements:each({ page_size = 50, next_page = info.next_page }):next().key)
  end)

  it("come page by page, without raising", function()
    local pages, count = elements:pages { page_size = 60 }, 0
    for page in pages do count = count + #page end
    assert.is_nil(pages.err)
    assert.equal(#assert(elements:keys()), count)
    assert(server:fault { name = "status", status = 500 })
    local page, err = elements:pages():next()
    assert.is_nil(page)
    assert.equal("server", err.kind)
  end)

  it("are selected by a condition", function()
    for element in elements:each { where = "hub='messaging'" } do assert.equal("messaging", element.hub) end
    assert.same({}, (elements:list { where = "hub='nosuch'" }))
    local list = assert(elements:list { where = { hub = "messaging", private = false } })
    assert.is_true(#list > 0)
    for _, element in ipairs(list) do assert.equal("messaging", element.hub) end
    assert.equal(#list, #assert(elements:pages { where = { hub = "messaging" } }:next()))
    assert.equal("rejected", select(2, elements:list { where = "hub" }).kind)
  end)

  it("are read by key and by number", function()
    assert.equal("mailjet", assert(elements:get "mailjet").key)
    assert.equal("mailjet", assert(elements:get(84)).key)
    assert.equal("FreshBooks Classic", assert(elements:get "FreshBooks Classic").key)
    local element, err = elements:get "nosuch"
    assert.is_nil(element)
    assert.equal("not_found", err.kind)
  end)

  it("tell what they want in their configuration", function()
    local entries, info = assert(elements:configuration "mailjet")
    assert.equal("mailjet.api.key", entries[1].key)
    assert.is_true(entries[1].required)
    assert.equal(200, info.status)
    assert.equal("not_found", select(2, elements:configuration "nosuch").kind)
  end)

  it("tell what they can do", function()
    local short, long = assert(elements:metadata(84)), assert(elements:metadata(84, { expand = true }))
    assert.is_nil(short.hub)
    assert.equal("messaging", long.hub)
    assert.equal("messaging", assert(elements:metadata(84, { query = { expand = true } })).hub)
    local all = assert(elements:metadata(nil, { expand = true }))
    assert.is_true(#all > 100)
    assert.is_string(all[1].hub)
    assert.equal("2.0", assert(elements:docs "mailjet").swagger)
    assert.same({}, (assert(elements:transformations "mailjet")))
    assert.same({}, (assert(client:request("GET", "/elements/mailjet/transformations/export"))))
  end)

  it("have the trace of a creation", function()
    local _, info = assert(client.instances:create(caller.mailjet { providerData = { debug = true } }))
    local id = info.headers["elements-trace-id"]
    assert.equal(id, assert(elements:trace("mailjet", id)).traceId)
    assert.equal("not_found", select(2, elements:trace("mailjet", "a%2Fb/c")).kind)
    assert.equal("/elements/mailjet/trace/a%252Fb%2Fc", (caller.arrived(server, "GET")[2].path:gsub("%%2f", "%%2F")))
  end)

  it("are not taken from an answer that holds none", function()
    for name, body in pairs {
      get = "[]", docs = "[]", keys = "{}", list = "{}", configuration = "{}", metadata = "[]",
    } do
      assert(server:fault { name = "status", status = 200, body = body })
      local found, err = elements[name](elements, name ~= "keys" and name ~= "list" and "mailjet" or nil)
      assert.is_nil(found)
      assert.equal("response", err.kind, name)
    end
    assert(server:fault { name = "empty" })
    assert.equal("response", select(2, elements:get "mailjet").kind)
  end)

  it("raise for what cannot be asked, blaming the caller", function()
    for text, misuse in pairs {
      ["elements:get: key must be a whole number or a non-empty string, not an empty one"] =
        function() elements:get "" end,
      ["elements:configuration: key must be a whole number or a non-empty string, not nil"] =
        function() elements:configuration() end,
      ["elements:metadata: id must be a whole number or a non-empty string, not a table"] =
        function() elements:metadata {} end,
      ["elements:trace: trace_id must be a whole number or a non-empty string, not nil"] =
        function() elements:trace "mailjet" end,
      ["elements:list: unknown option 'pagesize' (did you mean 'page_size'?)"] =
        function() elements:list { pagesize = 1 } end,
      ["elements:each: unknown option 'page'"] = function() elements:each { page = 2 } end,
      ["elements:pages: where has no condition: leave it out to have everything"] =
        function() elements:pages { where = {} } end,
      ["elements:list: option 'page_size' and query 'pageSize' are the same: give one"] =
        function() elements:list { page_size = 1, query = { pageSize = 2 } } end,
      ["elements:docs: option 'timeout' must be a positive number of seconds, not a string"] =
        function() elements:docs("mailjet", { timeout = "x" }) end,
      ["elements:keys: query 'x' must be a string, number or boolean, not a function"] =
        function() elements:keys { query = { x = print } } end,
      ["elements:template: option 'from' must be 'live' or 'catalogue'"] =
        function() elements:template("mailjet", { from = "memory" }) end,
      ["elements:template: key must be a whole number or a non-empty string, not nil"] =
        function() elements:template() end,
    } do
      assert.equal(text, caller.blamed(misuse))
    end
  end)
end)

describe("a template", function()
  it("has a placeholder for everything that must be filled in, and create names each", function()
    for _, from in ipairs { "live", "catalogue" } do
      local template = assert(elements:template("mailjet", { from = from }))
      assert.equal("<INSERT_MAILJET_API_KEY>", template.configuration["mailjet.api.key"])
      local instance, err = client.instances:create(template)
      assert.is_nil(instance)
      assert.equal("configuration", err.kind)
      assert.same({ "configuration.mailjet.api.key", "configuration.mailjet.api.secret", "name" }, err.placeholders)
    end
    assert.same({}, caller.arrived(server, "POST"))
  end)

  it("can be sent once it is filled in", function()
    local template = assert(elements:template(84))
    template.name = "x"
    template.configuration["mailjet.api.key"], template.configuration["mailjet.api.secret"] = "k", "s"
    assert.equal("mailjet", assert(client.instances:create(template)).element.key)
  end)

  it("has the defaults, and leaves out what is not the caller's", function()
    local template = assert(elements:template "sendgrid")
    assert.equal("smtp", template.configuration["messaging.smtp.sendgrid.protocol"])
    assert.equal("true", template.configuration["filter.response.nulls"])
    assert.is_nil(template.configuration["event.notification.enabled"])
    template = assert(elements:template("box", { from = "catalogue" }))
    assert.equal("true", template.configuration["filter.response.nulls"])
  end)

  it("has what an element's OAuth flow wants", function()
    for _, from in ipairs { "live", "catalogue" } do
      local second, first = assert(elements:template("box", { from = from })),
        assert(elements:template("twitter", { from = from }))
      assert.same({ code = "<INSERT_CODE>" }, second.providerData)
      assert.same({
        oauth_token = "<INSERT_OAUTH_TOKEN>", oauth_verifier = "<INSERT_OAUTH_VERIFIER>", secret = "<INSERT_SECRET>",
      }, first.providerData)
      for _, key in ipairs { "oauth.api.key", "oauth.api.secret", "oauth.callback.url" } do
        assert.truthy(second.configuration[key]:find("^<INSERT_OAUTH_"))
        assert.truthy(first.configuration[key]:find("^<INSERT_OAUTH_"))
      end
    end
  end)

  it("can be for tokens obtained elsewhere, and for a proxy", function()
    local external = assert(elements:template("box", { flow = "external" }))
    assert.equal("initial", external.externalAuthentication)
    assert.is_nil(external.providerData)
    assert.equal("<INSERT_OAUTH_USER_REFRESH_TOKEN>", external.configuration["oauth.user.refresh_token"])
    external = assert(elements:template("twitter", { flow = "external" }))
    assert.truthy(external.configuration["oauth.user.token.secret"])
    local proxy = assert(elements:template("box", { flow = "proxy" }))
    assert.is_true(proxy.oauthProxy.isOauthProxy)
    assert.is_nil(proxy.configuration["oauth.api.key"])
    assert.equal("configuration", select(2, elements:template("mailjet", { flow = "proxy" })).kind)
  end)

  it("of the built-in catalogue asks nobody", function()
    assert(elements:template("bigcommerce", { from = "catalogue" }))
    assert.equal("bigcommerce", assert(elements:template(274, { from = "catalogue" })).element.key)
    local _, err = elements:template("nosuch", { from = "catalogue" })
    assert.equal("not_found", err.kind)
    assert.same({}, caller.arrived(server))
  end)

  it("that cannot be had is an error, not a guess", function()
    local _, unknown = elements:template "nosuch"
    assert.equal("not_found", unknown.kind)
    assert.is_nil(unknown.hint:find("catalogue", 1, true))
    assert(server:fault { name = "status", status = 500, times = 9 })
    local _, err = elements:template "mailjet"
    assert.equal("server", err.kind)
    assert.truthy(tostring(err):find('the built-in catalogue may do: { from = "catalogue" }', 1, true))
  end)
end)
