-- Writes the model as Markdown.

local comments = require "src.api.comments"
local model = require "src.api.model"

local page = {}

local HEAD = [[
<!-- Generated from the comments in lua/celements by src/api/generate.lua (make api). Never edit it. -->

# API

Every function of celements, its options and what it returns. The [README](../../README.md) shows how they go
together.

- Options stand in a table, last. One that is unknown or of a wrong type raises, as every misuse does, with the
  line of the caller. Times are seconds.
- What can fail otherwise returns `nil, err`: a [`celements.Error`](#type-celementserror), whose `kind` is one of
  [`celements.Kind`](#type-celementskind). What succeeds mostly returns a [`celements.Info`](#type-celementsinfo) beside
  its result.
- A function that asks the platform blocks in plain Lua and yields in a task, an event loop and nginx.
- `?` marks what may be nil or left out.
- Clients, sessions, stores, locks, batches and sandboxes are closed at the end of their scope where they are declared
  with `<close>` (Lua 5.4 on). Pages, items and batches can be called, which is `next`: `for item in items do`.
]]

-- As GitHub makes them of headings.
local function anchor(title)
  return (title:lower():gsub("[^%w_ -]", ""):gsub(" ", "-"))
end

local function type_title(name)
  return "Type " .. name
end

local function section_title(section)
  return section.class and type_title(section.title) or "Module " .. section.title
end

local function link(text, title)
  return ("[%s](#%s)"):format(text, anchor(title))
end

local function span(text)
  return text ~= "" and "`" .. text .. "`" or ""
end

-- A type, whose classes are links to what they are.
local function type_text(kind)
  local parts = comments.union(kind)
  for index, part in ipairs(parts) do
    local text, at = {}, 1
    while true do
      local from, to = part:find("celements%.[%a_][%w_.]*", at)
      table.insert(text, span(part:sub(at, (from or 0) - 1)))
      if not from then break end
      table.insert(text, link(span(part:sub(from, to)), type_title(part:sub(from, to))))
      at = to + 1
    end
    parts[index] = table.concat(text)
  end
  return table.concat(parts, " or ")
end

local function with_links(self, text)
  return (text:gsub("`([%a_][%w_.:]+)`", function(name)
    return self.targets[name] and link("`" .. name .. "`", self.targets[name])
  end))
end

local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function list_params(self, put, entry)
  local params = {}
  if entry.added then table.insert(params, entry.added) end
  for _, param in ipairs(entry.params) do table.insert(params, param) end
  if not params[1] then return end
  put("\nTakes\n\n")
  for _, param in ipairs(params) do
    local text = param.text ~= "" and ": " .. with_links(self, param.text) or ""
    put(("- `%s`, %s%s\n"):format(param.name, type_text(param.type), text))
  end
end

local function list_returns(self, put, entry)
  if not entry.returns[1] then return end
  put("\nReturns\n\n")
  for index, result in ipairs(entry.returns) do
    local name = result.name and ("`%s`, "):format(result.name) or ""
    local text = result.text ~= "" and ": " .. with_links(self, result.text) or ""
    put(("%d. %s%s%s\n"):format(index, name, type_text(result.type), text))
  end
end

-- The "?" at the end of a function's type is that of its result.
local function is_optional(kind)
  for _, part in ipairs(comments.union(kind)) do
    if part == "nil" or part:find("%?$") and not part:find("^fun%(") then return true end
  end
  return false
end

local function signature(entry)
  local names = {}
  if entry.added then table.insert(names, entry.added.name) end
  for _, param in ipairs(entry.params) do
    table.insert(names, param.name .. (is_optional(param.type) and "?" or ""))
  end
  return ("%s(%s)"):format(entry.name, table.concat(names, ", "))
end

local function write_entry(self, put, entry)
  put(("\n### %s\n\n"):format(entry.name))
  if entry.is_function then put(("```lua\n%s\n```\n\n"):format(signature(entry))) end
  if not entry.is_function and entry.type then put(type_text(entry.type) .. "\n\n") end
  put(with_links(self, entry.text) .. "\n")
  list_params(self, put, entry)
  list_returns(self, put, entry)
end

local function write_fields(self, put, class, shown)
  local fields = {}
  for _, field in ipairs(class and class.fields or {}) do
    if not field.private and not shown[field.name] then table.insert(fields, field) end
  end
  if not fields[1] then return end
  put("\n| field | type | |\n|---|---|---|\n")
  for _, field in ipairs(fields) do
    local row = "| `%s` | %s | %s |\n"
    put(row:format(field.name, cell(type_text(field.type)), cell(with_links(self, field.text))))
  end
end

local function write_parents(put, class)
  local links = {}
  for index, parent in ipairs(class.parents) do links[index] = link("`" .. parent .. "`", type_title(parent)) end
  if links[1] then put(("\nAnd every field of %s.\n"):format(table.concat(links, " and "))) end
end

-- Operations that are described elsewhere.
local function write_others(put, section)
  local other = section.plan.other
  put("\n| here | described at |\n|---|---|\n")
  for _, entry in ipairs(section.entries) do
    local name = entry.name:sub(#section.plan.call + 1)
    if not entry.is_private and not other.whole[name] then
      put(("| `%s` | %s |\n"):format(signature(entry), link("`" .. other.call .. name .. "`", other.call .. name)))
    end
  end
end

local function is_elsewhere(section, entry)
  local other = section.plan.other
  return other ~= nil and not other.whole[entry.name:sub(#section.plan.call + 1)]
end

local function write_section(self, put, section)
  put(("\n## %s\n\n"):format(section_title(section)))
  local module = section.plan.module
  if module then put(("`local %s = require \"%s\"`\n\n"):format(module:match("[^.]+$"), module)) end
  if section.text and section.text ~= "" then put(with_links(self, section.text) .. "\n") end
  local shown = {}
  for _, entry in ipairs(section.entries) do shown[entry.name:match("[^.:]+$")] = true end
  write_fields(self, put, section.class, shown)
  if section.class then write_parents(put, section.class) end
  if section.plan.other then write_others(put, section) end
  for _, entry in ipairs(section.entries) do
    if not entry.is_private and not is_elsewhere(section, entry) then write_entry(self, put, entry) end
  end
end

local function write_type(self, put, name)
  local class, alias = self.classes[name], self.aliases[name]
  put(("\n### %s\n"):format(type_title(name)))
  local text = (class or alias).text
  if text ~= "" then put("\n" .. with_links(self, text) .. "\n") end
  if class then
    write_fields(self, put, class, {})
    write_parents(put, class)
    return
  end
  if alias.type ~= "" then put(("\n%s\n"):format(type_text(alias.type))) end
  put "\n"
  for _, value in ipairs(alias.values) do
    put(("- %s%s\n"):format(type_text(value.type), value.text ~= "" and ": " .. with_links(self, value.text) or ""))
  end
end

local function write_contents(put, sections, names)
  put "\n## Contents\n\n"
  for _, section in ipairs(sections) do
    local links = {}
    for _, entry in ipairs(section.entries) do
      if not entry.is_private and not is_elsewhere(section, entry) then
        local short = entry.name:sub(1, #section.plan.call) == section.plan.call
          and entry.name:sub(#section.plan.call + 1) or entry.name
        table.insert(links, link(short, entry.name))
      end
    end
    local list = links[1] and ": " .. table.concat(links, ", ") or ""
    put(("- %s%s\n"):format(link("**" .. section.title .. "**", section_title(section)), list))
  end
  local links = {}
  for index, name in ipairs(names) do links[index] = link((name:gsub("^celements%.", "")), type_title(name)) end
  put(("- %s: %s\n"):format(link("**Options and results**", "Options and results"), table.concat(links, ", ")))
end

-- Headings that text can link to, by the names they are called by there.
local function targets_of(own, names)
  local targets, seen = {}, {}
  local function add(title, name)
    local taken = seen[anchor(title)]
    if taken and (taken ~= title) then error(("%s and %s would have one anchor"):format(taken, title), 0) end
    seen[anchor(title)] = title
    targets[name] = title
  end
  for _, section in ipairs(own.sections) do
    add(section_title(section), section.title)
    for _, entry in ipairs(section.entries) do
      if not entry.is_private and not is_elsewhere(section, entry) then
        add(entry.name, entry.name)
        add(entry.name, (entry.name:gsub("^client%.", "")))
      end
    end
  end
  for _, name in ipairs(names) do add(type_title(name), name) end
  return targets
end

--- The page.
---@param own table the model
---@return string
function page.write(own)
  local names, parts = model.reached(own), {}
  local self = { classes = own.classes, aliases = own.aliases, targets = targets_of(own, names) }
  local function put(text) table.insert(parts, text) end
  put(HEAD)
  write_contents(put, own.sections, names)
  for _, section in ipairs(own.sections) do write_section(self, put, section) end
  put "\n## Options and results\n"
  for _, name in ipairs(names) do write_type(self, put, name) end
  return (table.concat(parts):gsub("\n\n\n+", "\n\n"))
end

return page
