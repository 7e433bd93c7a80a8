-- In which of nginx's phases a call waits, and what it says in the others. The module has to be built for nginx's Lua,
-- so this runs there only.
if not rawget(_G, "jit") then return end

local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local waiting = require "spec.support.waiting"

local INIT = [[
    function probe(name)
      local answer, err = get()
      results:set(name, answer and "answered" or err.kind .. ": " .. tostring(err))
    end
    probe "init"
]]

local HTTP = [[
  init_worker_by_lua_block { probe "init_worker" }
  exit_worker_by_lua_block { probe "exit_worker" }
  upstream balanced {
    server 0.0.0.1;
    balancer_by_lua_block {
      probe "balancer"
      require("ngx.balancer").set_current_peer("127.0.0.1", ngx.var.server_port)
    }
  }
]]

local SERVER = [[
    server_rewrite_by_lua_block { if ngx.var.uri == "/phases" then probe "server_rewrite" end }
    ssl_client_hello_by_lua_block { probe "ssl_client_hello" }
    ssl_certificate_by_lua_block { probe "ssl_cert" }
    location = /phases {
      set_by_lua_block $unused { probe "set" return "" }
      rewrite_by_lua_block { probe "rewrite" }
      access_by_lua_block { probe "access" }
      content_by_lua_block {
        probe "content"
        ngx.timer.at(0, function() probe "timer" end)
        ngx.say "done"
      }
      header_filter_by_lua_block { probe "header_filter" }
      body_filter_by_lua_block { probe "body_filter" }
      log_by_lua_block { probe "log" }
    }
    location = /balanced { proxy_pass http://balanced/ping; }
]]

describe("in nginx's phase", function()
  local server, running

  setup(function()
    server = assert(sandbox.start())
    running = nginx.start(server, { init = INIT, http = HTTP, server = SERVER })
    assert.equal("done", running:get "/phases")
    assert.equal("done", running:get(running.tls_url .. "/phases"))
    assert.equal("pong", running:get "/balanced")
    running:signal "reload"
  end)
  teardown(function()
    running:stop()
    server:stop()
  end)

  local function result(name)
    local text
    waiting.till(function()
      text = running:get("/results/?name=" .. name)
      return text ~= ""
    end, "the result of " .. name)
    return text
  end

  it("init a call blocks: nobody waits for nginx yet", function() assert.equal("answered", result "init") end)

  for _, name in ipairs { "server_rewrite", "rewrite", "access", "content", "timer", "ssl_cert" } do
    it(name .. " a call waits", function() assert.equal("answered", result(name)) end)
  end

  local timer = "do it in a timer, ngx.timer.at(0, function() … end)"
  for name, way_out in pairs {
    init_worker = timer, set = timer, balancer = timer, header_filter = timer, body_filter = timer, log = timer,
    ssl_client_hello = "do it in ssl_certificate_by_lua", exit_worker = "do it earlier",
  } do
    it(name .. " a call is refused, and the way out named", function()
      assert.equal(("unavailable: nothing can wait in nginx's phase %s: %s (unavailable; GET /elements/keys)"):format(
        name, way_out), result(name))
    end)
  end

  it("any, nothing is said in the error log", function() assert.equal("", running:log()) end)
end)
