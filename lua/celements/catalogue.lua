--- What each element wants in its configuration, as far as the vendor's public pages tell.

---@class celements.catalogue.Entry
---@field key string the name used in an instance's `configuration`
---@field required "yes"|"no"|"unknown" mostly inferred from example payloads; "unknown" where it depends on the flow
---@field type string "string", "password", "boolean" or "number"
---@field note string? what `required` rests on, or the condition under which the entry applies
---@field strong true? the entry is documented well enough to refuse a request that lacks it

---@class celements.catalogue.Element
---@field key string
---@field id integer? the element's number, where a page prints one
---@field name string
---@field hub string?
---@field auth string "basic", "apikey", "custom", "oauth1" or "oauth2"
---@field entries celements.catalogue.Entry[] in the order of the element's page

local catalogue = {}

-- Numbers that the documentation prints for more than one element: 84 stands for MailJet Messaging and for
-- MailJet Marketing, which is also given 87 and 197.
local AMBIGUOUS_IDS = { ["84"] = true }

-- Most programs never ask for an element, so the data waits for the first that does.
local function load_data()
  return require("celements.catalogue.data")
end

local function optional(field)
  if field ~= "" then return field end
end

--- Returns what is known about an element, as a new table that the caller may change, or nil when the catalogue does
--- not have the key. Keys are compared exactly.
---@param key any
---@return celements.catalogue.Element?
function catalogue.get(key)
  local text = type(key) == "string" and load_data()[key]
  if not text then return nil end
  local id, name, hub, auth, rest = text:match("^(%d*)|([^|]*)|([^|]*)|([^|\n]*)\n(.*)$")
  local entries = {}
  for entry_key, required, kind, note, strong in rest:gmatch("([^|\n]+)|([^|]*)|([^|]*)|([^|]*)|([^|\n]*)\n") do
    table.insert(entries, {
      key = entry_key,
      required = required,
      type = kind,
      note = optional(note),
      strong = strong == "strong" or nil,
    })
  end
  return { key = key, id = tonumber(id), name = name, hub = optional(hub), auth = auth, entries = entries }
end

local strong, NONE = {}, {}

--- Returns the keys that a request for the element must hold, as the documentation says well enough to refuse one that
--- does not, and the element's number. The list must not be changed; it is empty for an element that is not known.
---@param key any
---@return string[] keys
---@return integer? id
function catalogue.strong_keys(key)
  local known = strong[key]
  if not known then
    local element = catalogue.get(key)
    if not element then return NONE end
    known = { id = element.id, keys = {} }
    for _, entry in ipairs(element.entries) do
      if entry.strong then table.insert(known.keys, entry.key) end
    end
    strong[key] = known
  end
  return known.keys, known.id
end

--- Returns the element with this number, or nil when there is none, or when the documentation prints the number for
--- several elements. Numbers may differ between environments: good for a hint, never for a refusal.
---@param id any an integer, or a string of its digits
---@return celements.catalogue.Element?
function catalogue.by_id(id)
  local digits = type(id) == "number" and ("%.0f"):format(id) or id
  if type(digits) ~= "string" or not digits:find("^%d+$") or AMBIGUOUS_IDS[digits] then return nil end
  if type(id) == "number" and id % 1 ~= 0 then return nil end
  for key, text in pairs(load_data()) do
    if text:match("^%d*") == digits then return catalogue.get(key) end
  end
end

--- Returns the keys of all elements in the catalogue, sorted.
---@return string[]
function catalogue.keys()
  local keys = {}
  for key in pairs(load_data()) do table.insert(keys, key) end
  table.sort(keys)
  return keys
end

return catalogue
