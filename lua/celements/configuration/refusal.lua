--- Which configuration entries the text of a refusal names as missing.
---
--- No public source has that text, only that it names every missing entry (API documentation). So the reading is
--- lenient about the sentence and strict about what counts as a key.

local refusal = {}

-- How such a text speaks of entries that are not there.
local TALK = {
  "%f[%w]missing%f[%W]", "%f[%w]require[sd]?%f[%W]", "%f[%w]mandatory%f[%W]",
  "%f[%w]must provide%f[%W]", "%f[%w]must specify%f[%W]",
  "%f[%w]not provided%f[%W]", "%f[%w]not specified%f[%W]", "%f[%w]not supplied%f[%W]",
}

local function find_talk(message)
  local text, start = message:lower(), nil
  for _, pattern in ipairs(TALK) do
    local first = text:find(pattern)
    if first and (not start or first < start) then start = first end
  end
  return start
end

local function find_word(text, word)
  local first, last = text:find(word, 1, true)
  while first do
    local before, after = text:sub(first - 1, first - 1), text:sub(last + 1, last + 2)
    if not before:find("[%w_.%-]") and not after:find("^%.?[%w_%-]") then return first end
    first, last = text:find(word, first + 1, true)
  end
end

-- First words of Java names and hosts, and last words of hosts and files, which have dots as well.
local NOT_FIRST = { com = true, org = true, java = true, javax = true, www = true }
local NOT_LAST = { com = true, org = true, net = true, io = true, json = true, html = true }

-- A letter starts each word (a version has digits there), and the last one is no class name or next sentence.
local function is_key_like(token)
  if #token > 64 or not token:find("^%a%w[%w_.%-]*%.[%w_%-]+$") or token:find("%.[^%a_]") then return false end
  local first, last = token:match("^[^.]+"), token:match("[^.]+$")
  return not NOT_FIRST[first] and not NOT_LAST[last] and not last:find("^%u")
end

--- Returns the configuration keys that a text about something missing or required names, in the order of the text: the
--- given keys as whole words anywhere, and what is dotted like a key after the word that says "missing".
---@param message string
---@param keys string[] keys to look for
---@return string[] named empty when the text speaks of something else
function refusal.named(message, keys)
  local start = find_talk(message)
  if not start then return {} end
  local position, named = {}, {}
  local function note(key, first)
    if first and not position[key] then
      position[key] = first
      table.insert(named, key)
    end
  end
  for _, key in ipairs(keys) do note(key, find_word(message, key)) end
  for offset, token, after in message:sub(start):gmatch("()([%w_][%w_.%-]*[%w_])()") do
    local first, next_start = start + offset - 1, start + after - 1
    local outside = message:sub(first - 1, first - 1):find("[/@]") or message:sub(next_start, next_start):find("[/@(]")
    if is_key_like(token) and not outside then note(token, first) end
  end
  table.sort(named, function(a, b) return position[a] < position[b] end)
  return named
end

return refusal
