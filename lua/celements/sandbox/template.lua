--- nginx's configuration. `{{name}}` is replaced; everything nginx writes lies in its prefix.
local template = {}

local TEXT = [==[
{{modules}}
worker_processes 1;
daemon on;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 20000; }
http {
  access_log off;
  server_tokens off;
  default_type application/json;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  # Bodies stay in memory, but for those of files. The buffer is larger than the limit, so that HTTP/2 meets the limit
  # first.
  client_max_body_size 9m;
  client_body_buffer_size 10m;
  large_client_header_buffers 8 64k;
  keepalive_requests 1000000;
  http2_max_concurrent_streams 1024;
  lua_package_path "{{package_path}}";
  # Notifications are sent in timers; what becomes of them is recorded.
  lua_socket_log_errors off;
  lua_max_pending_timers 100000;
  lua_max_running_timers 4096;
  init_by_lua_block { require("celements.sandbox.nginx").start({{settings}}) }
  server {
    listen 127.0.0.1:{{port}} backlog=4096;
    listen 127.0.0.1:{{tls_port}} ssl{{http2}} backlog=4096;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    error_page 413 @oversize;
    location / { content_by_lua_block { require("celements.sandbox.nginx").api() } }
    location ~ ^/elements/api-v2/(hubs/[^/]+/)?files(/|$) {
      client_max_body_size 6g;
      client_body_buffer_size 64k;
      client_body_in_file_only clean;
      content_by_lua_block { require("celements.sandbox.nginx").api(true) }
    }
    location /provider/ { content_by_lua_block { require("celements.sandbox.nginx").provider() } }
    # The documented instance as a constant, which costs next to nothing, for benchmarks.
    location = /static { return 200 '{{instance}}'; }
    location @oversize { content_by_lua_block { require("celements.sandbox.nginx").oversize() } }
    # With this setting nginx resets a connection that is closed with 444 instead of ending it.
    location @reset { reset_timedout_connection on; content_by_lua_block { ngx.exit(444) } }
  }
  server {
    listen 127.0.0.1:{{control_port}};
    location / { content_by_lua_block { require("celements.sandbox.nginx").control() } }
  }
}
]==]

local INSTANCE = table.concat {
  [[{"id":1234,"name":"Test","token":"r5Bw7cRiyiyNh913Dw03uxijgu28zA0=","element":{"id":84,"name":"MailJet Beta",]],
  [["key":"mailjet","description":"Add a MailJet Instance to connect your existing MailJet account to the ]],
  [[Messaging Hub, allowing you to send, receive and manage email and SMS messages etc. across multiple Messaging ]],
  [[Elements. You will need your MailJet account information, or use our trial account to add an instance.",]],
  [["image":"elements/provider_mailjet.png","active":true,"deleted":false,"typeOauth":false,"trialAccount":false,]],
  [["existingAccountDescription":"Give Cloud Elements access to your existing MailJet account",]],
  [["configDescription":"If you do not have a MailJet account, you can create one at MailJet",]],
  [["signupURL":"https://www.mailjet.com/signup/?p=CElements","transformationsEnabled":false,"authentication":{},]],
  [["hub":"messaging","parameters":[]},"provisionInteractions":[],"valid":true,"disabled":false,"maxCacheSize":0,]],
  [["cacheTimeToLive":0,"eventsEnabled":false,"cachingEnabled":false}]],
}

--- Fills the template.
---@param values table<string, string|number>
---@return string
function template.fill(values)
  return (TEXT:gsub("{{(%w+_?%w*)}}", function(name)
    return name == "instance" and INSTANCE or tostring(assert(values[name], name))
  end))
end

return template
