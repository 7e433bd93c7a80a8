-- A finaliser may run in the middle of any call, and make a call of its own: neither may see the other's path.
local celements = require "celements"

local function on_collection(work)
  if rawget(_G, "newproxy") then
    getmetatable(newproxy(true)).__gc = work -- luacheck: ignore
  else
    setmetatable({}, { __gc = work })
  end
end

describe("a call in a finaliser", function()
  it("leaves the path of the call that it interrupts alone", function()
    local client = celements.new { base_url = "http://127.0.0.1:1", user_secret = "u", organization_secret = "o" }
    client:close() -- so that the path comes back in the error, without a connection
    local other, ran = ("B"):rep(100000), 0
    for length = 1000, 1500 do
      on_collection(function()
        ran = ran + 1
        client.instances:get(other)
      end)
      local wanted = ("A"):rep(length)
      local _, err = client.instances:get(wanted)
      assert.equal("/instances/" .. wanted, err.path)
    end
    collectgarbage()
    assert.is_true(ran > 0)
  end)
end)
