-- Which instances `prune` takes for those that are meant.
local core = require "celements.core"
local caller = require "spec.support.caller"
local sandbox = require "celements.sandbox"

describe("prune", function()
  local server, client

  setup(function() server = assert(sandbox.start()) end)
  teardown(function() server:stop() end)
  before_each(function()
    assert(server:reset())
    client = caller.client(server)
  end)

  local function made(name, tags)
    local instance = assert(client.instances:create(caller.mailjet { name = name, tags = tags }))
    assert(server:flag(instance.id, { created = "2020-01-01T00:00:00Z" }))
  end

  local function pruned(tags)
    local names = {}
    for _, each in ipairs(assert(client.instances:prune { tags = tags, older_than = 86400, dry_run = true })) do
      table.insert(names, each.name)
    end
    table.sort(names)
    return table.concat(names, " ")
  end

  it("wants all of the tags", function()
    made("Both", { "test", "nightly" })
    made("One", { "test" })
    made("None", { "live" })
    assert.equal("Both One", pruned "test")
    assert.equal("Both One", pruned { "test" })
    assert.equal("Both", pruned { "test", "nightly" })
    assert.equal("", pruned { "test", "live" })
  end)

  it("leaves alone what a platform lists that does not heed the tags", function()
    made("Other", { "live" })
    local all = assert(client:request("GET", "/instances"))
    assert(server:fault { name = "status", status = 200, body = core.encode(all), match = { path = "^/instances$" } })
    assert.equal("", pruned "test")
  end)

  it("takes no empty list for any tag", function()
    made("Other", { "live" })
    assert.has_error(function() pruned {} end)
  end)
end)
