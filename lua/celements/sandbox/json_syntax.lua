--- Checks that a text is JSON as RFC 8259 defines it. dkjson also takes comments, missing and trailing
-- commas and raw control characters, which the platform refuses.
local syntax = {}

local MAX_DEPTH = 200
local LITERALS = { t = "^true()", f = "^false()", n = "^null()" }
local ESCAPES = {}
for letter in ('"\\/bfnrt'):gmatch(".") do ESCAPES[letter] = true end

local value

local function blanks(text, at)
  return text:match("^[ \t\r\n]*()", at)
end

local function fail(what, at)
  error({ message = ("%s at byte %d"):format(what, at) }, 0)
end

local function quoted(text, at)
  local position = at + 1
  while true do
    position = text:match('^[^"\\%c]*()', position)
    local letter = text:sub(position, position)
    if letter == '"' then return position + 1 end
    if letter == "\127" then
      position = position + 1 -- %c counts DEL as a control character, JSON does not
    elseif letter == "\\" then
      local kind = text:sub(position + 1, position + 1)
      if kind == "u" and text:find("^%x%x%x%x", position + 2) then
        position = position + 6
      elseif ESCAPES[kind] then
        position = position + 2
      else
        fail("invalid escape", position)
      end
    else
      fail(letter == "" and "unfinished string" or "control character in a string", position)
    end
  end
end

local function number(text, at)
  local after = text:match("^-?0()", at) or text:match("^-?[1-9]%d*()", at)
  if not after then fail("unexpected character", at) end
  after = text:match("^%.%d+()", after) or after
  after = text:match("^[eE][+-]?%d+()", after) or after
  if text:find("^[%w.+]", after) then fail("malformed number", at) end
  return after
end

local function members(text, at, depth, close, member)
  if depth > MAX_DEPTH then fail("nested too deeply", at) end
  local position = blanks(text, at + 1)
  if text:sub(position, position) == close then return position + 1 end
  while true do
    position = blanks(text, member(text, position, depth))
    local letter = text:sub(position, position)
    if letter == close then return position + 1 end
    if letter ~= "," then fail("expected , or " .. close, position) end
    position = blanks(text, position + 1)
  end
end

local function pair(text, at, depth)
  if text:sub(at, at) ~= '"' then fail("expected a string key", at) end
  local position = blanks(text, quoted(text, at))
  if text:sub(position, position) ~= ":" then fail("expected :", position) end
  return value(text, blanks(text, position + 1), depth)
end

function value(text, at, depth)
  local letter = text:sub(at, at)
  if letter == "{" then return members(text, at, depth + 1, "}", pair) end
  if letter == "[" then return members(text, at, depth + 1, "]", value) end
  if letter == '"' then return quoted(text, at) end
  if LITERALS[letter] then
    return text:match(LITERALS[letter], at) or fail("unexpected character", at)
  end
  return number(text, at)
end

-- Unicode's table of well-formed characters.
local CHARACTERS = {
  "^[\194-\223][\128-\191]()",
  "^\224[\160-\191][\128-\191]()", "^[\225-\236\238\239][\128-\191][\128-\191]()", "^\237[\128-\159][\128-\191]()",
  "^\240[\144-\191][\128-\191][\128-\191]()", "^[\241-\243][\128-\191][\128-\191][\128-\191]()",
  "^\244[\128-\143][\128-\191][\128-\191]()",
}

local function after_character(text, at)
  for _, pattern in ipairs(CHARACTERS) do
    local after = text:match(pattern, at)
    if after then return after end
  end
  fail("bytes that are not UTF-8", at)
end

-- JSON is UTF-8 (RFC 8259, 8.1).
local function document(text)
  local at = text:find("[\128-\255]")
  while at do at = text:find("[\128-\255]", after_character(text, at)) end
  return value(text, blanks(text, 1), 0)
end

--- Checks one JSON text.
---@param text string
---@return boolean? ok
---@return string? err what is wrong and at which byte
function syntax.check(text)
  local ok, result = pcall(document, text)
  if not ok then
    if type(result) ~= "table" then error(result, 0) end
    return nil, result.message
  end
  local rest = blanks(text, result)
  if rest <= #text then return nil, ("text after the end at byte %d"):format(rest) end
  return true
end

return syntax
