--- How a response, or a fault in its place, goes out through nginx.
--
-- Over HTTP/1.1 every fault breaks the connection itself. Over HTTP/2 a connection carries many requests, so nginx
-- only resets the stream: `close_before`, `close_after`, `reset` and both `truncated` faults then arrive as a
-- stream error, and `truncated_chunked` equals `truncated` without a Content-Length. On a connection where a stream
-- was cancelled before, nginx 1.22 holds that back until the next frame arrives: a client then sees a timeout.
local wire = {}

local CUT_JSON = '{"id": 1234, "name": "Tes'
local PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to this network</h1>"
  .. "</body></html>\n"
local CHUNK = 65536

local function head(response, length)
  ngx.status = response.status
  for name, value in pairs(response.headers) do ngx.header[name] = value end
  ngx.header["Content-Length"] = length
end

local function size(response)
  return response.file and response.file.length or #response.body
end

local function part(response, at, count)
  local file = response.file
  if file then return file.content:read(file.offset + at, count) end
  return response.body:sub(at + 1, at + count)
end

-- The first bytes of a response's body, in pieces.
local function write(response, count)
  if not response.file then return ngx.print(part(response, 0, count)) end
  local at = 0
  while at < count do
    local piece = part(response, at, math.min(CHUNK, count - at))
    ngx.print(piece)
    at = at + #piece
    if at < count and not ngx.flush(true) then return end
  end
end

--- Sends a response.
---@param response celements.sandbox.Response
function wire.send(response)
  local bodiless = response.status == 204 or response.status == 304
  head(response, not bodiless and size(response) or nil)
  if bodiless or size(response) == 0 then return ngx.send_headers() end
  write(response, size(response))
end

local function close()
  return ngx.exit(444)
end

local function copy(response, changes, headers)
  local result = {
    status = response.status, headers = {}, body = response.body, file = not changes.body and response.file or nil,
  }
  for name, value in pairs(response.headers) do result.headers[name] = value end
  for name, value in pairs(headers or {}) do result.headers[name] = value end
  for name, value in pairs(changes) do result[name] = value end
  return result
end

local function cut(fault, response, length)
  head(response, length)
  local whole = size(response)
  ngx.send_headers()
  write(response, math.min(fault.bytes or math.floor(whole / 2), whole))
  ngx.flush(true)
  return close()
end

-- Every fault gets: its parameters, `work` (does what was asked, once, and returns the response) and `fail`
-- (makes an error response without doing anything).
local faults = {}

function faults.delay(fault, work)
  if fault.when == "after" then
    local response = work()
    ngx.sleep(fault.seconds)
    return wire.send(response)
  end
  ngx.sleep(fault.seconds)
  return wire.send(work())
end

function faults.close_before()
  return close()
end

function faults.close_after(_, work)
  work()
  return close()
end

function faults.reset(fault, work)
  if fault.work then work() end
  return ngx.exec("@reset")
end

function faults.status(fault, work, fail)
  if fault.work then work() end
  local response = fail(fault.status, "Armed fault")
  return wire.send(copy(response, { body = fault.body }, fault.headers))
end

function faults.truncated(fault, work)
  local response = work()
  return cut(fault, response, size(response) + 1)
end

function faults.truncated_chunked(fault, work)
  return cut(fault, work(), nil)
end

function faults.invalid_json(fault, work)
  return wire.send(copy(work(), { body = fault.body or CUT_JSON }))
end

function faults.content_type(fault, work)
  return wire.send(copy(work(), {}, { ["Content-Type"] = fault.value }))
end

function faults.html(fault, work)
  if fault.work then work() end
  return wire.send { status = fault.status, headers = { ["Content-Type"] = "text/html" }, body = fault.body or PAGE }
end

function faults.rate_limited(fault, _, fail)
  return wire.send(copy(fail(429, "Too many requests"), {}, { ["Retry-After"] = fault.retry_after }))
end

function faults.drip(fault, work)
  local response = work()
  head(response, size(response))
  for at = 0, size(response) - 1, fault.bytes do
    ngx.print(part(response, at, math.min(fault.bytes, size(response) - at)))
    if not ngx.flush(true) then return end
    ngx.sleep(fault.pause)
  end
end

-- Valid JSON, one string long, so that only its size is wrong.
function faults.huge(fault)
  head({ status = 200, headers = { ["Content-Type"] = "application/json;charset=UTF-8" } }, fault.bytes)
  local left, chunk = fault.bytes - 2, ("x"):rep(CHUNK)
  ngx.print('"')
  while left > 0 do
    ngx.print(left >= CHUNK and chunk or chunk:sub(1, left))
    if not ngx.flush(true) then return end
    left = left - CHUNK
  end
  ngx.print(fault.bytes > 1 and '"' or "")
end

function faults.empty(fault, work)
  if fault.work then work() end
  return wire.send { status = 200, headers = { ["Content-Type"] = "application/json;charset=UTF-8" }, body = "" }
end

--- Meets a request with a fault.
---@param fault table as `celements.sandbox.faults` checked it
---@param work fun(): celements.sandbox.Response
---@param fail fun(status: integer, message: string): celements.sandbox.Response
function wire.fault(fault, work, fail)
  return faults[fault.name](fault, work, fail)
end

return wire
