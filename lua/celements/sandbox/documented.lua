--- The generated table of elements as the sandbox reads it: one definition for each of the vendor's pages.
local data = require "celements.catalogue.data"

-- No page prints the number of this one.
local NUMBERS = { sfdcmarketingcloud = 9001 }

local AUTHENTICATION = { apikey = "apiKey", auth = "custom" }

local TYPES = { boolean = "BOOLEAN", number = "TEXTFIELD_32", password = "PASSWORD", string = "TEXTFIELD_1000" }

-- The notes that tell a default.
local DEFAULTS = {
  ["defaults to true"] = "true", ["literal default true"] = "true", ["literal default false"] = "false",
  ["default false"] = "false", ["default caw"] = "caw",
}

local function type_of(key, kind)
  if key:find("%.secret$") and not key:find("^oauth%.api") then return "PASSWORD" end
  return assert(TYPES[kind], kind)
end

local function read(key, text)
  local id, name, hub, kind, rest = text:match("^(%d*)|([^|]*)|([^|]*)|([^|\n]*)\n(.*)$")
  local entries = {}
  for line in rest:gmatch("[^\n]+") do
    local entry, required, type, note = line:match("^([^|]*)|([^|]*)|([^|]*)|([^|]*)")
    entries[#entries + 1] = { entry, type_of(entry, type), DEFAULTS[note], required == "yes" }
  end
  return {
    key = key, id = tonumber(id) or NUMBERS[key], name = name, hub = hub ~= "" and hub or nil,
    authentication = AUTHENTICATION[kind] or kind, entries = entries,
  }
end

local documented = {}
for key, text in pairs(data) do documented[#documented + 1] = read(key, text) end
table.sort(documented, function(a, b) return a.key < b.key end)

return documented
