--- The event loops that celements can wait in, each behind the same few functions, for specs that hold for all of them.

---@class spec.Loop
---@field name string
---@field start fun(work: fun()) begins a thread of the loop; must not raise
---@field run fun() runs the loop until nothing is left in it
---@field tick fun(each: fun(): boolean) calls a function again and again, until it returns false
---@field serve (fun(respond: fun(path: string): string): integer, fun())? an HTTP server: its port, and its end
--- stops it
---@field can_sleep boolean

local makers = {}

function makers.cqueues()
  local cqueues = require "cqueues"
  local controller = cqueues.new()
  local loop = { can_sleep = true }

  function loop.start(work) controller:wrap(work) end

  function loop.run()
    assert(controller:loop())
    controller = cqueues.new()
  end

  function loop.tick(each)
    controller:wrap(function() while each() do cqueues.sleep(0.001) end end)
  end

  local found, http_server = pcall(require, "http.server")
  if found then
    function loop.serve(respond)
      local headers = require "http.headers"
      local server = assert(http_server.listen {
        host = "127.0.0.1", port = 0, cq = controller,
        onstream = function(_, stream)
          local path = stream:get_headers():get(":path")
          stream:get_body_as_string()
          local head = headers.new()
          head:append(":status", "200")
          head:append("content-type", "application/json")
          head:append("connection", "close")
          stream:write_headers(head, false)
          stream:write_chunk(respond(path), true)
        end,
      })
      assert(server:listen())
      local _, _, port = server:localname()
      return port, function() server:close() end
    end
  end
  return loop
end

local function answer(body)
  return ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s")
    :format(#body, body)
end

-- The path of a request without a body, once all of it is there.
local function path_in(text)
  return text:find("\r\n\r\n", 1, true) and text:match("^%u+ (%S+)")
end

function makers.luv()
  local uv = require "luv"
  local loop = { can_sleep = true }

  function loop.start(work) coroutine.wrap(work)() end

  function loop.run() uv.run() end

  function loop.tick(each)
    local timer = uv.new_timer()
    timer:start(1, 1, function() if not each() then timer:close() end end)
  end

  function loop.serve(respond)
    local server = uv.new_tcp()
    server:bind("127.0.0.1", 0)
    server:listen(128, function()
      local client, text = uv.new_tcp(), ""
      server:accept(client)
      client:read_start(function(_, piece)
        text = text .. (piece or "")
        local path = path_in(text)
        if path then
          text = ""
          client:write(answer(respond(path)), function() client:close() end)
        elseif not piece and not client:is_closing() then
          client:close()
        end
      end)
    end)
    return server:getsockname().port, function() server:close() end
  end
  return loop
end

function makers.copas()
  local copas = require "copas"
  local socket = require "socket"
  local has_sleep = copas.wakeup ~= nil
  local loop = { can_sleep = has_sleep }
  local alive, tickers = 0, {}

  function loop.start(work)
    alive = alive + 1
    copas.addthread(function()
      work()
      alive = alive - 1
    end)
  end

  -- Before 2.0 its loop neither ends nor sleeps.
  local function step_along()
    while alive > 0 do
      copas.step(0.001)
      for index = #tickers, 1, -1 do
        if not tickers[index]() then table.remove(tickers, index) end
      end
    end
  end

  function loop.run()
    if has_sleep then copas.loop() else step_along() end
  end

  function loop.tick(each)
    if not has_sleep then return table.insert(tickers, each) end
    copas.addthread(function() while each() do copas.sleep(0.001) end end)
  end

  function loop.serve(respond)
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local open = true
    copas.addserver(server, function(client)
      if not open then return client:close() end
      client = copas.wrap(client)
      local text, line = ""
      repeat
        line = client:receive("*l")
        text = text .. (line or "") .. "\r\n"
      until not line or line == ""
      if line then client:send(answer(respond(path_in(text)))) end
      client.socket:close()
    end)
    return port, function()
      open = false
      if has_sleep then copas.removeserver(server) end -- which copas before 2.0 cannot
    end
  end
  return loop
end

local loops = {}

for name, make in pairs(makers) do
  local ok, loop = pcall(make)
  if ok then
    loop.name = name
    loops[name] = loop
  end
end

return loops
