-- A process that is killed between two steps, and another one that finishes what it left in the SQLite file.
local celements = require "celements"
local caller = require "spec.support.caller"
local child = require "spec.support.child"
local folder = require "spec.support.folder"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"
local waiting = require "spec.support.waiting"

local server, client, place, store

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client, place = caller.client(server), folder.new()
end)
after_each(function()
  store:close()
  client:close()
  folder.remove(place)
end)

-- Runs `ensure "k"` in a process that ends where `dies` says, and returns what it left.
local function leave(dies)
  local output, status = child.run([[
    local base_url, user, organization, path = ...
    local celements = require "celements"
    local client = celements.new { base_url = base_url, user_secret = user, organization_secret = organization,
      timeout = 1 }
    local store = assert(celements.store.sqlite(path))
    local function die() os.execute("kill -9 $PPID") end
    local create, put = client.instances.create, store.put
    ]] .. dies .. [[
    print(client.instances:ensure("k", { element = { key = "mailjet" }, name = "Newsletter sender",
      tags = { "newsletter" },
      configuration = { ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7" } },
      { store = store, lease = 0.1 }))]],
    { server.base_url, server.user_secret, server.organization_secret, place .. "/tokens.db" })
  assert.equal(137, status, output)
  store = assert(celements.store.sqlite(place .. "/tokens.db"))
  local text = store:get(record.name(assert(record.tag "k")))
  return text and assert(record.read(text))
end

local function recover()
  local list
  waiting.till(function()
    list = assert(client:recover(store, { settle = 0.5 }))
    celements.sleep(0.01)
    return not list[1] or list[1].outcome ~= "busy"
  end, "the end of a lease")
  assert.is_nil(list[2])
  return list[1]
end

local function ensure()
  local instance, info = client.instances:ensure("k", caller.mailjet(), { store = store, settle = 0.5 })
  assert.truthy(instance, tostring(info))
  local made = assert(server:instances())
  assert.equal(1, #made)
  assert.equal(made[1].token, instance.token)
  return info.outcome
end

it("before its intent is kept: nothing was begun", function()
  assert.is_nil(leave [[ function store:put() die() end ]])
  assert.is_nil(recover())
  assert.equal("created", ensure())
end)

it("after its intent is kept, and before the creation: nothing was made", function()
  local known = leave [[ function client.instances:create() die() end ]]
  assert.is_nil(known.instance)
  assert.is_true(math.abs(os.time() - known.sent_at) < 60)
  assert.equal(1, known.within)
  assert.equal(0, #assert(server:instances()))
  assert.same({ key = "k", outcome = "not_made" }, recover())
  assert.is_nil(recover())
  assert.equal("created", ensure())
end)

it("after the creation, and before the token is kept: it is found by its tag", function()
  local known = leave [[
    function client.instances:create(body, options)
      options.timeout = 60 -- whatever is left
      assert(create(self, body, options))
      die()
    end ]]
  assert.is_nil(known.instance)
  local made = assert(server:instances())
  assert.equal(1, #made)
  assert.equal("", folder.find(place, made[1].token))
  local recovered = recover()
  assert.equal("adopted", recovered.outcome)
  assert.equal(made[1].token, recovered.instance.token)
  assert.equal("unchanged", ensure())
end)

it("after the token is kept: nothing is left to do", function()
  local known = leave [[
    function store:put(name, value, held)
      local ok, err = put(self, name, value, held)
      if value:find('"instance"', 1, true) then die() end
      return ok, err
    end ]]
  assert.equal(assert(server:instances())[1].token, known.instance.token)
  assert.is_nil(recover())
  assert.equal("unchanged", ensure())
end)
