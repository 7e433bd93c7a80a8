-- Files inside nginx: a thread of the worker carries them, from and to paths and functions.
if not rawget(_G, "jit") then return end

local content = require "celements.sandbox.content"
local caller = require "spec.support.caller"
local scratch = require "spec.support.scratch"
local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local SIZE = 3 * 1024 * 1024 + 7
local WHOLE = content.generated(SIZE):read(0, SIZE)

local SERVER = [[
    location = /lua { content_by_lua_block {
      ngx.req.read_body()
      local ok, err = pcall(assert(loadstring(ngx.req.get_body_data())))
      if not ok then ngx.say(err) end
    } }
    location = /abandoned {
      lua_check_client_abort on;
      content_by_lua_block {
        ngx.req.read_body()
        assert(loadstring(ngx.req.get_body_data()))()
      }
    }
    location = /in_flight { content_by_lua_block { ngx.print(openresty.reactor().engine:in_flight()) } }
]]

local server, running, here, client, token

setup(function()
  server = assert(sandbox.start())
  running = nginx.start(server, { init = [[openresty = require "celements.runtime.openresty"]], server = SERVER })
end)
teardown(function()
  assert.equal("", running:log())
  running:stop()
  server:stop()
end)
before_each(function()
  assert(server:reset())
  here = scratch.new()
  shell.run("chmod 777 " .. here.path) -- workers run as another user
  client = caller.client(server)
  caller.documents(client)
  token = assert(server:instances())[1].token
end)
after_each(function()
  client:close()
  here:remove()
  waiting.till(function() return running:get "/in_flight" == "0" end, "an idle service")
end)

-- Runs Lua in a worker, and returns what it says.
local function inside(code, ...)
  local head = ("local session, folder = client:with_token(%q), %q\n"):format(token, here.path)
  return running:get("/lua", "--data-binary " .. shell.quote(head .. code:format(...)))
end

describe("in a worker", function()
  it("a file goes up and comes down by path", function()
    here:write("up", WHOLE)
    assert.equal(("%d down up"):format(SIZE), inside [[
      local told = 0
      local options = { on_progress = function(done) told = done end }
      local sent = assert(session:upload("/files", folder .. "/up", options))
      local file = assert(session:download("/files/" .. sent.id, folder .. "/down", options))
      assert(file.bytes == told and file.name == "up")
      ngx.print(file.bytes)
    ]] .. " " .. here:list())
    assert.truthy(WHOLE == here:read "down")
  end)

  it("a file goes up and comes down through functions, while others go on", function()
    assert.equal("same same same", inside([[
      local WHOLE = ("0123456789abcde\n"):rep(%d)
      local function both()
        local at, pieces = 1 - 100000, {}
        local sent = assert(session:upload("/files", {
          size = #WHOLE,
          source = function()
            at = at + 100000
            if at %% 7 == 0 then assert(session:ping()) end
            if at %% 3 == 0 then ngx.sleep(0.001) end
            return at <= #WHOLE and WHOLE:sub(at, at + 99999) or nil
          end,
        }))
        assert(session:download("/files/" .. sent.id, function(piece)
          if #pieces %% 5 == 0 then ngx.sleep(0.001) end
          table.insert(pieces, piece)
        end))
        return WHOLE == table.concat(pieces) and "same" or "not the same"
      end
      local results = celements.map({ 1, 2, 3 }, both)
      ngx.print(table.concat(results, " "))
    ]], SIZE / 16))
  end)

  it("a function may take longer than the listener waits for something to hear", function()
    local id = assert(server:file { size = SIZE })
    assert.equal(tostring(SIZE), inside([[
      local slept
      ngx.print(assert(session:download("/files/%s", function()
        if not slept then ngx.sleep(3) end
        slept = true
      end)).bytes)
    ]], id))
  end)

  it("a call ends when its function says so, or raises", function()
    local id = assert(server:file { size = SIZE })
    assert.equal("cancelled no\ncancelled enough\ntrue why", inside([[
      local _, err = session:upload("/files", { source = function() return nil, "no" end })
      ngx.say(err.kind, " ", err.message)
      _, err = session:download("/files/%s", function() return nil, "enough" end)
      ngx.say(err.kind, " ", err.message)
      local ok, raised = pcall(session.download, session, "/files/%s", function() error({ "why" }) end)
      ngx.print(tostring(not ok), " ", raised[1])
    ]], id, id))
  end)

  it("nothing is left of what fails, and a task can be cancelled", function()
    local id = assert(server:file { size = SIZE })
    assert(server:fault { name = "truncated", match = { path = "files" } })
    waiting.hold(server, 1, { path = "files" })
    assert.equal("response\ncancelled", inside([[
      local path = "/files/%s"
      local _, err = session:download(path, folder .. "/down")
      ngx.say(err.kind)
      local task = celements.spawn(function() return session:download(path, folder .. "/down") end)
      celements.sleep(0.05)
      task:cancel()
      _, err = task:wait()
      ngx.print(err.kind)
    ]], id))
    assert.equal("", here:list())
    assert(server:reset())
  end)

  it("a request that its client abandons lets go of its file", function()
    local id = assert(server:file { size = SIZE })
    assert.equal("", here:list())
    waiting.hold(server, 1, { path = "files" })
    local code = ([[return client:with_token(%q):download("/files/%s", %q)]]):format(token, id, here:file "down")
    shell.run(("curl -s --noproxy '*' --max-time 0.2 --data-binary %s %s/abandoned"):format(
      shell.quote(code), running.url))
    waiting.till(function() return running:get "/in_flight" == "0" and here:list() == "" end, "an empty folder")
    assert(server:reset())
  end)
end)
