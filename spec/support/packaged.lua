-- The event loops that Debian packages for this Lua. To load one twice in a process, as two specs would, crashes luv.
if _VERSION == "Lua 5.5" then return {} end
local packaged = { "cqueues", "luv" }
if _VERSION == "Lua 5.1" or _VERSION == "Lua 5.2" then table.insert(packaged, "copas") end
return packaged
