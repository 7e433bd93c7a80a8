--- Runs a function as if a library was not installed.
---@param name string the library's module
---@param run fun()
return function(name, run)
  local loaded, preload = package.loaded[name], package.preload[name]
  package.loaded[name] = nil
  package.preload[name] = function() error("module '" .. name .. "' not found:\n\tnot here") end
  local ok, err = pcall(run)
  package.loaded[name], package.preload[name] = loaded, preload
  assert(ok, err)
end
