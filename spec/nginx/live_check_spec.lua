-- Creations in nginx that are checked by what the platform says of the element.
if not rawget(_G, "jit") then return end

local caller = require "spec.support.caller"
local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"

local server, running

-- A worker of its own for each: what it holds goes with it.
before_each(function()
  server = assert(sandbox.start())
  running = nginx.start(server, {
    init = [[
      function create(timeout)
        local instance, err = client.instances:create({
          element = { key = "mailjet" }, name = "x",
          configuration = { ["mailjet.api.key"] = "k", ["mailjet.api.secret"] = "s" },
        }, { check = "live", timeout = timeout or 20 })
        return instance and "made" or err.kind
      end
    ]],
    server = [[
      location = /create { content_by_lua_block { ngx.print(create()) } }
      location = /three {
        content_by_lua_block { ngx.print(table.concat(celements.map({ 20, 20, 20 }, create), " ")) }
      }
      location = /killed {
        content_by_lua_block {
          local thread = ngx.thread.spawn(create, 1)
          ngx.sleep(0.2)
          ngx.thread.kill(thread)
          ngx.print("killed")
        }
      }
    ]],
  })
end)
after_each(function()
  running:stop()
  server:stop()
end)

it("an element's configuration is fetched once in a worker, for calls at the same time and later", function()
  assert.equal("made made made", running:get "/three")
  assert.equal("made", running:get "/create")
  assert.equal(1, #caller.arrived(server, "GET"))
  assert.equal("", running:log())
end)

it("nobody waits for ever for a configuration that a killed light thread asked for", function()
  assert(server:fault { name = "delay", seconds = 30, match = { method = "GET" } })
  assert.equal("killed", running:get "/killed")
  assert.equal("made", running:get "/create")
  assert.equal(1, #caller.arrived(server, "POST"))
end)
