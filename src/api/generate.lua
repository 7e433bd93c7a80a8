-- Writes the API page from the comments of the modules.
--   lua src/api/generate.lua [API.md]      (standard output when left out; from the top of the repository)

local output_path = ...

local model = require "src.api.model"
local page = require "src.api.page"

local text = page.write(model.build(require "src.api.outline", model.files ""))
local output = output_path and assert(io.open(output_path, "wb")) or io.stdout
assert(output:write(text))
if output_path then assert(output:close()) end
