-- Reads LuaCATS comments: what a file declares, and what is said of it.

local comments = {}

local take_type

-- The return types of a `fun`, which are separated by commas.
local function take_results(text, at)
  repeat
    at = take_type(text, at)
    local comma = text:match("^,%s*()", at)
    at = comma or at
  until not comma
  return at
end

local function take_part(text, at)
  local quoted = text:match("^\"[^\"]*\"()", at) or text:match("^'[^']*'()", at)
  if quoted then return quoted end
  local arguments = text:match("^fun%b()()", at)
  if arguments then
    local results = text:match("^%s*:%s*()", arguments)
    return results and take_results(text, results) or arguments
  end
  local name = text:match("^[%a_][%w_.]*()", at)
  return name and (text:match("^%b<>()", name) or name) or text:match("^%b()()", at) or text:match("^%b{}()", at)
end

-- Where a type ends that begins at a place.
function take_type(text, at)
  while true do
    local after = take_part(text, at)
    if not after then error("no type: " .. text, 0) end
    repeat
      local suffix = text:match("^%[%]()", after) or text:match("^%?()", after)
      after = suffix or after
    until not suffix
    at = text:match("^%s*|%s*()", after)
    if not at then return after end
  end
end

-- "type the rest" as the type and the rest.
local function split_type(text)
  local after = take_type(text, 1)
  return text:sub(1, after - 1), text:match("^%s*(.-)%s*$", after)
end

local TAGS = {}

function TAGS.param(block, text)
  local name, optional, rest = text:match("^([%w_.]+)(%??)%s+(.*)$")
  if not name then error("no parameter: " .. text, 0) end
  local kind, meaning = split_type(rest)
  local param = { name = name, type = kind .. optional, text = meaning }
  table.insert(block.params, param)
  return param
end

TAGS["return"] = function(block, text)
  local kind, rest = split_type(text)
  local name, meaning = rest:match("^([%a_][%w_]*)%s*(.*)$")
  local result = { type = kind, name = name, text = meaning or rest }
  table.insert(block.returns, result)
  return result
end

function TAGS.field(block, text)
  local scope, own = text:match("^(private)%s+(.*)$")
  local name, optional, rest = (own or text):match("^([%w_]+)(%??)%s+(.*)$")
  if not name then error("no field: " .. text, 0) end
  local kind, meaning = split_type(rest)
  local field = { name = name, type = kind .. optional, text = meaning, private = scope ~= nil }
  table.insert(block.class.fields, field)
  return field
end

function TAGS.class(block, text)
  local name, parents, rest = text:match("^([%w_.]+)%s*:?%s*([%w_.,%s]*)(.*)$")
  block.class = { name = name, parents = {}, fields = {}, stray = rest }
  for parent in parents:gmatch("[%w_.]+") do table.insert(block.class.parents, parent) end
end

function TAGS.alias(block, text)
  local name, kind = text:match("^([%w_.]+)%s*(.*)$")
  block.alias = { name = name, type = kind, values = {} }
  return block.alias
end

function TAGS.type(block, text)
  block.type = text
end

function TAGS.private(block)
  block.private = true
end

local function parse(lines)
  local block, last = { text = {}, params = {}, returns = {} }, nil
  for _, line in ipairs(lines) do
    local tag, rest = line:match("^@(%a+)%s*(.*)$")
    local value = block.alias and line:match("^|%s*(.*)$")
    if tag then
      last = nil
      if TAGS[tag] then last = TAGS[tag](block, rest) end
    elseif value then
      local quoted, meaning = value:match("^(.-)%s*#%s*(.*)$")
      table.insert(block.alias.values, { type = quoted or value, text = meaning or "" })
    elseif last then
      last.text = (last.text .. " " .. line:match("^%s*(.-)%s*$")):match("^%s*(.-)%s*$")
    elseif not block.class and not block.alias then
      table.insert(block.text, (line:gsub("^ ", "")))
    end
  end
  block.text = table.concat(block.text, "\n")
  return block
end

local function names_in(list)
  local names = {}
  for name in list:gmatch("[^,%s]+") do table.insert(names, name) end
  return names
end

-- What a line declares that a comment can be about.
local function declaration(line)
  local receiver, sign, name, list = line:match("^function ([%w_]+)([.:])([%w_]+)%((.-)%)")
  if receiver then
    return { receiver = receiver, is_method = sign == ":", name = name, parameters = names_in(list), declared = true }
  end
  name, list = line:match("^local function ([%w_]+)%((.-)%)")
  if name then return { name = name, parameters = names_in(list) } end
  receiver, name, list = line:match("^([%w_]+)%.([%w_]+) = (.*)$")
  if receiver then
    local own = list:match("^function%((.-)%)")
    return { receiver = receiver, name = name, parameters = own and names_in(own) }
  end
  name = line:match("^  ([%w_]+) = .*,$")
  return name and { name = name } or nil
end

--- Reads the text of a module: its `header`, and lists of its `entries`, `classes` and `aliases`, in their order. An
--- entry is what a comment stands right above of, and every function of a table that has no comment.
---@param source string
---@return table
function comments.read(source)
  local found, lines, number, first = { entries = {}, classes = {}, aliases = {} }, {}, 0, true
  for line in (source .. "\n"):gmatch("(.-)\r?\n") do
    number = number + 1
    local comment = line:match("^%s*%-%-%-(.*)$")
    if comment and not comment:find("^%-") then
      table.insert(lines, comment)
    else
      local block, declared = lines[1] and parse(lines), declaration(line)
      if block and block.class then
        block.class.text, block.class.line = block.text, number
        table.insert(found.classes, block.class)
      elseif block and block.alias then
        block.alias.text = block.text
        table.insert(found.aliases, block.alias)
      elseif declared and (block or declared.declared) then
        block = block or { text = "", params = {}, returns = {}, lacks_comment = true }
        for name, value in pairs(declared) do block[name] = value end
        block.line = number
        table.insert(found.entries, block)
      elseif block and first then
        found.header = block.text
      end
      first, lines = first and not block, {}
    end
  end
  return found
end

--- The parts of a union, such as "string" and "nil".
---@param text string
---@return string[]
function comments.union(text)
  local parts, at = {}, 1
  while true do
    local after = take_part(text, at)
    repeat
      local suffix = text:match("^%[%]()", after) or text:match("^%?()", after)
      after = suffix or after
    until not suffix
    table.insert(parts, text:sub(at, after - 1))
    at = text:match("^%s*|%s*()", after)
    if not at then return parts end
  end
end

--- The parameters and results of a type `fun(…): …`.
---@param text string
---@return table[] params with `name` and `type`
---@return table[] returns with `type`
function comments.signature(text)
  local list, at = text:match("^fun(%b())%s*:?%s*()")
  local params, returns, inner = {}, {}, list:sub(2, -2)
  local from = 1
  while from <= #inner do
    local name, begin = inner:match("^%s*([%w_]+)%s*:%s*()", from)
    local after = take_type(inner, begin)
    table.insert(params, { name = name, type = inner:sub(begin, after - 1), text = "" })
    from = inner:match("^%s*,()", after) or #inner + 1
  end
  while at <= #text do
    local after = take_type(text, at)
    table.insert(returns, { type = text:sub(at, after - 1), text = "" })
    at = text:match("^,%s*()", after) or #text + 1
  end
  return params, returns
end

return comments
