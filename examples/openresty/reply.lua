--- Answers in JSON.
local celements = require "celements"
local cjson = require "cjson"

local reply = {}

-- What the customer is told of an error, by its kind; everything else is ours to mend.
local status_of = { configuration = 400, provider = 422, rejected = 422, conflict = 409, timeout = 504 }

local ARRAY = getmetatable(celements.array())

-- lua-cjson by itself writes an empty list as an object.
local function encode(body)
  if type(body) == "table" and getmetatable(body) == ARRAY and #body == 0 then return "[]" end
  return cjson.encode(body)
end

--- Answers a request.
---@param status integer
---@param body any
function reply.with(status, body)
  ngx.status = status
  ngx.say(encode(body))
end

--- Answers with what went wrong. Errors of celements hold no secret, so they can be logged whole.
---@param err celements.Error
function reply.failure(err)
  ngx.log(ngx.WARN, tostring(err))
  reply.with(status_of[err.kind] or 502, { error = err.kind, message = err.message, missing = err.missing })
end

--- The request's JSON object, or nil.
---@return table?
function reply.body()
  ngx.req.read_body()
  local ok, body = pcall(cjson.decode, ngx.req.get_body_data() or "")
  return ok and type(body) == "table" and body or nil
end

return reply
