-- Lists that are longer than anybody wants to hold.
local celements = require "celements"
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

describe("each", function()
  it("gives thousands of instances once each, in their order, and holds one page", function()
    assert(server:configure { crowd = 5000 })
    local count, last, held = 0, 0, setmetatable({}, { __mode = "k" })
    for instance in client.instances:each() do
      count = count + 1
      assert.is_true(instance.id > last)
      last, held[instance] = instance.id, true
      if count % 1000 == 0 then
        collectgarbage()
        collectgarbage()
        local alive = 0
        for _ in pairs(held) do alive = alive + 1 end
        assert.is_true(alive <= 400, alive .. " are alive")
      end
    end
    assert.equal(5000, count)
    assert.equal(25, #caller.arrived(server, "GET"))
  end)

  it("asks for no page that nobody comes to", function()
    assert(server:configure { crowd = 1000000 })
    local first, info = client.instances:each()()
    assert.equal("Crowd 1", first.name)
    assert.equal("1000000", info.headers["elements-total-count"])
    assert.equal(1, #caller.arrived(server, "GET"))
  end)

  it("goes through them for several readers at once", function()
    assert(server:configure { crowd = 1000 })
    local counts = celements.map({ 1, 2, 3 }, function()
      local count, next_instance = 0, client.instances:each()
      while next_instance() do count = count + 1 end
      return count
    end)
    assert.same({ 1000, 1000, 1000 }, { counts[1], counts[2], counts[3] })
  end)
end)
