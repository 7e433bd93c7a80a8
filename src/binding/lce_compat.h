/* Every difference between Lua 5.1 to 5.5 and LuaJIT that the binding meets. */
#ifndef LCE_COMPAT_H
#define LCE_COMPAT_H

#if defined(__has_include)
#if !__has_include(<lauxlib.h>)
#error "Lua's headers are missing: install liblua5.4-dev (Debian) or the like, or set LUA_INCDIR"
#endif
#endif

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#if LUA_VERSION_NUM == 501 && defined(__has_include)
#if __has_include(<luajit.h>)
#include <luajit.h>
#endif
#endif

#if LUA_VERSION_NUM >= 503
#define LCE_HAS_INTEGERS 1
#else
#define LCE_HAS_INTEGERS 0
#endif

/* A table that lives as long as a userdata. */
#if LUA_VERSION_NUM >= 502
#define lce_setuservalue(L, index) lua_setuservalue(L, index)
#define lce_getuservalue(L, index) lua_getuservalue(L, index)
#define lce_rawlen(L, index) lua_rawlen(L, index)
#else
#define lce_setuservalue(L, index) lua_setfenv(L, index)
#define lce_getuservalue(L, index) lua_getfenv(L, index)
#define lce_rawlen(L, index) lua_objlen(L, index)
#endif

/* Whether the number at `index` is of the integer subtype. */
static inline bool lce_isinteger(lua_State *L, int index) {
#if LCE_HAS_INTEGERS
  return lua_isinteger(L, index) != 0;
#else
  (void)L;
  (void)index;
  return false;
#endif
}

/* Whether the running coroutine can yield here; true where this Lua does not tell. */
static inline bool lce_isyieldable(lua_State *L) {
#if LUA_VERSION_NUM >= 503 || (defined(LUAJIT_VERSION_NUM) && LUAJIT_VERSION_NUM >= 20100)
  return lua_isyieldable(L) != 0;
#else
  (void)L;
  return true;
#endif
}

static inline int lce_absindex(lua_State *L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

/* luaL_setfuncs of Lua 5.2: each function gets copies of the `upvalues` values on top. */
static inline void lce_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues) {
#if LUA_VERSION_NUM >= 502
  luaL_setfuncs(L, functions, upvalues);
#else
  for(; functions->name; functions++) {
    int i;
    for(i = 0; i < upvalues; i++)
      lua_pushvalue(L, -upvalues);
    lua_pushcclosure(L, functions->func, upvalues);
    lua_setfield(L, -(upvalues + 2), functions->name);
  }
  lua_pop(L, upvalues);
#endif
}

#endif
