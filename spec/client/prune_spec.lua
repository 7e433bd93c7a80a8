-- Deleting what is left over of earlier days, and nothing else.
local celements = require "celements"
local core = require "celements.core"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, store

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  store = celements.store.memory()
end)
after_each(function() client:close() end)

describe("prune", function()
  local function made(name, tag, days)
    local instance = assert(client.instances:create(caller.mailjet { name = name, tags = { tag } }))
    assert(server:flag(instance.id, { created = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - days * 86400) }))
    return instance
  end

  local function names()
    local list = {}
    for _, instance in ipairs(assert(server:instances())) do table.insert(list, instance.name) end
    table.sort(list)
    return table.concat(list, " ")
  end

  it("deletes what is old and has the tag", function()
    made("Old", "test", 3)
    made("New", "test", 1)
    made("Other", "live", 3)
    local list = assert(client.instances:prune { tags = "test", older_than = 2 * 86400, dry_run = true })
    assert.equal(1, #list)
    assert.equal("Old", list[1].name)
    assert.is_false(list[1].deleted)
    assert.equal("New Old Other", names())
    list = assert(client.instances:prune { tags = "test", older_than = 2 * 86400 })
    assert.is_true(list[1].deleted)
    assert.equal("New Other", names())
  end)

  it("wants all of several tags, and at least one", function()
    for name, tags in pairs { Both = { "test", "nightly" }, One = { "test" } } do
      local instance = assert(client.instances:create(caller.mailjet { name = name, tags = tags }))
      assert(server:flag(instance.id, { created = "2020-01-01T00:00:00Z" }))
    end
    assert.has_error(function() client.instances:prune { tags = {}, older_than = 86400 } end)
    assert(client.instances:prune { tags = { "test", "live" }, older_than = 86400 })
    assert.equal("Both One", names())
    assert(client.instances:prune { tags = { "test", "nightly" }, older_than = 86400 })
    assert.equal("One", names())
  end)

  it("spares what is in a store", function()
    local kept = assert(client.instances:ensure("k", caller.mailjet { name = "Kept", tags = { "test" } },
      { store = store }))
    assert(server:flag(kept.id, { created = "2020-01-01T00:00:00Z" }))
    made("Orphan", "test", 3)
    assert(client.instances:prune { tags = "test", older_than = 86400, spare = store })
    assert.equal("Kept", names())
    assert(client.instances:update(kept.id, { tags = { "test" } })) -- the tag of its key is gone
    assert(client.instances:prune { tags = "test", older_than = 86400, spare = store })
    assert.equal("Kept", names())
  end)

  it("spares what an open intent may have made", function()
    local tag = record.tag "k"
    assert(store:put(record.name(tag), record.write { key = "k", tag = tag, sent_at = os.time() }))
    made("Found", "test", 3)
    local lost = assert(client.instances:create(caller.mailjet { name = "Lost", tags = { "test", tag } }))
    assert(server:flag(lost.id, { created = "2020-01-01T00:00:00Z" }))
    assert(client.instances:prune { tags = "test", older_than = 86400, spare = store })
    assert.equal("Lost", names())
  end)

  it("deletes nothing when the store cannot be read", function()
    made("Old", "test", 3)
    store:close()
    local none, err = client.instances:prune { tags = "test", older_than = 86400, spare = store }
    assert.is_nil(none)
    assert.equal("closed", err.kind)
    store = celements.store.memory()
    assert(store:put(record.PREFIX .. "broken", "{"))
    none, err = client.instances:prune { tags = "test", older_than = 86400, spare = store }
    assert.is_nil(none)
    assert.equal("response", err.kind)
    assert.equal("Old", names())
  end)

  it("leaves alone what has another tag, though it was listed", function()
    made("Other", "live", 3)
    local shown = core.encode(assert(client.instances:list()))
    assert(server:fault { name = "status", status = 200, body = shown, match = { method = "GET" } })
    assert.same({}, assert(client.instances:prune { tags = "test", older_than = 86400 }))
    assert.equal("Other", names())
  end)

  it("leaves alone what does not match the text, though it was listed", function()
    made("Payroll", "live", 3)
    made("Zebra one", "live", 3)
    local shown = core.encode(assert(client.instances:list()))
    shown = shown:gsub('^%[', '[{"id":1,"tags":[],"createdDate":"2018-05-01T10:00:00Z"},')
    for text, count in pairs { zebra = 1, mailJET = 2, other = 0, ["nil"] = 0, userdata = 0 } do
      assert(server:fault { name = "status", status = 200, body = shown, match = { method = "GET" } })
      assert.equal(count, #assert(client.instances:prune { search_text = text, older_than = 86400, dry_run = true }))
    end
  end)

  it("says what could not be deleted, and goes on", function()
    local used = made("Used", "test", 3)
    made("Unused", "test", 3)
    assert(server:flag(used.id, { in_use = true }))
    local list = assert(client.instances:prune { tags = "test", older_than = 86400 })
    assert.equal(2, #list)
    assert.equal("conflict", list[1].err.kind)
    assert.is_true(list[2].deleted)
    assert.equal("Used", names())
  end)

  it("says so where the listing has no id, and deletes the others", function()
    made("Old", "test", 3)
    local shown = assert(client.instances:list())
    table.insert(shown, 1, { name = "Nameless", tags = { "test" }, createdDate = shown[1].createdDate, id = "" })
    assert(server:fault { name = "status", status = 200, body = core.encode(shown), match = { method = "GET" } })
    local list = assert(client.instances:prune { tags = "test", older_than = 86400 })
    assert.equal("response", list[1].err.kind)
    assert.is_nil(list[1].id)
    assert.is_false(list[1].deleted)
    assert.is_true(list[2].deleted)
  end)

  it("leaves alone what has no date", function()
    assert(server:configure { generation = "classic" })
    assert(client.instances:create(caller.mailjet { tags = { "test" } }))
    local list, info = client.instances:prune { tags = "test", older_than = 1 }
    assert.same({}, list)
    assert.equal(1, info.undated)
    assert.equal(1, #assert(server:instances()))
  end)

  it("refuses to delete everything", function()
    assert.truthy(caller.blamed(function() client.instances:prune { older_than = 5 } end):find("'tags'", 1, true))
    for _, given in ipairs { { tags = {} }, { tags = "" }, { search_text = " " }, { tags = "", search_text = "" } } do
      given.older_than = 5
      assert.truthy(caller.blamed(function() client.instances:prune(given) end):find("'tags'", 1, true))
    end
    assert.truthy(caller.blamed(function() client.instances:prune { tags = "x" } end):find("'older_than'", 1, true))
  end)

  it("reads dates as they are", function()
    for date, seconds in pairs { ["1970-01-01T00:00:00Z"] = 0, ["2000-02-29T12:00:00Z"] = 951825600,
      ["2024-12-31T23:59:59Z"] = 1735689599, ["2018-05-01T10:00:00Z"] = 1525168800 } do
      assert.equal(seconds, require("celements.prune").time_of(date))
    end
    for _, date in ipairs { "2018-13-01T10:00:00Z", "2018-00-01T10:00:00Z", "2018-05-41T10:00:00Z",
      "2018-05-01T24:00:00Z", "2018-05-01T10:60:00Z", "yesterday" } do
      assert.is_nil(require("celements.prune").time_of(date))
    end
    assert.is_nil(require("celements.prune").time_of(core.null))
  end)
end)
