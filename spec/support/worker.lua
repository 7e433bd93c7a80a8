--- nginx with workers whose calls a spec can begin, hold back, look at and end.
local nginx = require "spec.support.nginx"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local INIT = [[
    openresty = require "celements.runtime.openresty"
    state = { made = 0 }
    function in_flight()
      collectgarbage()
      collectgarbage()
      local own, waiting = openresty.reactor(), 0
      for _ in pairs(own.waiting) do waiting = waiting + 1 end
      return math.max(waiting, own.engine:in_flight())
    end
]]

local SERVER = [[
    location = /get {
      lua_check_client_abort on;
      content_by_lua_block {
        local answer, err = get(ngx.var.arg_path)
        ngx.say(answer and "answered" or err.kind)
      }
    }
    location = /rested {
      lua_check_client_abort on;
      content_by_lua_block {
        celements.sleep(0)
        local answer, err = get(ngx.var.arg_path)
        ngx.say(answer and "answered" or err.kind)
      }
    }
    location = /large { content_by_lua_block {
      local piece = ("x"):rep(64 * 1024)
      for number = 1, 512 do
        while number == 257 and not results:get "half" do ngx.sleep(0.001) end
        ngx.print(piece)
        ngx.flush(true)
      end
    } }
    location = /pid { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
    location = /in_flight { content_by_lua_block { ngx.print(in_flight()) } }
    location = /lua { content_by_lua_block {
      ngx.req.read_body()
      local ok, err = pcall(assert(loadstring(ngx.req.get_body_data())))
      if not ok then ngx.say(err) end
    } }
    location = /fresh {
      lua_code_cache off;
      content_by_lua_block { local answer = get() ngx.print(answer and "answered") }
    }
]]

local Worker = {}
Worker.__index = Worker

local worker = {}

--- Starts it against a sandbox.
---@param server celements.Sandbox
---@param workers integer
---@param tmpdir string? a directory in which they make their sockets
---@return table worker what `spec.support.nginx` starts is its `nginx`
function worker.start(server, workers, tmpdir)
  local running = nginx.start(server, { init = INIT, server = SERVER, workers = workers, tmpdir = tmpdir })
  return setmetatable({ sandbox = server, nginx = running, prefix = running.prefix }, Worker)
end

--- Gets a path, and returns the body.
function Worker:get(path)
  return self.nginx:get(path)
end

--- Runs Lua in a worker, and returns what it says.
function Worker:run(code)
  return self.nginx:get("/lua", "--data-binary " .. shell.quote(code))
end

--- Begins a request and lets it go on by itself.
function Worker:begin(path, name, options)
  shell.run(("curl -s --noproxy '*' %s '%s%s' >%s/%s.out 2>/dev/null & echo $! >%s/%s.pid"):format(
    options or "", self.nginx.url, path, self.prefix, name, self.prefix, name))
end

--- What has come of such a request.
function Worker:output(name)
  local _, text = shell.run(("cat %s/%s.out"):format(self.prefix, name))
  return text
end

--- How many bytes of it have come.
function Worker:size(name)
  local _, text = shell.run(("wc -c <%s/%s.out"):format(self.prefix, name))
  return tonumber(text)
end

--- Ends such a request.
function Worker:abort(name)
  shell.run(("kill $(cat %s/%s.pid)"):format(self.prefix, name))
end

--- Lets the sandbox hold back so many listings.
function Worker:hold(count)
  waiting.hold(self.sandbox, count, { path = "^/instances$" })
end

--- Returns when so many are held back.
function Worker:held(count)
  waiting.arrive(self.sandbox, count)
end

--- Returns when no call is in flight.
function Worker:rest()
  waiting.till(function() return self:get "/in_flight" == "0" end, "an idle service")
end

--- Stops nginx.
function Worker:stop()
  self.nginx:stop()
end

return worker
