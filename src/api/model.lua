-- What the page shows: the outline, filled with what the files say.

local comments = require "src.api.comments"

local model = {}

--- Reads a file.
---@param path string
---@return string
function model.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local PUBLIC = { ["sandbox/init"] = true, ["sandbox/switches"] = true }

local function modules(root)
  local fields = {}
  local chunk = assert(loadfile(root .. "celements-scm-1.rockspec", "t", fields))
  if setfenv then setfenv(chunk, fields) end -- luacheck: ignore
  chunk()
  local paths = {}
  for _, path in pairs(fields.build.modules) do
    local name = type(path) == "string" and path:match("^lua/celements/(.*)%.lua$")
    -- What is inside the sandbox and the catalogue is nobody's to call, but for the names of the switches.
    local inner = name and (name:find("^sandbox/") and not PUBLIC[name] or name:find("^catalogue/"))
    if name and not inner then table.insert(paths, name) end
  end
  table.sort(paths)
  return paths
end

--- Reads every module that can be called, or whose classes can come up.
---@param root string with a slash at the end; empty for the working directory
---@return table<string, table> files by path below lua/celements, without its ending
function model.files(root)
  local files = {}
  for _, path in ipairs(modules(root)) do
    files[path] = comments.read(model.read(root .. "lua/celements/" .. path .. ".lua"))
  end
  return files
end

local function sorted(map)
  local keys = {}
  for key in pairs(map) do table.insert(keys, key) end
  table.sort(keys)
  return keys
end

-- A value that is typed by the name of a function type has that one's parameters.
local function expand(block, aliases)
  local alias = block.type and aliases[block.type]
  local kind = alias and (alias.type ~= "" and alias.type or alias.values[1] and alias.values[1].type) or block.type
  if not kind or not kind:find("^fun%(") then return block.params, block.returns, block.parameters, block.text end
  local params, returns = comments.signature(kind)
  local names = {}
  for index, param in ipairs(params) do names[index] = param.name end
  local text = alias and alias.text ~= "" and block.text .. "\n\n" .. alias.text or block.text
  return params, returns, names, text
end

local function without(list, dropped, key)
  local rest = {}
  for _, item in ipairs(list or {}) do
    local name = key and item[key] or item
    if name ~= "self" and name ~= dropped then table.insert(rest, item) end
  end
  return rest
end

local function wants(source, block)
  if source.fields then return not block.receiver and not block.parameters and block.name end
  if source.locals then return not block.receiver and block.parameters and source.locals[block.name] end
  if block.receiver ~= source.receiver or block.name:find("^__") then return false end
  return not (source.only and not source.only[block.name] or source.except and source.except[block.name])
end

local function entry_of(section, source, block, aliases)
  local params, returns, names, text = expand(block, aliases)
  local entry = {
    file = source.file, line = block.line, text = text, is_private = block.private, returns = returns,
    name = source.locals and source.locals[block.name]
      or section.call .. (source.names and source.names[block.name] or block.name),
    params = without(params, source.drops, "name"), declared = names and without(names, source.drops),
    added = source.adds, lacks_comment = block.lacks_comment,
  }
  entry.is_function, entry.type = names ~= nil, block.type
  return entry
end

local function collect(outline, files, aliases)
  local sections = {}
  for _, plan in ipairs(outline) do
    local section = { title = plan.title, plan = plan, entries = {}, text = plan.header and files[plan.header].header }
    for _, source in ipairs(plan.sources) do
      for _, block in ipairs(files[source.file].entries) do
        if wants(source, block) then table.insert(section.entries, entry_of(plan, source, block, aliases)) end
      end
    end
    table.insert(sections, section)
  end
  return sections
end

--- Builds the model. Raises for a class that stands in two places.
---@param outline table
---@param files table<string, table>
---@return table model with `sections`, and `classes` and `aliases` by name
function model.build(outline, files)
  local own = { classes = {}, aliases = {} }
  for _, path in ipairs(sorted(files)) do
    for _, kind in ipairs { "classes", "aliases" } do
      for _, each in ipairs(files[path][kind]) do
        local other = own[kind][each.name]
        if other then error(("%s stands in %s and in %s"):format(each.name, other.file, path), 0) end
        each.file = path
        own[kind][each.name] = each
      end
    end
  end
  own.sections = collect(outline, files, own.aliases)
  for _, section in ipairs(own.sections) do
    if section.plan.class then
      section.class = own.classes[section.title] or error(section.title .. ": no such class", 0)
      section.text = section.class.text
      section.class.has_section = true
    end
  end
  return own
end

--- Everything that is named on the page, from the functions on: classes and aliases, sorted, but for classes that have
--- a section.
---@param own table the model
---@return string[] names
---@return table<string, string> unknown where a name stands that nothing is declared for
function model.reached(own)
  local reached, unknown, open = {}, {}, {}
  local function see(text, where, is_prose)
    for name in text:gmatch(is_prose and "`(celements%.[%a_][%w_.]*)`" or "celements%.[%a_][%w_.]*") do
      local class, alias = own.classes[name], own.aliases[name]
      if not class and not alias and not is_prose then unknown[name] = where end
      if (class or alias) and not reached[name] then
        reached[name] = true
        table.insert(open, name)
      end
    end
  end
  local function see_all(list, where)
    for _, item in ipairs(list) do
      if not item.private then
        see(item.type, where)
        see(item.text, where, true)
      end
    end
  end
  for _, section in ipairs(own.sections) do
    if section.class then see(section.title, section.title) end
    for _, entry in ipairs(section.entries) do
      for _, list in ipairs(entry.is_private and {} or { entry.params, entry.returns }) do
        see_all(list, entry.name)
      end
      if not entry.is_private then see(entry.text .. (entry.type or ""), entry.name, true) end
    end
  end
  while open[1] do
    local name = table.remove(open)
    local class, alias = own.classes[name], own.aliases[name]
    for _, parent in ipairs(class and class.parents or {}) do see(parent, name) end
    see((class or alias).text, name, true)
    see_all(class and class.fields or alias.values, name)
    if alias then see(alias.type, name) end
  end
  local names = {}
  for _, name in ipairs(sorted(reached)) do
    if not (own.classes[name] and own.classes[name].has_section) then table.insert(names, name) end
  end
  return names, unknown
end

return model
