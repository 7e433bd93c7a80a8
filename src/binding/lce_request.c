/* From Lua arguments to the description of a call. */
#include "lce_request.h"

#include <limits.h>
#include <string.h>

/* More than any body; keeps the conversion from a Lua number defined. */
#define MAX_BODY 1e15

/* Of the two that make a low speed, where only the other one is given. */
#define LOW_SPEED 1
#define LOW_SPEED_SECONDS 30

int lce_refuse(lua_State *L, const char *what, celements_status status) {
  if(status == CELEMENTS_NOMEM)
    return lce_raise(L, status);
  lua_pushnil(L);
  lua_pushstring(L, what);
  lua_pushstring(L, celements_status_text(status));
  return 3;
}

/* Adds the pairs of a flat list { name, value, name, value, … }. */
static celements_status add_query(lua_State *L, celements_request *request, int list) {
  size_t count = lce_rawlen(L, list);
  size_t i;
  for(i = 1; i + 1 <= count; i += 2) {
    size_t name_length;
    size_t value_length;
    const char *name;
    const char *value;
    celements_status status;
    lua_rawgeti(L, list, (int)i);
    lua_rawgeti(L, list, (int)i + 1);
    name = luaL_checklstring(L, -2, &name_length);
    value = luaL_checklstring(L, -1, &value_length);
    status = celements_request_query(request, name, name_length, value, value_length);
    lua_pop(L, 2);
    if(status)
      return status;
  }
  return CELEMENTS_OK;
}

/* On failure, leaves the name of the header at fault on top. */
static celements_status add_headers(lua_State *L, celements_request *request, int map) {
  lua_pushnil(L);
  while(lua_next(L, map)) {
    size_t name_length;
    size_t value_length;
    const char *name;
    const char *value;
    celements_status status;
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, map, "header names must be strings");
    name = lua_tolstring(L, -2, &name_length);
    value = luaL_checklstring(L, -1, &value_length);
    status = celements_request_header(request, name, name_length, value, value_length);
    lua_pop(L, 1);
    if(status)
      return status;
  }
  return CELEMENTS_OK;
}

static int refuse_type(lua_State *L, const char *what, int index) {
  lua_pushnil(L);
  lua_pushstring(L, what);
  lua_pushfstring(L, "must be a string, not a %s", luaL_typename(L, index));
  return 3;
}

static long opt_whole_number(lua_State *L, int index, long none) {
  lua_Number number;
  if(lua_isnil(L, index))
    return none;
  number = luaL_checknumber(L, index);
  return number > 0 && number < (lua_Number)INT_MAX ? (long)number : INT_MAX;
}

static int describe(lua_State *L, celements_request *request, celements_target *target,
                    char *method_out) {
  size_t path_length;
  size_t body_length;
  lua_Number max_body = luaL_checknumber(L, LCE_ARG_MAX_BODY);
  const char *method;
  size_t method_length;
  const char *path;
  celements_status status;
  if(lua_type(L, LCE_ARG_METHOD) != LUA_TSTRING)
    return refuse_type(L, "method", LCE_ARG_METHOD);
  method = lua_tolstring(L, LCE_ARG_METHOD, &method_length);
  if(strlen(method) != method_length)
    return lce_refuse(L, "method", CELEMENTS_BAD_METHOD);
  if(lua_type(L, LCE_ARG_PATH) != LUA_TSTRING)
    return refuse_type(L, "path", LCE_ARG_PATH);
  path = lua_tolstring(L, LCE_ARG_PATH, &path_length);
  status = celements_request_start(request, target, method, path, path_length);
  if(status)
    return lce_refuse(L, status == CELEMENTS_BAD_METHOD ? "method" : "path", status);
  if(!lua_isnil(L, LCE_ARG_QUERY)) {
    luaL_checktype(L, LCE_ARG_QUERY, LUA_TTABLE);
    status = add_query(L, request, LCE_ARG_QUERY);
    if(status)
      return lce_refuse(L, "query", status);
  }
  if(!lua_isnil(L, LCE_ARG_HEADERS)) {
    luaL_checktype(L, LCE_ARG_HEADERS, LUA_TTABLE);
    status = add_headers(L, request, LCE_ARG_HEADERS);
    if(status)
      return lce_refuse(L, lua_pushfstring(L, "header %s", lua_tostring(L, -1)), status);
  }
  if(!lua_isnil(L, LCE_ARG_BODY)) {
    const char *body = luaL_checklstring(L, LCE_ARG_BODY, &body_length);
    celements_request_body(request, body, body_length);
  }
  if(!lua_isnil(L, LCE_ARG_STREAM)) {
    status = celements_request_stream(request, lce_opt_stream(L, LCE_ARG_STREAM));
    if(status)
      return lce_refuse(L, "header Content-Type", status);
  }
  memccpy(method_out, method, '\0', LCE_METHOD_SIZE - 1);
  celements_request_limits(request, lce_opt_milliseconds(L, LCE_ARG_TIMEOUT, 0),
                           lce_opt_milliseconds(L, LCE_ARG_CONNECT_TIMEOUT, 0),
                           max_body < 1          ? 1
                           : max_body > MAX_BODY ? (size_t)MAX_BODY
                                                 : (size_t)max_body);
  if(!lua_isnil(L, LCE_ARG_LOW_SPEED_LIMIT) || !lua_isnil(L, LCE_ARG_LOW_SPEED_TIME))
    celements_request_low_speed(request, opt_whole_number(L, LCE_ARG_LOW_SPEED_LIMIT, LOW_SPEED),
                                opt_whole_number(L, LCE_ARG_LOW_SPEED_TIME, LOW_SPEED_SECONDS));
  return 0;
}

int lce_describe(lua_State *L, celements_request *request, celements_target *target, char *method) {
  int refused = describe(L, request, target, method);
  if(refused)
    celements_request_forget(request); /* the secrets are not to wait there */
  return refused;
}

int lce_encode_body(lua_State *L) {
  lua_settop(L, LCE_ARG_LAST);
  if(!lua_istable(L, LCE_ARG_BODY))
    return 0;
  if(!lce_json_encode(L, LCE_ARG_BODY)) {
    lua_pushnil(L);
    lua_pushliteral(L, "body");
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -5);
    return 4;
  }
  lua_replace(L, LCE_ARG_BODY);
  return 0;
}
