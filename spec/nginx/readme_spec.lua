-- The README's nginx configuration.
if not rawget(_G, "jit") then return end

local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"

it("the README's nginx configuration works", function()
  local server = assert(sandbox.start())
  assert(server:seed(3))
  local file = assert(io.open("README.md"))
  local block = file:read("*a"):match("```nginx\n(.-)```")
  file:close()
  local running = nginx.start_bare(server, block)
  local answer, log = running:get "/instances", running:log()
  running:stop()
  server:stop()
  assert.equal("3", answer)
  assert.equal("", log)
end)
