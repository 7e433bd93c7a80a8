--- Handlers of `/files`, which the elements of document hubs have. The bytes stay where they are.
local content = require "celements.sandbox.content"
local hubs = require "celements.sandbox.hubs"
local json = require "celements.sandbox.json"
local multipart = require "celements.sandbox.multipart"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local files = {}

local FIELDS = { "id", "name", "size", "type", "directory", "createdDate" }
local OCTETS = "application/octet-stream"

local function shown(file)
  return json.object({
    id = file.id, name = file.name, size = file.length, type = file.type, directory = false,
    createdDate = file.created,
  }, FIELDS)
end

-- What the request calls the file, where it is in the request, and its other fields.
local function parse(req)
  local body, kind = req.content or content.text(req.body), req.headers["content-type"]
  local boundary = multipart.boundary(kind)
  if not boundary then
    local name = request.parameter(req, "name") or "file"
    return { name = name, type = kind or OCTETS, offset = 0, length = body.size }, {}
  end
  local parts, err = multipart.parse(body, boundary)
  if not parts then return nil, err end
  local found, form = nil, {}
  for _, part in ipairs(parts) do
    if part.file and not found then
      found = {
        name = part.file, type = part.type or OCTETS, offset = part.offset, length = part.length, field = part.name,
      }
    else
      form[part.name] = body:read(part.offset, part.length)
    end
  end
  if not found then return nil, "the form holds no file" end
  form["file field"] = found.field
  return found, form
end

--- `POST /files`: a multipart form with one file, or the file's bytes alone.
files.create = hubs.having("files", function(context)
  local req = context.request
  local file, form = parse(req)
  if not file then return reply.fail(400, form) end
  req.form = form
  file.content, file.instance = req.content or content.text(req.body), context.instance
  file.content:keep()
  return reply.ok(shown(context.state:add_file(file)))
end)

--- `GET /files/{id}`: the bytes (observed: with a Content-Disposition).
files.get = hubs.having("files", function(context)
  local file = context.state.files[context.captures.id]
  if not file or file.instance and file.instance ~= context.instance then
    return reply.fail(404, "No file found with ID " .. context.captures.id)
  end
  local result = reply.ok(nil, {
    ["Content-Type"] = file.type, ["Content-Disposition"] = ('attachment; filename="%s"'):format(file.name),
  })
  result.file = file
  return result
end)

return files
