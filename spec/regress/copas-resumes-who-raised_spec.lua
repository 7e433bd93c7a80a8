-- In plain Lua 5.1 a call raises where it cannot yield. Its thread is not suspended then, and is not to be resumed.
local caller = require "spec.support.caller"
local sandbox = require "celements.sandbox"

local has_copas, copas = pcall(require, "copas")
if not has_copas then return end

it("a thread of copas whose call has raised is left where it waits later", function()
  local server = assert(sandbox.start())
  local client = caller.client(server, { loop = "copas" })
  local raised, resumed, over = nil, false, false
  copas.addthread(function()
    raised = not pcall(string.gsub, "a", ".", function() assert(client:request("GET", "/elements/keys")) end)
    coroutine.yield() -- until somebody resumes it
    resumed = true
  end)
  copas.addthread(function()
    while raised == nil do client:request("GET", "/elements/keys") end
    client:close()
    over = true
  end)
  repeat copas.step(0.001) until over
  for _ = 1, 10 do copas.step(0.001) end
  assert.is_true(raised)
  assert.is_false(resumed)
  server:stop()
end)
