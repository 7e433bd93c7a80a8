-- Writes the catalogue module from the table of elements.
--   lua src/catalogue/generate.lua [elements.tsv [data.lua]]      (standard input and output when left out)

local input_path, output_path = ...

local COLUMNS = { "key", "element_id", "name", "hub", "auth", "config_key", "required", "type", "note" }
local REQUIRED = { yes = true, no = true, unknown = true }

-- The evidence strong enough to refuse a request that lacks an entry stands here and nowhere else. Most "yes" marks
-- in the table are read off example payloads, and an example also holds what is optional or has a default.
--
-- 1. Single entries. MailJet Messaging: its page says that a missing required entry fails, and its documented body
--    holds exactly these two; both are credentials, so neither can have a default.
local STRONG_ENTRIES = { mailjet = { ["mailjet.api.key"] = true, ["mailjet.api.secret"] = true } }

-- 2. Entries that a "Required" column of the element's page marks. Left out: OAuth elements, whose flows differ;
--    booleans and the choice of authentication, for which the platform may have a default.
local function has_required_mark(row)
  return row.note == "Required column" and row.required == "yes" and not row.auth:find("^oauth")
    and row.type ~= "boolean" and row.config_key ~= "authentication.type"
end

local function is_strong(row)
  local entries = STRONG_ENTRIES[row.key]
  return entries ~= nil and entries[row.config_key] == true or has_required_mark(row)
end

local function split(line, where)
  local row, count = {}, 0
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do
    count = count + 1
    if count <= #COLUMNS then row[COLUMNS[count]] = field end
    -- These characters delimit the generated text.
    if field:find("[|%]%c]") then error(where .. ": a field holds | or ] or a control character", 0) end
  end
  if count ~= #COLUMNS then error(where .. ": " .. count .. " fields instead of " .. #COLUMNS, 0) end
  return row
end

local function check_header(row, where)
  for _, column in ipairs(COLUMNS) do
    if row[column] ~= column then error(where .. ": the header must be " .. table.concat(COLUMNS, " "), 0) end
  end
end

local function add(elements, row, where)
  if row.key == "" or row.config_key == "" then error(where .. ": no element key or no configuration key", 0) end
  if not REQUIRED[row.required] then error(where .. ": required must be yes, no or unknown", 0) end
  local header = table.concat({ row.element_id, row.name, row.hub, row.auth }, "|")
  local element = elements[row.key]
  if not element then
    element = { header = header, lines = {}, seen = {} }
    elements[row.key] = element
  end
  if element.header ~= header then error(where .. ": differs from the element's first row", 0) end
  if element.seen[row.config_key] then error(where .. ": " .. row.config_key .. " stands twice", 0) end
  element.seen[row.config_key] = true
  local mark = is_strong(row) and "strong" or ""
  table.insert(element.lines, table.concat({ row.config_key, row.required, row.type, row.note, mark }, "|"))
end

local function read(lines)
  local elements, number = {}, 0
  for line in lines do
    number = number + 1
    local where = "line " .. number
    local row = split((line:gsub("\r$", "")), where)
    if number == 1 then check_header(row, where) else add(elements, row, where) end
  end
  if number == 0 then error("the table of elements is empty", 0) end
  return elements
end

local function write(elements, put)
  local keys = {}
  for key in pairs(elements) do table.insert(keys, key) end
  table.sort(keys)
  put("-- Generated from src/catalogue/elements.tsv by src/catalogue/generate.lua (make catalogue). Never edit it.\n")
  put("-- An element: id|name|hub|auth, then a line for each configuration entry: key|required|type|note|strong.\n")
  put("return {\n")
  for _, key in ipairs(keys) do
    local element = elements[key]
    put(("[%q] = [[\n%s\n%s\n]],\n"):format(key, element.header, table.concat(element.lines, "\n")))
  end
  put("}\n")
end

local input = input_path and assert(io.open(input_path, "rb")) or io.stdin
local elements = read(input:lines())
if input_path then input:close() end

local output = output_path and assert(io.open(output_path, "wb")) or io.stdout
write(elements, function(text) assert(output:write(text)) end)
if output_path then assert(output:close()) end
