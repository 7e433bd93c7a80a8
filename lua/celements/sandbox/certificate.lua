--- The sandbox's certificates: an authority of its own and a server certificate for this machine.
local shell = require "celements.sandbox.shell"

local certificate = {}

-- Elliptic keys are made at once. Two days are enough for any run.
local SCRIPT = [[
cd %s && umask 077 && cat > openssl.cnf <<'END'
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1
END
OPENSSL_CONF=openssl.cnf && export OPENSSL_CONF &&
new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes" &&
%s req -x509 $new -days 2 -subj "/CN=celements sandbox authority" -extensions authority -keyout ca.key -out ca.pem &&
%s req $new -subj "/CN=localhost" -keyout server.key -out server.csr &&
%s x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 2 -extfile openssl.cnf \
  -extensions server -out server.pem &&
rm ca.key server.csr]]

--- Makes `ca.pem`, `server.pem` and `server.key` in a folder.
---@param folder string
---@param openssl string the program
---@return boolean? ok
---@return string? err
function certificate.make(folder, openssl)
  local program = shell.quote(openssl)
  local ok, output = shell.run(SCRIPT:format(shell.quote(folder), program, program, program))
  if not ok then return nil, "openssl could not make the certificates: " .. output end
  return true
end

return certificate
