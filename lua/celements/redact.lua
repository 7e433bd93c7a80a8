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

-- Of what a call sent next to nothing stands in an answer, so a value is looked for first: in the texts as they are and
-- decoded. Its encoded forms are made only when it stands there.
local function add(search, value)
  local size = #value
  if size < LEAST or size > search.longest or COMMON[value] or not find(search.text, value, 1, true) then return end
  local whole, forms = size < LONG, search.forms
  forms[value] = whole
  if search.escapes then forms[core.escape(value)] = whole end
  local quoted = search.quotes and core.encode(value)
  if quoted then forms[quoted:sub(2, -2)] = whole end
end

-- An element's key names a product; the missing entries in an error's text begin with it.
local function collect(search, value, name, parent)
  local kind = type(value)
  if kind == "string" then
    if not (name == "key" and parent == "element") then add(search, value) end
  elseif kind == "number" then
    add(search, parameters.number(value) or "")
  elseif kind == "table" then
    for key, item in next, value do collect(search, item, key, name) end
  end
end

-- The values of `name=value&…`, as they stand there and decoded: a + is itself in a path, and a blank in a form.
local function collect_pairs(search, text)
  for pair in text:gmatch("[^&]+") do
    local value = pair:match("=(.*)") or pair
    add(search, value)
    if find(value, "[%%+]") then
      add(search, parameters.unescape(value))
      add(search, parameters.unescape((value:gsub("%+", " "))))
    end
  end
end

local function collect_body(search, body)
  collect(search, body)
  if type(body) ~= "string" then return end
  local value = core.decode(body)
  if value ~= nil then collect(search, value) else collect_pairs(search, body) end
end

local function inside_word(text, first, last)
  return text:sub(first - 1, first - 1):find("[%w_]") or text:find("^[%w_]", last + 1)
    or text:find("^[.-][%w_]", last + 1)
end

-- Every place is found before any is masked: values may overlap, or be parts of one another.
local function places(text, forms)
  local list = {}
  for form, whole in next, forms do
    local first, last = find(text, form, 1, true)
    while first do
      if not (whole and inside_word(text, first, last)) then table.insert(list, { first = first, last = last }) end
      first, last = find(text, form, last + 1, true)
    end
  end
  table.sort(list, function(a, b) return a.first < b.first end)
  return list
end

local function mask(text, forms)
  local parts, done = {}, 0
  for _, place in ipairs(places(text, forms)) do
    if place.first > done then
      table.insert(parts, text:sub(done + 1, place.first - 1))
      table.insert(parts, MASK)
    end
    done = math.max(done, place.last)
  end
  table.insert(parts, text:sub(done + 1))
  return table.concat(parts)
end

local CONTROL = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- JSON's escapes of single bytes, the only ones that `core.encode` writes.
local function unquote(text)
  return (text:gsub("\\(.)(%x?%x?%x?%x?)", function(letter, digits)
    local byte = letter == "u" and #digits == 4 and tonumber(digits, 16)
    if byte and byte < 256 then return string.char(byte) end
    return (CONTROL[letter] or letter) .. digits
  end))
end

local function new_search(texts)
  local list, longest = {}, 0
  for _, text in next, texts do
    longest = math.max(longest, #text)
    table.insert(list, text)
  end
  local all = table.concat(list, "\n")
  local escapes, quotes = find(all, "%", 1, true), find(all, "\\", 1, true)
  if escapes then table.insert(list, parameters.unescape(all)) end
  if quotes then table.insert(list, unquote(all)) end
  return { text = table.concat(list, "\n"), longest = longest, escapes = escapes, quotes = quotes, forms = {} }
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
  for name, text in next, texts do texts[name] = mask(text, search.forms) end
end

return redact
