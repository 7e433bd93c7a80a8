--- Taking out of a server's text what was sent to it: an error is printed, logged and passed on.

local core = require "celements.core"

local redact = {}

local MASK = "********"

-- Shorter values are left alone inside a longer word: they would tear up names that are no secret.
local LONG = 8
local LEAST = 4

local COMMON = { ["true"] = true, ["false"] = true, ["null"] = true, none = true }

local function add(text, found)
  if #text >= LEAST and not COMMON[text] then found[text] = true end
end

-- An element's key names a product; the missing entries in an error's text begin with it.
local function collect(value, found, name, parent)
  local kind = type(value)
  if kind == "string" then
    if not (name == "key" and parent == "element") then add(value, found) end
  elseif kind == "number" then
    add(("%.14g"):format(value), found)
  elseif kind == "table" then
    for key, item in next, value do collect(item, found, key, name) end
  end
end

local function add_forms(value, forms)
  forms[value] = #value
  forms[core.escape(value)] = #value
  local quoted = core.encode(value)
  if quoted then forms[quoted:sub(2, -2)] = #value end
end

local function longest_first(values)
  local forms, list = {}, {}
  for value in pairs(values) do add_forms(value, forms) end
  for form, size in pairs(forms) do table.insert(list, { form = form, whole = size < LONG }) end
  table.sort(list, function(a, b)
    if #a.form ~= #b.form then return #a.form > #b.form end
    return a.form < b.form
  end)
  return list
end

local function inside_word(text, first, last)
  return text:sub(first - 1, first - 1):find("[%w_]") or text:find("^[%w_]", last + 1)
    or text:find("^[.-][%w_]", last + 1)
end

local function mask(text, form, whole)
  local parts, from, search = {}, 1, 1
  while true do
    local first, last = text:find(form, search, true)
    if not first then break end
    search = last + 1
    if not (whole and first > 0 and inside_word(text, first, last)) then
      table.insert(parts, text:sub(from, first - 1) .. MASK)
      from = last + 1
    end
  end
  table.insert(parts, text:sub(from))
  return table.concat(parts)
end

--- Makes a function that replaces, in any text, the values a call was made with and the target's own secrets.
---@param target userdata? nil when it was closed meanwhile
---@param given celements.CallOptions
---@return fun(text: string?): string?
function redact.of(target, given)
  local found = {}
  collect(given.body, found)
  collect(given.query, found)
  collect(given.headers, found)
  local list = longest_first(found)
  return function(text)
    if not text then return nil end
    if target then text = target:redact(text) end
    for _, entry in ipairs(list) do text = mask(text, entry.form, entry.whole) end
    return text
  end
end

return redact
