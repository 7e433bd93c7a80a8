--- The journal of provisioning: a record for each key, kept in a store.
--
-- A record is written before the creation is sent, as an intent, and again with the instance when it is there. Whoever
-- finds an intent knows that an instance may have been made, and by which tag to look for it.

local core = require "celements.core"
local crypto = require "celements.crypto"
local errors = require "celements.errors"

local record = {}

--- What the names of all records begin with.
record.PREFIX = "ensure/"

local VERSION = 1

---@class celements.ensure.Record
---@field key string
---@field tag string
---@field sent_at integer? when a creation was sent last, seconds since the epoch, on the clock of who sent it
---@field request table? fingerprints of the request
---@field instance table? as the platform gave it; while it is nil the record is an intent

--- The tag that instances of a key carry. Different keys have different tags, and a tag does not tell its key; a key
--- that can be guessed can be tried.
---@param key string
---@return string? tag
---@return celements.Error? err of kind "unavailable" without luaossl
function record.tag(key)
  local digest, err = crypto.load("instances:ensure", "digest")
  if not digest then return nil, err end
  return "celements-" .. crypto.hex(digest.new("sha256"):final("celements ensure\0" .. key)):sub(1, 40)
end

--- The name of a tag's record in a store.
---@param tag string
---@return string
function record.name(tag)
  return record.PREFIX .. tag
end

--- Reads what `store:get` or `store:each` gave.
---@param text string
---@return celements.ensure.Record?
---@return celements.Error? err of kind "response" for what is no record
function record.read(text)
  local value = core.decode(text)
  if type(value) == "table" and value.version == VERSION and type(value.tag) == "string" then return value end
  local is_newer = type(value) == "table" and type(value.version) == "number" and value.version > VERSION
  return nil, errors.new {
    kind = "response",
    message = is_newer and "a record of the store is of a newer version of celements"
      or "what stands in the store is no record of a provisioning",
    hint = is_newer and "use that version" or "look at the store; records are named " .. record.PREFIX .. "…",
  }
end

--- Writes a record as a text.
---@param value celements.ensure.Record
---@return string
function record.write(value)
  local copy = { version = VERSION }
  for name, field in pairs(value) do copy[name] = field end
  return assert(core.encode(copy))
end

return record
