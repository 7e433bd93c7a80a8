-- Lua 5.1 and 5.2 raise where they cannot yield, which a call finds out only when it is about to wait. Its caller knows
-- that it failed: it must not be sent after that.
local caller = require "spec.support.caller"
local celements = require "celements"
local sandbox = require "celements.sandbox"
local waiting = require "spec.support.waiting"

local followed_by = {
  ["the end of the task"] = function() end,
  ["an error that ends the task"] = function() error("after", 0) end,
  ["another call"] = function(client) assert(client:request("GET", "/elements/keys")) end,
  ["a call in a coroutine of the task's own"] = function(client)
    coroutine.wrap(function() assert(client:request("GET", "/elements/keys")) end)()
  end,
  ["a sleep"] = function() celements.sleep(0.01) end,
  ["a yield of the task's own"] = function() coroutine.yield() end,
  ["a wait for another task"] = function() celements.spawn(function() celements.sleep(0.01) end):wait() end,
}

describe("a call that raises because it cannot wait is not sent, whatever follows:", function()
  local server, client

  setup(function() server = assert(sandbox.start()) end)
  teardown(function() server:stop() end)
  before_each(function()
    assert(server:reset())
    client = caller.client(server)
  end)
  after_each(function()
    client:close()
    assert.equal(0, waiting.tasks())
  end)

  for name, follow in pairs(followed_by) do
    it(name, function()
      local answered = 0
      local task = celements.spawn(function()
        for _ = 1, 3 do
          pcall(string.gsub, "a", ".", function()
            assert(client.instances:create(caller.mailjet()))
            answered = answered + 1
          end)
        end
        follow(client)
      end)
      task:wait()
      assert(client:request("GET", "/elements/keys"))
      local sent = 0
      for _, entry in ipairs(assert(server:journal())) do
        if entry.method == "POST" then sent = sent + 1 end
      end
      assert.equal(answered, sent)
    end)
  end
end)
