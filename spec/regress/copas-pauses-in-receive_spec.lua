-- From 4.3 on copas may pause when a receive has its answer: a call made meanwhile must not be left without a driver.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local waiting = require "spec.support.waiting"

local has_copas, copas = pcall(require, "copas")
if not has_copas then return end

it("a call made while copas pauses at the end of the driver's receive is answered", function()
  local server = assert(sandbox.start())
  local client = celements.new {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    loop = "copas",
  }
  local receive, late, count = copas.receive, nil, 0
  function copas.receive(...) -- luacheck: ignore
    local first, second = receive(...)
    if late == nil then
      late = false
      copas.addthread(function() late = client:request("GET", "/elements/keys") end)
    end
    return first, second
  end
  copas.addthread(function() count = #client:request("GET", "/elements/keys") end)
  waiting.till(function()
    copas.step(0.001)
    return late
  end, "the answer to the second call")
  copas.receive = receive -- luacheck: ignore
  assert.is_true(count > 0)
  assert.is_table(late)
  client:close()
  server:stop()
end)
