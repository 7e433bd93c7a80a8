#include "lce_call.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

void lce_class(lua_State *L, const char *name, int shared, const luaL_Reg *functions) {
  luaL_newmetatable(L, name);
  lua_pushvalue(L, -(LCE_UPVALUES + 1));
  lua_pushvalue(L, -(LCE_UPVALUES + 1));
  lce_setfuncs(L, functions, LCE_UPVALUES);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  ((struct lce_state *)lua_touserdata(L, -3))->metatables[shared] = lua_topointer(L, -1);
  lua_rawseti(L, -2, shared);
}

void *lce_check(lua_State *L, int index, const char *name, int shared) {
  if(lua_type(L, index) == LUA_TUSERDATA && lua_getmetatable(L, index)) {
    bool same = lua_topointer(L, -1) == lce_state_of(L)->metatables[shared];
    lua_pop(L, 1);
    if(same)
      return lua_touserdata(L, index);
  }
  return luaL_checkudata(L, index, name);
}

void *lce_new(lua_State *L, size_t size, int shared) {
  void *self = lua_newuserdata(L, size);
  memset(self, 0, size);
  lce_push_shared(L, shared);
  lua_setmetatable(L, -2);
  return self;
}

long lce_milliseconds(lua_Number seconds) {
  return seconds > (lua_Number)INT_MAX / 1000 ? INT_MAX : (long)ceil(seconds * 1000);
}

int lce_raise(lua_State *L, celements_status status) {
  if(status == CELEMENTS_NOMEM)
    return luaL_error(L, "not enough memory");
  return luaL_error(L, "celements: %s", celements_status_text(status));
}

/* core.escape(text): percent-encoded, as one segment of a path. */
static int escape(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  celements_buffer *buffer = lce_new_buffer(L);
  celements_status status = celements_escape(buffer, text, length);
  if(status)
    return lce_raise(L, status);
  lce_push_buffer(L, buffer);
  return 1;
}

/* core.refused_header(name, value): why no call can carry it, or nil. */
static int refused_header(lua_State *L) {
  size_t name_length;
  size_t value_length;
  const char *name = luaL_checklstring(L, 1, &name_length);
  const char *value = luaL_checklstring(L, 2, &value_length);
  celements_request *request;
  celements_status status = celements_request_new(&request);
  if(!status) {
    status = celements_request_header(request, name, name_length, value, value_length);
    celements_request_free(request);
  }
  if(status == CELEMENTS_NOMEM)
    return lce_raise(L, status);
  if(!status)
    return 0;
  lua_pushstring(L, celements_status_text(status));
  return 1;
}

/* core.headers(block): a table by lower-case name; a repeated header's values joined with ", ". */
static int headers(lua_State *L) {
  size_t length;
  const char *block = luaL_checklstring(L, 1, &length);
  size_t offset = 0;
  const char *name;
  const char *value;
  size_t name_length;
  size_t value_length;
  lua_newtable(L);
  while(celements_header_next(block, length, &offset, &name, &name_length, &value, &value_length)) {
    lua_pushlstring(L, name, name_length);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if(lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushlstring(L, value, value_length);
    } else {
      lua_pushliteral(L, ", ");
      lua_pushlstring(L, value, value_length);
      lua_concat(L, 3);
    }
    lua_rawset(L, -3);
  }
  return 1;
}

/* core.header(block, name): one value, or nil. */
static int header(lua_State *L) {
  size_t length;
  size_t value_length;
  const char *block = luaL_checklstring(L, 1, &length);
  const char *value = celements_header_find(block, length, luaL_checkstring(L, 2), &value_length);
  if(value)
    lua_pushlstring(L, value, value_length);
  else
    lua_pushnil(L);
  return 1;
}

/* core.now(): seconds on a clock that only goes forward. */
static int now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)celements_now() / 1000);
  return 1;
}

static int with_file(lua_State *L, int (*work)(const char *path)) {
  size_t length;
  const char *path = luaL_checklstring(L, 1, &length);
  int reason = strlen(path) == length ? work(path) : EINVAL;
  if(reason && reason != EEXIST) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(reason));
    return 2;
  }
  lua_pushboolean(L, !reason);
  return 1;
}

/* core.create_file(path): true, false when there is one, or nil and the system's reason. */
static int create_file(lua_State *L) { return with_file(L, celements_file_create); }

/* core.private_file(path): true, or nil and the system's reason. */
static int private_file(lua_State *L) { return with_file(L, celements_file_private); }

/* core.pid(): of this process. */
static int pid(lua_State *L) {
  lua_pushnumber(L, (lua_Number)getpid());
  return 1;
}

/* core.can_yield(): whether the running coroutine can be suspended right here; true also where this
 * Lua does not tell. Lua's own function for it is missing in nginx. */
static int can_yield(lua_State *L) {
  lua_pushboolean(L, lce_isyieldable(L));
  return 1;
}

/* core.kinds: list of { name, meaning }, in the order of the header. */
static void push_kinds(lua_State *L) {
  int kind;
  lua_newtable(L);
  for(kind = CELEMENTS_KIND_NONE + 1; kind < CELEMENTS_KIND_COUNT; kind++) {
    lua_newtable(L);
    lua_pushstring(L, celements_kind_name((celements_kind)kind));
    lua_setfield(L, -2, "name");
    lua_pushstring(L, celements_kind_meaning((celements_kind)kind));
    lua_setfield(L, -2, "meaning");
    lua_rawseti(L, -2, kind);
  }
}

__attribute__((visibility("default"))) int luaopen_celements_core(lua_State *L);

int luaopen_celements_core(lua_State *L) {
  static const luaL_Reg functions[] = {{"target", lce_target},
                                       {"engine", lce_engine},
                                       {"service", lce_service},
                                       {"source", lce_source},
                                       {"sink", lce_sink},
                                       {"encode", lce_encode},
                                       {"decode", lce_decode},
                                       {"diagnose", lce_diagnose},
                                       {"escape", escape},
                                       {"refused_header", refused_header},
                                       {"headers", headers},
                                       {"header", header},
                                       {"now", now},
                                       {"create_file", create_file},
                                       {"private_file", private_file},
                                       {"pid", pid},
                                       {"can_yield", can_yield},
                                       {NULL, NULL}};
  celements_status status = celements_init(NULL);
  if(status)
    return lce_raise(L, status);
  lua_newtable(L);
  lce_json_open(L);
  lce_buffer_open(L);
  lce_target_open(L);
  lce_engine_open(L);
  lce_call_open(L);
  lce_service_open(L);
  lce_stream_open(L);
  lua_rawgeti(L, -1, LCE_SHARED_ARRAY);
  lua_setfield(L, -4, "array_mt");
  lce_setfuncs(L, functions, LCE_UPVALUES);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_pushinteger(L, (lua_Integer)CELEMENTS_MAX_DOCUMENT);
  lua_setfield(L, -2, "max_document");
  lua_pushliteral(L, CELEMENTS_VERSION);
  lua_setfield(L, -2, "version");
  push_kinds(L);
  lua_setfield(L, -2, "kinds");
  return 1;
}
