-- Instances: made, read, listed, changed, deleted.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

describe("a creation", function()
  it("sends every key that it was given, known or not", function()
    assert(client.instances:create(caller.mailjet {
      externalAuthentication = "none", retrieveObjectsAfterInstantiation = true, future = { deep = { 1, 2 } },
      configuration = {
        ["mailjet.api.key"] = "a", ["mailjet.api.secret"] = "b", ["filter.response.nulls"] = true, ["my.own"] = "c",
        ["event.poller.refresh_interval"] = 15,
      },
    }))
    local body = core.decode(caller.arrived(server, "POST")[1].body)
    assert.same({ deep = { 1, 2 } }, body.future)
    assert.is_true(body.retrieveObjectsAfterInstantiation)
    assert.is_true(body.configuration["filter.response.nulls"])
    assert.equal("c", body.configuration["my.own"])
    assert.equal(15, body.configuration["event.poller.refresh_interval"])
  end)

  it("sends its tags, an empty list as []", function()
    assert(client.instances:create(caller.mailjet { tags = { "one", "two" } }))
    assert(client.instances:create(caller.mailjet { tags = {} }))
    assert(client.instances:create(caller.mailjet { tags = celements.array() }))
    local posts = caller.arrived(server, "POST")
    assert.truthy(posts[1].body:find('"tags":["one","two"]', 1, true))
    assert.truthy(posts[2].body:find('"tags":[]', 1, true))
    assert.truthy(posts[3].body:find('"tags":[]', 1, true))
  end)

  it("tells which entry may be a misspelt one", function()
    local function refused(configuration)
      local none, err = client.instances:create(caller.mailjet { configuration = configuration })
      assert.is_nil(none)
      return tostring(err)
    end
    assert.equal("missing configuration for mailjet: mailjet.api.secret ('mailjet.api.secrte' is there: should it be "
      .. "'mailjet.api.secret'?)", refused { ["mailjet.api.key"] = "a", ["mailjet.api.secrte"] = "b" })
    assert.equal("missing configuration for mailjet: mailjet.api.secret",
      refused { ["mailjet.api.key"] = "a", ["my.own"] = "b" })
  end)

  it("tells where the entries are that should be in the configuration", function()
    local missing = "missing configuration for mailjet: mailjet.api.key, mailjet.api.secret "
    local entries = { ["mailjet.api.key"] = "a", ["mailjet.api.secret"] = "b" }
    local function refused(fields)
      fields.element, fields.name = { key = "mailjet" }, "x"
      local none, err = client.instances:create(fields)
      assert.is_nil(none)
      return tostring(err)
    end
    assert.equal(missing .. "('mailjet.api.key' stands in 'config': should that be 'configuration'?)",
      refused { config = entries })
    assert.equal(missing .. "('mailjet.api.key' stands in 'config': should that be 'configuration'?)",
      refused { config = entries, configuration = {}, [1] = entries, ["a\nb"] = entries })
    assert.equal(missing .. "('mailjet.api.key' stands beside 'configuration', not in it)",
      refused { ["mailjet.api.key"] = "a", ["mailjet.api.secret"] = "b" })
  end)

  it("leaves the request as it was", function()
    local request = caller.mailjet { tags = {} }
    assert(client.instances:create(request))
    assert.is_nil(getmetatable(request.tags))
    assert.same(caller.mailjet { tags = {} }, request)
  end)

  it("gives the name as the platform stored it", function()
    local instance = assert(client.instances:create(caller.mailjet { name = "<b>Bold</b> one" }))
    assert.equal("Bold one", instance.name)
  end)

  it("keeps an id of 19 digits exact", function()
    assert(server:configure { next_id = "9007199254740993123" })
    local instance = assert(client.instances:create(caller.mailjet()))
    assert.equal("9007199254740993123", tostring(instance.id))
    assert.equal("9007199254740993123", tostring(assert(client.instances:get(instance.id)).id))
    assert(client.instances:delete(instance.id))
    assert.equal(0, #assert(server:instances()))
  end)

  it("gives a null as celements.null", function()
    local instance = assert(client.instances:create(caller.mailjet()))
    assert.equal(celements.null, instance.configuration["event.notification.callback.url"])
  end)

  it("says that the provider refused, in the provider's words", function()
    local instance, err = client.instances:create(caller.mailjet {
      configuration = { ["mailjet.api.key"] = sandbox.reserved.REJECTED, ["mailjet.api.secret"] = "s" },
    })
    assert.is_nil(instance)
    assert.equal("provider", err.kind)
    assert.equal(401, err.status)
    assert.equal("string", type(err.provider_message))
    assert.equal(24, #err.request_id)
    assert.equal("POST", err.method)
    assert.equal("/instances", err.path)
  end)

  it("that succeeds does not prove the credentials: a ping does", function()
    local instance = assert(client.instances:create(caller.mailjet {
      configuration = { ["mailjet.api.key"] = sandbox.reserved.UNVERIFIED, ["mailjet.api.secret"] = "s" },
    }))
    local pong, err = client:with_token(instance.token):ping()
    assert.is_nil(pong)
    assert.equal("provider", err.kind)
  end)

  it("is refused without an element, or with one that has no name", function()
    for _, element in ipairs { {}, { key = "" }, { key = celements.null }, { id = "" }, { key = " " } } do
      local instance, err = client.instances:create { element = element, name = "x", configuration = {} }
      assert.is_nil(instance)
      assert.same({ "element.key" }, err.missing)
    end
    assert.same({}, caller.arrived(server, "POST"))
  end)

  it("of an unknown element is refused by the platform", function()
    local instance, err = client.instances:create { element = { key = "nosuch" }, name = "x", configuration = {} }
    assert.is_nil(instance)
    assert.equal("not_found", err.kind)
    assert.equal(404, err.status)
  end)

  it("names everything that is wrong in one error, and sends nothing", function()
    local instance, err = client.instances:create(caller.mailjet {
      name = "<INSERT_NAME>",
      configuration = { ["mailjet.api.key"] = " ", ["event.notification.callback.url"] = "ftp://x" },
    })
    assert.is_nil(instance)
    assert.equal("configuration", err.kind)
    assert.same({ "mailjet.api.key", "mailjet.api.secret" }, err.missing)
    assert.same({ "name" }, err.placeholders)
    assert.equal("event.notification.callback.url", err.invalid[1].key)
    assert.equal(0, #caller.arrived(server))
  end)

  it("with a value that JSON cannot hold names the place, and sends nothing", function()
    local request = caller.mailjet()
    request.configuration.bad = print
    local instance, err = client.instances:create(request)
    assert.is_nil(instance)
    assert.equal("configuration", err.kind)
    assert.truthy(tostring(err):find("configuration.bad is a function", 1, true))
    request.configuration.bad = 0 / 0
    err = select(2, client.instances:create(request))
    assert.truthy(tostring(err):find("configuration.bad is not a finite", 1, true))
    assert.equal(0, #caller.arrived(server))
  end)

  it("obeys the client's own timeout when it has one", function()
    local hasty = caller.client(server, { timeout = 0.2 })
    assert(server:fault { name = "delay", seconds = 1.5, when = "after" })
    local instance, err = hasty.instances:create(caller.mailjet())
    assert.is_nil(instance)
    assert.equal("timeout", err.kind)
    assert.is_true(err.maybe_sent)
  end)

  it("whose answer has no token says that an instance may have been made", function()
    assert(server:fault { name = "status", status = 200, body = { id = 7, name = "x" } })
    local instance, err = client.instances:create(caller.mailjet())
    assert.is_nil(instance)
    assert.equal("response", err.kind)
    assert.is_true(err.maybe_sent)
    assert.same({ id = 7, name = "x" }, err.instance)
    assert.equal(200, err.status)
  end)
end)

describe("an instance", function()
  local made

  before_each(function() made = assert(client.instances:create(caller.mailjet())) end)

  it("is read by its id, as a number or as text", function()
    assert.same(made.token, assert(client.instances:get(made.id)).token)
    assert.same(made.token, assert(client.instances:get(tostring(made.id))).token)
    local instance, info = assert(client.instances:get(made.id))
    assert.equal("Newsletter sender", instance.name)
    assert.equal("********", instance.configuration["mailjet.api.secret"])
    assert.equal(200, info.status)
  end)

  it("that is unknown is an error, not nothing", function()
    local instance, err = client.instances:get(99999)
    assert.is_nil(instance)
    assert.equal("not_found", err.kind)
    assert.equal(404, err.status)
    assert.equal("/instances/99999", err.path)
    assert.is_false(err.retryable)
  end)

  it("is asked for with its id encoded, so that an id cannot reach another path", function()
    for _, id in ipairs { "a/b", "1?x=1", "1#x", "%2e%2e", "a b", "\195\169" } do
      local _, err = client.instances:get(id)
      assert.equal("not_found", err.kind)
    end
    for _, entry in ipairs(caller.arrived(server, "GET")) do
      assert.equal("", entry.query or "")
      assert.truthy(entry.path:find("^/instances/[^/]+$"), entry.path)
    end
  end)

  it("is deleted once, with its token", function()
    local session = client:with_token(made.token)
    local done, info = client.instances:delete(made.id)
    assert.is_true(done)
    assert.equal(200, info.status)
    assert.equal("unauthorized", (select(2, session:ping())).kind)
    local again, err = client.instances:delete(made.id)
    assert.is_nil(again)
    assert.equal("not_found", err.kind)
  end)

  it("is deleted whatever body the platform answers with", function()
    assert(server:configure { empty_body = "object" })
    assert.truthy(client.instances:delete(made.id))
    assert.equal(0, #assert(server:instances()))
  end)

  it("that is in use is not deleted", function()
    assert(server:flag(made.id, { in_use = true }))
    local done, err = client.instances:delete(made.id)
    assert.is_nil(done)
    assert.equal("conflict", err.kind)
    assert.equal(409, err.status)
  end)

  it("that is disabled refuses its provider calls with kind forbidden", function()
    assert(server:flag(made.id, { disabled = true }))
    local session = client:with_token(made.token)
    assert.equal("forbidden", (select(2, session:ping())).kind)
    assert.equal("messages", assert(session:get("/objects"))[1])
  end)

  it("is not taken from an answer that holds none", function()
    for _, fault in ipairs { { name = "empty" }, { name = "status", status = 200, body = "[]" } } do
      assert(server:fault(fault))
      local instance, err = client.instances:get(made.id)
      assert.is_nil(instance)
      assert.equal("response", err.kind)
    end
  end)
end)
