--- Posts notifications from within nginx, in timers: whoever caused one does not wait for its receiver.
local notifications = require "celements.sandbox.notifications"
local signature = require "celements.sandbox.signature"

local sender = {}

-- Milliseconds to connect, to send, to be answered.
local TIMEOUTS = { 5000, 10000, 30000 }
local MOST = 65536 -- bytes that are read of an answer

local function text_of(post)
  local lines = { ("POST %s HTTP/1.1"):format(post.path) }
  for name, value in pairs(post.headers) do table.insert(lines, name .. ": " .. value) end
  table.insert(lines, ("Content-Length: %d\r\nConnection: close\r\n\r\n"):format(#post.body))
  return table.concat(lines, "\r\n") .. post.body
end

-- nginx knows no names without a resolver.
local function address(host)
  return host == "localhost" and "127.0.0.1" or host
end

local function exchange(socket, post)
  local ok, err = socket:connect(address(post.host), post.port)
  if ok and post.tls then ok, err = socket:sslhandshake(nil, post.host, false) end
  if ok then ok, err = socket:send(text_of(post)) end
  local line
  if ok then line, err = socket:receive("*l") end
  if not line then return nil, err end
  socket:receive(MOST)
  local status = tonumber(line:match("^HTTP/1%.%d (%d%d%d)"))
  return status, not status and "the receiver's answer is no HTTP" or nil
end

local deliver

local function later(state, record, delay)
  local ok, err = ngx.timer.at(delay, function(premature)
    if not premature then deliver(state, record) end
  end)
  if not ok then notifications.give_up(record, err) end
end

function deliver(state, record)
  local post, err = notifications.prepare(state, record, signature.sign)
  if not post then return notifications.give_up(record, err) end
  local socket = ngx.socket.tcp()
  socket:settimeouts(unpack(TIMEOUTS))
  local status, why = exchange(socket, post)
  socket:close()
  local delay = notifications.attempted(state, record, status, why)
  if delay then later(state, record, delay) end
end

--- Begins to send what is to be sent.
---@param state celements.sandbox.State
function sender.flush(state)
  if not state.outbox[1] then return end
  local list = state.outbox
  state.outbox = {}
  local ok, err = ngx.timer.at(0, function(premature)
    for _, record in ipairs(premature and {} or list) do deliver(state, record) end
  end)
  if ok then return end
  for _, record in ipairs(list) do notifications.give_up(record, err) end
end

return sender
