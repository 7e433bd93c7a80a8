--- What a handler answers: a status, headers, and data still to be encoded.
local reply = {}

---@class celements.sandbox.Reply
---@field status integer
---@field headers table<string, string>
---@field data? any nil for an empty body
---@field message? string of an error
---@field file? celements.sandbox.File sent instead of data
---@field provider_message? string of an error that the provider caused

-- The text of every 401 that the platform itself gives (observed).
local UNAUTHORIZED = "Invalid Organization or User secret, or invalid Element token provided."

--- Makes a successful answer. Success is 200 for every method (observed).
---@param data? any
---@param headers? table<string, string>
---@return celements.sandbox.Reply
function reply.ok(data, headers)
  return { status = 200, headers = headers or {}, data = data }
end

--- Makes an error answer.
---@param status integer
---@param message string
---@param provider_message? string
---@return celements.sandbox.Reply
function reply.fail(status, message, provider_message)
  return { status = status, headers = {}, message = message, provider_message = provider_message }
end

--- Answers 401 for a missing, malformed or wrong credential.
---@return celements.sandbox.Reply
function reply.unauthorized()
  return reply.fail(401, UNAUTHORIZED)
end

--- Answers for a provider that refuses the instance's credentials.
---@param key string the element's key
---@return celements.sandbox.Reply
function reply.provider_refusal(key)
  return reply.fail(401, "The provider refused the request", key .. ": invalid credentials")
end

--- Answers success where the platform sends no body, or `{}` where the switch says so.
---@param switches table
---@return celements.sandbox.Reply
function reply.done(switches)
  if switches.empty_body == "object" then
    return reply.ok(require("celements.sandbox.json").object())
  end
  return reply.ok()
end

return reply
