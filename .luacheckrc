std = "min"
max_line_length = 120
exclude_files = { "build/" }
files["spec"] = { std = "max+busted" }
files["*.rockspec"] = { std = "rockspec" }
files["lua/celements/sandbox"] = { std = "min+ngx_lua" }
files["lua/celements/catalogue/data.lua"] = { max_line_length = false }
