-- The sandbox in the foreground, ended from outside.
local child = require "spec.support.child"

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

-- Starts it, waits for the end of its banner, sends a signal, waits until its folder is gone. Prints the banner and
-- whether nginx still answers.
local SCRIPT = [[
out=$(mktemp)
LUA_PATH='%s' PORT='%s' %s -e 'arg = { "1" } os.exit(require("celements.sandbox").serve())' >"$out" 2>&1 </dev/null &
pid=$!
tries=0
until grep -q Ctrl-C "$out" || [ $tries -gt 500 ] || ! kill -0 $pid 2>/dev/null; do
  tries=$((tries + 1)); sleep 0.02
done
kill -%s $pid 2>/dev/null
wait $pid 2>/dev/null
folder=$(sed -n 's/^CA file *\(.*\)\/ca.pem$/\1/p' "$out")
tries=0
while [ -n "$folder" ] && [ -d "$folder" ] && [ $tries -lt 500 ]; do tries=$((tries + 1)); sleep 0.02; done
cat "$out"; rm -f "$out"
if [ -d "$folder" ]; then echo "folder: left"; else echo "folder: gone"; fi
]]

local function run(signal, port)
  return output(SCRIPT:format(package.path, port or "", child.interpreter(), signal))
end

describe("a sandbox in the foreground", function()
  -- A shell's background job ignores SIGINT until a program handles it, as Lua does.
  for _, signal in ipairs { "INT", "TERM", "KILL" } do
    it("prints where it is and leaves nothing behind after SIG" .. signal, function()
      local text = run(signal)
      local url = text:match("base URL +(http://127%.0%.0%.1:%d+)/elements/api%-v2\n")
      assert.is_string(url)
      assert.matches("user secret +%S+\norganization secret +%x+\n", text)
      assert.matches("folder: gone\n$", text)
      assert.equal("000", output(("curl -s -o /dev/null -w '%%{http_code}' %s/static"):format(url)))
    end)
  end

  -- The arguments are those of the program that runs it.
  it("says what is wrong with the port, which is $PORT", function()
    assert.matches("^celements.sandbox.start: option 'port' must be a port number\n", run("TERM", "x"))
  end)
end)
