--- What all of the application shares: the client, and where the customers' element tokens are kept.
local celements = require "celements"
local shared_dict = require "celements.store.shared_dict"

return {
  client = celements.new(), -- secrets from the environment
  tokens = shared_dict.new(ngx.shared.tokens),
}
