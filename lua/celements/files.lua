--- Files to and from a hub, streamed: they are never in memory as a whole.

local copy = require "celements.copy"
local core = require "celements.core"
local disposition = require "celements.disposition"
local errors = require "celements.errors"
local options = require "celements.options"
local request = require "celements.request"
local streamed = require "celements.streamed"

local files = {}

-- The platform gives a file as much time as this (API documentation).
local TIMEOUT = 3600

local OCTETS = "application/octet-stream"

--- What to upload. Either `path` or `source` is needed.
---@class celements.Upload
---@field path string? of a file
---@field source (fun(): string?, any)? gives one piece after the other, nil at the end; nil and a reason end the upload
---@field size integer? bytes that `source` gives in all; without it the body is sent in chunks
---@field name string? of the file, for the platform; default the path's last part, or "file"
---@field type string? media type; default application/octet-stream
---@field field string? of the form; default "file"
local known_for_file = {
  path = "string", source = "function", size = "number", name = "string", type = "string", field = "string",
}

local METHODS = { POST = true, PUT = true, PATCH = true }

--- Options of `session:upload`.
---@class celements.UploadOptions: celements.CallOptions
---@field timeout number? seconds for all of it; default 3600
---@field method "POST"|"PUT"|"PATCH"|nil default "POST"
---@field fields table<string, string|number|boolean>? other fields of the form
---@field raw boolean? sends the file's bytes alone instead of a multipart form
---@field on_progress (fun(done: integer, total: integer?): any)? is told of bytes; ends the upload by returning false
local known_for_upload = request.options_with {
  method = "string", fields = "table", raw = "boolean", on_progress = "function",
}

--- Options of `session:download`.
---@class celements.DownloadOptions: celements.CallOptions
---@field timeout number? seconds for all of it; default 3600
---@field max_bytes integer? of the file: a longer one fails; default any number
---@field on_progress (fun(done: integer, total: integer?): any)? is told of bytes; ends the download by returning false
local known_for_download = request.options_with { max_bytes = "size", on_progress = "function" }

local function cannot(what, why, method, path)
  return errors.new {
    kind = "configuration", message = what .. ": " .. why, method = method, path = path, hint = "nothing was sent",
  }
end

local function misuse(where, text, level)
  error(where .. ": " .. text, level + 1)
end

local function last_part(path)
  return path:match("[^/\\]+$") or "file"
end

local function check_file(where, file, level)
  options.argument(where, "file", file, "table|string", level + 1)
  if type(file) == "string" then file = { path = file } end
  options.check(where, file, known_for_file, level + 1)
  if (file.path == nil) == (file.source == nil) then misuse(where, "file needs either path or source", level + 1) end
  if file.path and file.size then misuse(where, "size belongs to a source, a path has its own", level + 1) end
  if file.size and not (file.size >= 0 and file.size % 1 == 0) then
    misuse(where, "size must be a whole number of bytes", level + 1)
  end
  if file.path and file.path:find("\0", 1, true) then misuse(where, "path must hold no NUL character", level + 1) end
  return file
end

local function field_text(where, name, value, level)
  local kind = type(value)
  if type(name) ~= "string" then misuse(where, "the names of fields must be strings", level + 1) end
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    misuse(where, ("field '%s' must be a string, a number or a boolean, not a %s"):format(name, kind), level + 1)
  end
  return tostring(value)
end

-- In one order, so that what is sent does not change from one run to the other.
local function sorted(fields)
  local names = {}
  for name in pairs(fields or {}) do table.insert(names, name) end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local function frame(where, stream, file, given, level)
  local kind = file.type or OCTETS
  if given.raw then
    if given.fields or file.field then misuse(where, "a raw upload has no fields", level + 1) end
    return stream:type(kind)
  end
  for _, name in ipairs(sorted(given.fields)) do
    local ok, why = stream:field(name, field_text(where, name, given.fields[name], level + 1))
    if not ok then return nil, why end
  end
  return stream:form(file.field or "file", file.name or file.path and last_part(file.path) or "file", kind)
end

local function perform(context, where, method, path, given, stream, level)
  local call = request.call_options(given)
  call.timeout, call.retries = given.timeout or TIMEOUT, 0 -- what was read or written cannot be called back
  call.stream = stream
  local body, info = request.perform(context, where, method, path, call, level + 1)
  return body, info
end

-- An error that a function raised goes on to whoever called; other failures are returned.
local function failed(stream, err, method, path)
  stream:close()
  if stream.raised then error(stream.raised[1], 0) end
  if not err then err = errors.new { kind = "cancelled", message = "the call was cancelled", method = method,
    path = path, attempts = 1 } end
  if stream.source or stream.sink then err.retryable = false end -- a function cannot begin anew
  if stream.stopped and err.kind == "cancelled" then
    err.message = stream.reason and tostring(stream.reason):gsub("%c+", " ") or "a function ended the call"
  elseif err.kind == "too_large" then
    err.hint = "see what the platform and the provider take"
  end
  return nil, err
end

--- Uploads a file. The answer's body comes back as from every call.
---@param context celements.Context
---@param where string
---@param path string
---@param file string|celements.Upload
---@param given celements.UploadOptions?
---@param level integer
---@return any? body
---@return celements.Info|celements.Error
function files.upload(context, where, path, file, given, level)
  file = check_file(where, file, level + 1)
  given = options.check(where, given, known_for_upload, level + 1)
  local method = given.method or "POST"
  if not METHODS[method] then misuse(where, "option 'method' must be POST, PUT or PATCH", level + 1) end
  local stream, why = core.source(file.path, file.size)
  if not stream then return nil, cannot(file.path, why, method, path) end
  local ok
  ok, why = frame(where, stream, file, given, level + 1)
  if not ok then misuse(where, "type " .. why, level + 1) end
  local carried = streamed.new { core = stream, source = file.source, on_progress = given.on_progress }
  local body, info = perform(context, where, method, path, given, carried, level + 1)
  if body == nil or not carried:complete() then return failed(carried, body == nil and info, method, path) end
  carried:close()
  return body, info
end

local function accept_anything(headers)
  local all = { Accept = "*/*" }
  for name, value in pairs(headers or {}) do
    if type(name) == "string" and name:lower() == "accept" then all.Accept = nil end
    all[name] = value
  end
  return all
end

--- A file that was downloaded.
---@class celements.Download
---@field bytes integer how many there are
---@field name string? as the server calls it, without a folder
---@field type string? media type

local function described(stream, info)
  return {
    bytes = (stream.core:moved()),
    name = disposition.name(info.headers["content-disposition"]),
    type = info.headers["content-type"],
  }
end

--- Downloads a file to a path, which it replaces when it is complete, or to a function, piece by piece.
---@param context celements.Context
---@param where string
---@param path string
---@param target string|fun(piece: string): any, any false, or nil and a reason, end the download
---@param given celements.DownloadOptions?
---@param level integer
---@return celements.Download? file
---@return celements.Info|celements.Error
function files.download(context, where, path, target, given, level)
  options.argument(where, "target", target, "function|string", level + 1)
  given = options.check(where, given, known_for_download, level + 1)
  local to_path = type(target) == "string" and target or nil
  if to_path and to_path:find("\0", 1, true) then misuse(where, "target must hold no NUL character", level + 1) end
  local stream, why = core.sink(to_path)
  if not stream then return nil, cannot(to_path, why, "GET", path) end
  if given.max_bytes then stream:limit(given.max_bytes) end
  local carried = streamed.new { core = stream, sink = not to_path and target or nil, on_progress = given.on_progress }
  local whole = copy(given, { headers = accept_anything(given.headers) })
  local body, info = perform(context, where, "GET", path, whole, carried, level + 1)
  if body == nil or not carried:complete() then return failed(carried, body == nil and info, "GET", path) end
  local ok
  ok, why = stream:commit()
  if not ok then
    carried:close()
    return nil, errors.new {
      kind = "cancelled", message = ("the file could not be finished: %s: %s"):format(to_path, why), method = "GET",
      path = path, attempts = 1, hint = "see to the file's folder",
    }
  end
  local file = described(carried, info)
  carried:close()
  return file, info
end

return files
