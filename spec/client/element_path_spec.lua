-- Instances below their element, where the path names it as well.
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

local function last() return caller.last(server) end

local function mailjet(element)
  local body = caller.mailjet()
  body.element = element
  return body
end

describe("a creation below an element", function()
  it("names the element by the path, by key or id, and not in the body", function()
    for _, case in ipairs {
      { nil, "mailjet" }, { { key = "mailjet" }, "mailjet" }, { { key = "" }, "mailjet" }, { nil, 84 }, { nil, "84" },
      { { id = 84 }, 84 }, { { key = "mailjet", id = 84 }, "mailjet" },
    } do
      local instance = assert(client.instances:create(mailjet(case[1]), { element = case[2] }))
      assert.equal("mailjet", instance.element.key)
      assert.equal("/elements/" .. case[2] .. "/instances", last().path)
      assert.is_nil(core.decode(last().body).element)
    end
  end)

  it("keeps what else the body says about the element, and leaves the body as it was", function()
    local body = mailjet { key = "mailjet", configuration = { a = "1" } }
    assert(client.instances:create(body, { element = "mailjet" }))
    assert.same({ configuration = { a = "1" } }, core.decode(last().body).element)
    assert.same({ key = "mailjet", configuration = { a = "1" } }, body.element)
  end)

  it("that the body contradicts is refused, and not sent", function()
    for _, case in ipairs { { { key = "sendgrid" }, "mailjet" }, { { id = 6 }, 84 } } do
      local instance, err = client.instances:create(mailjet(case[1]), { element = case[2] })
      assert.is_nil(instance)
      assert.equal("configuration", err.kind)
      assert.truthy(tostring(err):find("^element%.%w+ is %w+, but option 'element' says"), tostring(err))
    end
    assert.equal(0, #caller.arrived(server))
  end)

  it("is checked for what the element of the path requires", function()
    local body = { name = "x", configuration = { ["mailjet.api.key"] = "a" } }
    local _, err = client.instances:create(body, { element = "mailjet" })
    assert.same({ "mailjet.api.secret" }, err.missing)
    assert.equal(0, #caller.arrived(server))
    _, err = client.instances:create(body, { element = "mailjet", check = false })
    assert.same({ "mailjet.api.secret" }, err.missing)
    assert.equal("rejected", err.kind)
  end)

  it("of an element that does not exist says which path was not found", function()
    local _, err = client.instances:create(mailjet(), { element = "no/such" })
    assert.equal("not_found", err.kind)
    assert.equal("/elements/no%2fsuch/instances", err.path:lower())
  end)

  it("is one of many, too", function()
    for _, instance, err in client.instances:create_many({ mailjet(), mailjet() }, { element = "mailjet" }) do
      assert(instance, tostring(err))
    end
    assert.equal("/elements/mailjet/instances", last().path)
  end)
end)

describe("an instance below its element", function()
  local made

  before_each(function() made = assert(client.instances:create(caller.mailjet())) end)

  it("is read, replaced and deleted there, and not found below another", function()
    assert.equal(made.token, assert(client.instances:get(made.id, { element = "mailjet" })).token)
    assert.equal("not_found", (select(2, client.instances:get(made.id, { element = "sendgrid" }))).kind)
    assert.equal("New", assert(client.instances:replace(made.id, { name = "New" }, { element = 84 })).name)
    assert.equal("/elements/84/instances/" .. made.id, last().path)
    assert(client.instances:delete(made.id, { element = "mailjet" }))
    assert.equal("/elements/mailjet/instances/" .. made.id, last().path)
  end)

  it("is replaced without signing in again, as the option or the request names the element", function()
    local body = { configuration = { ["mailjet.api.key"] = sandbox.reserved.REJECTED } }
    assert.equal("provider", (select(2, client.instances:replace(made.id, body))).kind)
    assert(client.instances:replace(made.id, body, { element = "mailjet", re_authenticate = false }))
    assert.equal("/elements/mailjet/instances/" .. made.id, last().path)
    assert.equal("reAuthenticate=false", last().query)
    body.element = { key = "mailjet", id = 84 }
    assert(client.instances:replace(made.id, body, { re_authenticate = false, query = { x = 1 } }))
    assert.equal("/elements/mailjet/instances/" .. made.id, last().path)
    assert.equal("provider", (select(2, client.instances:replace(made.id, body, { re_authenticate = true }))).kind)
    body.element = { key = core.null, id = 84 }
    assert(client.instances:replace(made.id, body, { re_authenticate = false }))
    assert.equal("/elements/84/instances/" .. made.id, last().path)
    local text = caller.blamed(function()
      client.instances:replace(made.id, { name = "x" }, { re_authenticate = false })
    end)
    assert.truthy(text:find("needs option 'element', or a request that names it", 1, true))
  end)

  it("is listed there, page by page, with the same filters", function()
    assert(client.instances:create(caller.mailjet { name = "Second", tags = { "t" } }))
    assert.equal(2, #assert(client.instances:list { element = "mailjet" }))
    assert.equal("/elements/mailjet/instances", last().path)
    assert.equal(0, #assert(client.instances:list { element = "sendgrid" }))
    local names = {}
    for instance in client.instances:each { element = 84, page_size = 1 } do table.insert(names, instance.name) end
    assert.same({ "Newsletter sender", "Second" }, names)
    assert.equal("Second", assert(client.instances:list { element = "mailjet", tags = "t" })[1].name)
    assert.equal("not_found", (select(2, client.instances:list { element = "none" })).kind)
  end)
end)

describe("the account's instances", function()
  it("whose poller was shut off are listed", function()
    assert.same({}, (assert(client.instances:polling_disabled())))
    local made = assert(client.instances:create(caller.mailjet()))
    assert(server:configure { tags = "objects" })
    assert(server:flag(made.id, { polling_disabled = true }))
    local list = assert(client.instances:polling_disabled())
    assert.equal(made.id, list[1].id)
    assert.same({ "newsletter" }, list[1].tags)
    assert.equal("/instances/polling-disabled", last().path)
  end)

  it("have events that are counted", function()
    local counts = { { timestamp = "2018-05-01T10:00:00Z", count = 3 } }
    assert(server:fault { name = "status", status = 200, body = counts, times = 2 })
    assert.same(counts, (assert(client.instances:event_analytics {
      from = "2018-05-01T10:00:00Z", to = "2018-05-01T11:00:00Z", interval = "minute",
    })))
    assert.equal("/instances/events/analytics", last().path)
    local sent = {}
    for _, parameter in ipairs(last().parameters) do sent[parameter.name] = parameter.value end
    assert.same({ from = "2018-05-01T10:00:00Z", to = "2018-05-01T11:00:00Z", interval = "minute" }, sent)
    assert(client.instances:event_analytics { by = "accounts", account_ids = { 7, "8" } })
    assert.equal("/instances/events/analytics/accounts", last().path)
    assert.equal(2, #last().parameters)
    assert.equal("accountIds[]", last().parameters[1].name)
    local text = caller.blamed(function() client.instances:event_analytics { by = "x" } end)
    assert.truthy(text:find("'by' must be \"instances\" or \"accounts\"", 1, true))
  end)
end)
