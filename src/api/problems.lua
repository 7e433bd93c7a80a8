-- What the comments lack, and where they and the program differ.

local model = require "src.api.model"

local problems = {}

local function compare_parameters(entry, add)
  local documented, at = {}, ("%s (%s.lua)"):format(entry.name, entry.file)
  for index, param in ipairs(entry.params) do
    documented[param.name] = true
    -- A class says itself what it is, and so does the name of a function type.
    if param.text == "" and not entry.type and not param.type:find("^celements%.") then
      add(("%s: @param %s does not say what it means"):format(at, param.name))
    end
    if entry.declared and entry.declared[index] ~= param.name then
      add(("%s: @param %s is not its parameter %d"):format(at, param.name, index))
    end
  end
  for _, name in ipairs(entry.declared or {}) do
    if not documented[name] then add(("%s: parameter %s has no @param"):format(at, name)) end
  end
end

local function check_class(class, add)
  if class.stray:find("%S") then
    add(("%s: what follows a class's name is no comment: put it above"):format(class.name))
  end
  if class.text == "" then add(class.name .. " has no doc comment") end
  for _, field in ipairs(class.fields) do
    if field.text == "" and not field.private then
      add(("%s: @field %s does not say what it means"):format(class.name, field.name))
    end
  end
end

--- What the comments lack by themselves.
---@param own table the model
---@return string[]
function problems.of_comments(own)
  local list = {}
  local function add(text) table.insert(list, text) end
  for _, section in ipairs(own.sections) do
    if section.class then check_class(section.class, add) end
    for _, entry in ipairs(section.entries) do
      if entry.lacks_comment or entry.text == "" then
        add(("%s (%s.lua) has no doc comment"):format(entry.name, entry.file))
      elseif entry.is_function and not entry.is_private then
        compare_parameters(entry, add)
      end
    end
  end
  local names, unknown = model.reached(own)
  for name, where in pairs(unknown) do add(("%s names %s, which nothing declares"):format(where, name)) end
  for _, name in ipairs(names) do
    local class = own.classes[name]
    if class then check_class(class, add) end
  end
  table.sort(list)
  return list
end

--- Functions of any module, inner ones too, that have no comment. The functions of a store's backend are described in
--- one place.
---@param files table<string, table> as `model.files` gives them
---@return string[]
function problems.of_files(files)
  local list = {}
  for path, file in pairs(files) do
    for _, entry in ipairs(file.entries) do
      if entry.lacks_comment and not entry.name:find("^__") and entry.receiver ~= "Backend" then
        table.insert(list, ("%s.lua:%d: %s.%s has no doc comment"):format(path, entry.line, entry.receiver, entry.name))
      end
    end
  end
  table.sort(list)
  return list
end

--- What differs between the page and what can be reached when the program runs.
---@param own table the model
---@param exported table<string, any> by the name that a user calls it by
---@return string[]
function problems.of_exports(own, exported)
  local list, known = {}, {}
  for _, section in ipairs(own.sections) do
    for _, entry in ipairs(section.entries) do
      known[entry.name] = entry
      if exported[entry.name] == nil then table.insert(list, entry.name .. " is documented and not exported") end
    end
  end
  for name, value in pairs(exported) do
    local entry = known[name]
    if not entry then
      table.insert(list, name .. " is exported and not documented")
    elseif type(value) == "function" then
      local about = debug.getinfo(value, "u")
      local count = entry.declared and #entry.declared
      -- Lua 5.1 does not tell.
      local differs = about.nparams and not about.isvararg and count
        and about.nparams ~= count and about.nparams ~= count + 1 -- a method has itself as well
      if differs then
        table.insert(list, ("%s takes %d parameters, not %d"):format(name, about.nparams, count))
      end
    end
  end
  table.sort(list)
  return list
end

--- The fields of a class, those of its parents included.
---@param own table the model
---@param name string
---@return table<string, boolean>
function problems.fields(own, name)
  local fields, class = {}, own.classes[name]
  for _, parent in ipairs(class and class.parents or {}) do
    for field in pairs(problems.fields(own, parent)) do fields[field] = true end
  end
  for _, field in ipairs(class and class.fields or {}) do
    if not field.private then fields[field.name] = true end
  end
  return fields
end

--- What differs between the options that a function takes and those of the class that its comment names.
---@param own table the model
---@param name string of the function
---@param class string
---@param known table<string, any> the options it takes
---@return string[]
function problems.of_options(own, name, class, known)
  local list, fields = {}, problems.fields(own, class)
  for option in pairs(known) do
    if not fields[option] then table.insert(list, ("%s takes '%s', which %s lacks"):format(name, option, class)) end
  end
  for option in pairs(fields) do
    if known[option] == nil then table.insert(list, ("%s has '%s', which %s refuses"):format(class, option, name)) end
  end
  table.sort(list)
  return list
end

return problems
