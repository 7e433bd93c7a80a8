--- Taking out of a server's text what was sent to it: an error is printed, logged and passed on.

local core = require "celements.core"
local parameters = require "celements.parameters"

local redact = {}

-- Called for every value of a body.
local find = string.find

local MASK = "********"

-- Shorter values are left alone inside a longer word: they would tear up names that are no secret.
-- The core does the same with the target's secrets.
local LONG = 8
local LEAST = 4

local COMMON = { ["true"] = true, ["false"] = true, ["null"] = true, none = true }

local function inside_word(text, first, last)
  return text:sub(first - 1, first - 1):find("[%w_]") or text:find("^[%w_]", last + 1)
    or text:find("^[.-][%w_]", last + 1)
end

-- A text with its escapes undone, and where these were. `undo` gets what the pattern captures; it returns what the
-- escape stands for, which begins with one byte, and how many characters more there were for that byte.
local function undone(text, pattern, undo)
  local at, longer, sum = {}, { [0] = 0 }, 0
  local plain = text:gsub("()" .. pattern, function(first, ...)
    local stands_for, more = undo(...)
    at[#at + 1] = first - sum
    sum = sum + more
    longer[#at] = sum
    return stands_for
  end)
  return { text = plain, at = at, longer = longer }
end

local function undo_percent(digits)
  return string.char(tonumber(digits, 16)), 2
end

local CONTROL = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- JSON's escapes of single bytes, the only ones that `core.encode` writes.
local function undo_json(letter, digits)
  local byte = letter == "u" and #digits == 4 and tonumber(digits, 16)
  if byte and byte < 256 then return string.char(byte), 5 end
  return (CONTROL[letter] or letter) .. digits, 1
end

-- The ways in which a server may write what was sent.
local function views_of(text)
  local views = { { text = text, at = {}, longer = { [0] = 0 } } }
  if find(text, "%", 1, true) then table.insert(views, undone(text, "%%(%x%x)", undo_percent)) end
  if find(text, "+", 1, true) then table.insert(views, undone(text:gsub("%+", " "), "%%(%x%x)", undo_percent)) end
  if find(text, "\\", 1, true) then table.insert(views, undone(text, "\\(.)(%x?%x?%x?%x?)", undo_json)) end
  return views
end

-- Where a byte of a view begins and ends in the text itself.
local function place_of(view, position)
  local low, high = 0, #view.at -- so many escapes stand before it, at least and at most
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if view.at[middle] < position then low = middle else high = middle - 1 end
  end
  local first = position + view.longer[low]
  local last = first
  if view.at[low + 1] == position then last = position + view.longer[low + 1] end
  return first, last
end

-- Every place is found before any is masked: values may overlap, or be parts of one another.
local function note_places(places, view, value)
  local found = false
  local first, last = find(view.text, value, 1, true)
  while first do
    found = true
    if #value >= LONG or not inside_word(view.text, first, last) then
      table.insert(places, { first = place_of(view, first), last = select(2, place_of(view, last)) })
    end
    first, last = find(view.text, value, last + 1, true)
  end
  return found
end

-- Of what a call sent next to nothing stands in an answer.
local function add(search, value)
  local size = #value
  if size < LEAST or size > search.longest or COMMON[value] or search.found[value] then return end
  for name, views in next, search.views do
    for i = 1, #views do
      if note_places(search.places[name], views[i], value) then search.found[value] = true end
    end
  end
end

local function collect(search, value)
  local kind = type(value)
  if kind == "string" then
    if value ~= search.element then add(search, value) end
  elseif kind == "number" then
    add(search, parameters.number(value) or "")
  elseif kind == "table" then
    for _, item in next, value do collect(search, item) end
  end
end

-- The values of `name=value&…`, decoded: a + is itself in a path, and a blank in a form.
local function collect_pairs(search, text)
  for pair in text:gmatch("[^&]+") do
    local value = pair:match("=(.*)") or pair
    add(search, parameters.unescape(value))
    if find(value, "+", 1, true) then add(search, parameters.unescape((value:gsub("%+", " ")))) end
  end
end

-- An element's key names a product; the missing entries in an error's text begin with it.
local function collect_value(search, value)
  local element = type(value) == "table" and value.element
  search.element = type(element) == "table" and element.key or nil
  collect(search, value)
end

local function collect_body(search, body)
  collect_value(search, body)
  if type(body) ~= "string" then return end
  local value = core.decode(body)
  if value ~= nil then collect_value(search, value) else collect_pairs(search, body) end
end

local function mask(text, places)
  table.sort(places, function(a, b) return a.first < b.first end)
  local parts, done = {}, 0
  for _, place in ipairs(places) do
    if place.first > done then
      table.insert(parts, text:sub(done + 1, place.first - 1))
      table.insert(parts, MASK)
    end
    done = math.max(done, place.last)
  end
  table.insert(parts, text:sub(done + 1))
  return table.concat(parts)
end

local function new_search(texts)
  local search = { longest = 0, views = {}, places = {}, found = {} }
  for name, text in next, texts do
    search.longest = math.max(search.longest, #text)
    search.views[name], search.places[name] = views_of(text), {}
  end
  return search
end

--- Masks the values a call was made with and the target's own secrets in texts of the server's.
---@param target userdata? nil when it was closed meanwhile
---@param path string
---@param given celements.CallOptions
---@param texts table<string, string> changed
function redact.texts(target, path, given, texts)
  if target then
    for name, text in next, texts do texts[name] = target:redact(text) end
  end
  local search = new_search(texts)
  if search.longest < LEAST then return end
  collect_body(search, given.body)
  collect_pairs(search, path:match("%?(.*)") or "")
  collect(search, given.query)
  collect(search, given.headers)
  for name, text in next, texts do texts[name] = mask(text, search.places[name]) end
end

return redact
