std = "min"
max_line_length = 120
read_globals = { math = { fields = { "type" }, other_fields = true } } -- Lua 5.3 on, asked for before it is used
exclude_files = { "build/" }
files["spec"] = { std = "max+busted" }
files["examples/openresty"] = { std = "min+ngx_lua" }
files["examples/openresty/start.lua"] = { std = "min" }
files["*.rockspec"] = { std = "rockspec" }
files["lua/celements/sandbox"] = { std = "min+ngx_lua" }
files["lua/celements/catalogue/data.lua"] = { max_line_length = false }
