--- What an application at a provider is described by.

local application = {}

--- An application at a provider.
---@class celements.OAuthApp
---@field api_key string? the application's key
---@field api_secret string? its secret
---@field callback_url string? where the provider sends the customer back
---@field scope string? what the application asks for
application.APP = { api_key = "string", api_secret = "string", callback_url = "string", scope = "string" }

--- What names an OAuth proxy of the platform's, which holds the application's keys instead.
application.PROXY = { name = "string", callback = "boolean" }

return application
