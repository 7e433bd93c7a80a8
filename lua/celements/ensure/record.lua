--- The journal of provisioning: a record for each key, kept in a store.
--
-- A record is written before the creation is sent, as an intent, and again with the instance when it is there. Whoever
-- finds an intent knows that an instance may have been made, and by which tag to look for it.

local copy = require "celements.copy"
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
---@field sent_at integer? when a creation was about to be sent, seconds since the epoch, on the clock of who sent it
---@field within integer? seconds after that until when it may be sent: it may wait for its turn, or be tried again
---@field request table? fingerprints of the request
---@field instance table? as the platform gave it; while it is nil the record is an intent

--- The tag that instances of a key carry. Different keys have different tags, and a tag does not tell its key; a key
--- that can be guessed can be tried.
---@param key string
---@return string? tag
---@return celements.Error? err of kind "unavailable" without luaossl
function record.tag(key)
  local digest, err = crypto.load("provisioning by key", "digest")
  if not digest then return nil, err end
  return "celements-" .. crypto.hex(digest.new("sha256"):final("celements ensure\0" .. key)):sub(1, 40)
end

--- Whether a tag is one that marks an instance as some key's.
---@param tag any
---@return boolean
function record.is_tag(tag)
  return type(tag) == "string" and #tag == 50 and tag:find("^celements%-%x+$") ~= nil
end

--- How long an instance that an intent tells of may still take to be listed.
---@param known celements.ensure.Record
---@param settle number seconds that one takes, from when its creation is sent
---@return number seconds 0 or less when it would be listed by now
function record.patience(known, settle)
  if not known.sent_at then return 0 end
  local age = math.max(0, os.time() - known.sent_at - 1) -- whole seconds
  return settle + (known.within or 0) - age
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

-- A number such as 1e30 is read by every Lua, and not written exactly by all of them. It must not cost the token.
local function writable(instance)
  local kept = {}
  for name, field in pairs(instance) do
    if core.encode { field } then kept[name] = field end
  end
  return kept
end

--- Writes a record as a text. Fields of the instance that this Lua cannot write are left out.
---@param value celements.ensure.Record
---@return string
function record.write(value)
  local whole = copy(value, { version = VERSION })
  local text = core.encode(whole)
  if not text and whole.instance then
    whole.instance = writable(whole.instance)
    text = core.encode(whole)
  end
  return assert(text)
end

return record
