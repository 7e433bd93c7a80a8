-- What can be done to an instance, once by its id with the application's secrets, once with its own token.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, session, made

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  made = assert(client.instances:create(caller.mailjet()))
  session = client:with_token(made.token)
end)
after_each(function()
  session:close()
  client:close()
end)

local function last() return caller.last(server) end

local function stored()
  return assert(server:instances())[1]
end

local FACES = {
  { name = "by its id", where = "instances:", begins = "/instances/%d+", call = function(name, ...)
    return client.instances[name](client.instances, made.id, ...)
  end },
  { name = "by its token", where = "session.instance:", begins = "/instances", call = function(name, ...)
    return session.instance[name](session.instance, ...)
  end },
}

for _, face in ipairs(FACES) do
  local function call(name, ...)
    local result, info = face.call(name, ...)
    local authorization = last().headers.authorization
    assert.truthy(authorization:find("Organization ", 1, true))
    assert.equal(face.begins == "/instances", authorization:find("Element ", 1, true) ~= nil)
    return result, info
  end

  local function went(method, below)
    assert.equal(method, last().method)
    assert.truthy(last().path:find("^" .. face.begins .. below .. "$"), last().path)
  end

  describe("an instance " .. face.name, function()
    it("is replaced", function()
      local instance, info = assert(call("replace", { name = "<b>New</b>", tags = {} }))
      assert.equal("New", instance.name)
      assert.equal(made.token, instance.token)
      assert.equal(200, info.status)
      assert.equal('"tags":[]', last().body:match('"tags":%[%]'))
      went("PUT", "")
    end)

    it("is replaced by a fetched one without its masks, and with every field", function()
      local instance = assert(client.instances:get(made.id))
      instance.future, instance.name = { deep = { 1 } }, "Other"
      assert(call("replace", instance))
      local body = core.decode(last().body)
      assert.is_nil(last().body:find("********", 1, true))
      for name in pairs(instance) do assert.is_true(body[name] ~= nil, name) end
      assert.equal("secret-c9e1a4d7", stored().configuration["mailjet.api.secret"])
      assert.equal("Other", stored().name)
    end)

    it("is updated", function()
      local instance = assert(call("update", { configuration = { ["filter.response.nulls"] = "false" } }))
      assert.equal("false", instance.configuration["filter.response.nulls"])
      went("PATCH", "")
    end)

    it("says what the provider refused in a replacement", function()
      local instance, err = call("replace", caller.mailjet {
        configuration = { ["mailjet.api.key"] = sandbox.reserved.REJECTED, ["mailjet.api.secret"] = "s" },
      })
      assert.is_nil(instance)
      assert.equal("provider", err.kind)
      assert.is_nil(caller.find(err, sandbox.reserved.REJECTED))
    end)

    it("is disabled and enabled", function()
      assert.is_true((assert(call("disable"))))
      went("DELETE", "/enabled")
      assert.equal("forbidden", (select(2, session:ping())).kind)
      assert.is_true((assert(call("enable"))))
      went("PUT", "/enabled")
      assert(session:ping())
    end)

    it("is deleted, with its token, unless it is in use", function()
      assert(server:flag(made.id, { in_use = true }))
      assert.equal("conflict", (select(2, call("delete"))).kind)
      assert(server:flag(made.id, { in_use = false }))
      assert.is_true((assert(call("delete"))))
      went("DELETE", "")
      assert.equal("unauthorized", (select(2, session:ping())).kind)
      assert.equal(0, #assert(server:instances()))
    end)

    it("shows its configuration as entries, all or one", function()
      local entries = assert(call("configuration"))
      went("GET", "/configuration")
      assert.equal(5, #entries)
      local entry = assert(call("entry", entries[2].id))
      assert.same(entries[2], entry)
      assert.equal("********", entry.propertyValue)
      assert.equal("not_found", (select(2, call("entry", 1))).kind)
    end)

    it("has definitions of its own", function()
      assert.same({}, (assert(call("definitions"))))
      local definition = { fields = { { path = "id", type = "string" } } }
      assert.same(definition, (assert(call("create_definition", "my contact", definition))))
      went("POST", "/objects/my%%20contact/definitions")
      assert.equal("conflict", (select(2, call("create_definition", "my contact", definition))).kind)
      assert.same({ ["my contact"] = definition }, (assert(call("definitions"))))
      assert(call("delete_definition", "my contact"))
      assert.equal("not_found", (select(2, call("delete_definition", "my contact"))).kind)
    end)

    it("has transformations", function()
      assert.same({}, (assert(call("transformations"))))
      assert.equal("contact", assert(call("create_transformation", "contact", { vendorName = "A" })).objectName)
      assert.equal("B", assert(call("replace_transformation", "contact", { vendorName = "B" })).vendorName)
      assert.equal("B", assert(call("transformation", "contact")).vendorName)
      assert.equal("B", assert(call("transformations")).contact.vendorName)
      assert.equal("rejected", (select(2, call("replace_transformation", "contact", {}))).kind)
      assert(call("delete_transformation", "contact"))
      went("DELETE", "/transformations/contact")
      assert.equal("not_found", (select(2, call("transformation", "contact"))).kind)
      for _, name in ipairs { "contact", "account" } do
        assert(call("create_transformation", name, { vendorName = "A" }))
      end
      assert(call("delete_transformations"))
      went("DELETE", "/transformations")
      assert.same({}, (assert(call("transformations"))))
    end)

    it("describes its API, whole or one operation", function()
      assert.equal("2.0", assert(call("docs")).swagger)
      assert.is_nil(assert(call("docs", { operation = "getMessages" })).paths["/ping"])
      local definitions = assert(call("docs", { operation = "getMessages", definitions = true }))
      assert.equal("#/definitions/messages", definitions.messagesList.items["$ref"])
      definitions = assert(call("docs", { operation = "getMessages", definitions = true, resolve_references = true }))
      assert.equal("object", definitions.messagesList.items.type)
      assert.equal("not_found", (select(2, call("docs", { operation = "none" }))).kind)
    end)

    it("lists its events by page, and reads one", function()
      call("events", { page_size = 5, next_page = "/++/", query = { x = "1" } })
      went("GET", "/events")
      local sent = {}
      for _, parameter in ipairs(last().parameters) do sent[parameter.name] = parameter.value end
      assert.same({ nextPage = "/++/", pageSize = "5", x = "1" }, sent)
      call("event", "e/1")
      assert.truthy(last().path:lower():find("/events/e%2f1", 1, true))
      assert(server:fault { name = "status", status = 404, body = { message = "No events found" }, times = 2 })
      assert.same({}, (assert(face.call("events"))))
      for _ in face.call("each_event", { page_size = 7 }) do error("there is none") end
      assert.equal("pageSize=7", last().query)
      assert(server:fault { name = "status", status = 200, body = { { id = "e1" }, { id = "e2" } } })
      local ids = {}
      for event in face.call("each_event") do table.insert(ids, event.id) end
      assert.same({ "e1", "e2" }, ids)
    end)

    it("is not taken from an answer that holds none", function()
      for _, name in ipairs { "replace", "update" } do
        assert(server:fault { name = "status", status = 200, body = "[]" })
        local instance, err = call(name, { name = "x" })
        assert.is_nil(instance)
        assert.equal("response", err.kind)
        assert.is_true(err.maybe_sent)
      end
      assert(server:fault { name = "status", status = 200, body = "[]" })
      assert.truthy(tostring((select(2, call("docs")))):find("no description of an API", 1, true))
      assert(server:fault { name = "status", status = 200, body = "{}" })
      assert.truthy(tostring((select(2, call("configuration")))):find("not a list", 1, true))
    end)

    it("is misused where the caller stands", function()
      local count = #caller.arrived(server)
      local function refused(text, misuse)
        local message = caller.blamed(misuse)
        assert.equal(face.where .. text, message:sub(1, #face.where + #text))
        assert.equal(count, #caller.arrived(server))
      end
      local instances, instance, id = client.instances, session.instance, made.id
      if face.begins ~= "/instances" then
        refused("update: changes must be a table", function() instances:update(id, "x") end)
        refused("replace: request must be a table", function() instances:replace(id) end)
        refused("enable: id must be a whole number", function() instances:enable() end)
        refused("entry: entry_id must be a whole number or", function() instances:entry(id) end)
        refused("create_definition: definition must be", function() instances:create_definition(id, "a") end)
        refused("delete_definition: object_name must be", function() instances:delete_definition(id, "") end)
        refused("configure: changes must have texts as keys", function() instances:configure(id, { "x" }) end)
        refused("docs: option 'definitions' needs", function() instances:docs(id, { definitions = true }) end)
        refused("docs: option 'resolve_references' needs", function()
          instances:docs(id, { operation = "a", resolve_references = true })
        end)
        refused("events: unknown option 'page'", function() instances:events(id, { page = 1 }) end)
        refused("disable: option 'query'", function() instances:disable(id, { query = { [print] = 1 } }) end)
        refused("delete: option 'element' must be", function() instances:delete(id, { element = {} }) end)
        refused("delete: element must be a whole", function() instances:delete(id, { element = "" }) end)
        assert.is_nil(instances.rename_object)
      else
        refused("update: changes must be a table", function() instance:update("x") end)
        refused("entry: entry_id must be a whole number or", function() instance:entry() end)
        refused("delete: unknown option 'element'", function() instance:delete { element = "mailjet" } end)
        refused("replace: unknown option 're_authenticate'", function()
          instance:replace({}, { re_authenticate = false })
        end)
        refused("rename_object: new_name must be a string", function() instance:rename_object("a") end)
      end
    end)
  end)
end

describe("an instance's object", function()
  it("is renamed by token", function()
    assert(session.instance:create_definition("a", { fields = celements.array() }))
    assert(session.instance:rename_object("a", "b"))
    assert.same({ objectName = "b" }, core.decode(last().body))
    assert.same({ b = { fields = {} } }, (assert(session.instance:definitions())))
  end)
end)

describe("a closed session's instance", function()
  it("answers with kind closed", function()
    session:close()
    assert.equal("closed", (select(2, session.instance:enable())).kind)
  end)
end)
