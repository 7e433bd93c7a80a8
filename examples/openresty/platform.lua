--- What all of the application shares: the client, and where the customers' element tokens are kept.
local celements = require "celements"

return {
  client = celements.new(), -- secrets from the environment
  tokens = celements.store.shared_dict(ngx.shared.tokens),
}
