--- The description of an instance's API. `instances:docs(id, …)` names the instance by its id,
--- `session.instance:docs(…)` by its token.

local copy = require "celements.copy"
local request = require "celements.request"

local docs = {}

--- Options of `instances:docs`.
---@class celements.DocsOptions: celements.CallOptions
---@field operation string? the id of one operation, instead of all of them
---@field definitions boolean? with `operation`: the definitions that it uses as well
---@field resolve_references boolean? with `definitions`: each written in place of its reference

local known = request.options_with {
  operation = "string", definitions = "boolean", resolve_references = "boolean",
}

--- Reads the description of the instance's API, in Swagger 2.0. With `operation` (its id) only that operation, with
--- `definitions` as well the definitions that it uses, `resolve_references` writing each in place of its reference.
---@param place celements.Place
---@param given celements.DocsOptions?
---@return table? description
---@return celements.Info|celements.Error
function docs.docs(place, given)
  given = place:options(given, known)
  if given.definitions and not given.operation then place:misuse("option 'definitions' needs option 'operation'") end
  if given.resolve_references and not given.definitions then
    place:misuse("option 'resolve_references' needs option 'definitions'")
  end
  local path, call = place.path .. "/docs", request.call_options(given)
  if given.operation then path = place:below("/docs/%s", "operation", given.operation) end
  if given.definitions then path = path .. "/definitions" end
  if given.resolve_references then
    call.query = copy(given.query, { resolveReferences = true })
  end
  local body, info = place:call("GET", path, call)
  return request.object(body, info, "GET", path, "description of an API")
end

return docs
