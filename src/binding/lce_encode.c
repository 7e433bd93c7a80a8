/* Encoding through lua-cjson. What the loaded one would change is marked (celements.h) first. */
#include "lce.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK '\0'

/* What a look through a value finds. `reason` NULL: it can be sent. The path to what cannot is
 * built on the stack while unwinding. */
struct look {
  const struct lce_json *json;
  int array; /* index of the arrays' metatable */
  const char *reason;
  bool marks; /* something must be marked */
};

/* Writes a number so that reading it gives the same number; returns NULL if that needs no mark. */
static const char *exact_number(lua_State *L, int index, const struct look *look, char *text,
                                size_t size) {
  lua_Number number = lua_tonumber(L, index);
  char *comma;
#if LCE_HAS_INTEGERS
  if(lua_isinteger(L, index)) {
    lua_Integer integer = lua_tointeger(L, index);
    if(look->json->encodes_integers || (integer > -100000000000000 && integer < 100000000000000))
      return NULL;
    snprintf(text, size, "%lld", (long long)integer);
    return text;
  }
#endif
  if(!LCE_HAS_INTEGERS && number == floor(number)) { /* an integer, which is to look like one */
    if(fabs(number) < 1e14)
      return NULL;
    snprintf(text, size, "%.0f", number);
    return text;
  }
  snprintf(text, size, "%.*g", look->json->precision, number);
  if(strtod(text, NULL) == number)
    return NULL;
  snprintf(text, size, "%.17g", number);
  comma = strstr(text, localeconv()->decimal_point);
  if(comma)
    *comma = '.';
  return text;
}

static const char *number_fault(lua_State *L, int index) {
  lua_Number number = lua_tonumber(L, index);
  if(number != number || number - number != 0)
    return "is not a finite number";
#if !LCE_HAS_INTEGERS
  if(number == floor(number) && fabs(number) > (lua_Number)LCE_DOUBLE_EXACT)
    return "is an integer beyond 2^53, which this Lua does not hold exactly: give it as a string";
#endif
  return NULL;
}

static void look_at_table(lua_State *L, struct look *look, int depth);

/* Looks at the value on top. */
static void look_at(lua_State *L, struct look *look, int depth) {
  char text[64];
  switch(lua_type(L, -1)) {
  case LUA_TNIL:
  case LUA_TBOOLEAN:
  case LUA_TSTRING:
    return;
  case LUA_TLIGHTUSERDATA:
    if(lua_touserdata(L, -1))
      look->reason = "is a userdata, which JSON cannot hold";
    return;
  case LUA_TNUMBER:
    look->reason = number_fault(L, -1);
    if(!look->reason && exact_number(L, -1, look, text, sizeof text))
      look->marks = true;
    return;
  case LUA_TTABLE:
    look_at_table(L, look, depth);
    return;
  case LUA_TFUNCTION:
    look->reason = "is a function, which JSON cannot hold";
    return;
  default:
    look->reason = "is neither a table, string, number, boolean nor celements.null";
    return;
  }
}

/* Puts the key at `key` before the path on top. */
static void prepend_key(lua_State *L, int key) {
  if(lua_type(L, key) == LUA_TSTRING)
    lua_pushfstring(L, ".%s", lua_tostring(L, key));
  else if(lua_type(L, key) == LUA_TNUMBER) {
    lua_pushvalue(L, key); /* the key itself must stay a number */
    lua_pushfstring(L, "[%s]", lua_tostring(L, -1));
    lua_remove(L, -2);
  } else
    lua_pushfstring(L, "[%s]", luaL_typename(L, key));
  lua_insert(L, -2);
  lua_concat(L, 2);
}

/* An index of an array, or 0. */
static size_t array_index(lua_State *L, int key) {
  lua_Number number = lua_tonumber(L, key);
  return number >= 1 && number <= INT_MAX && number == floor(number) ? (size_t)number : 0;
}

static bool is_array(lua_State *L, int table, int array) {
  bool same = false;
  if(lua_getmetatable(L, table)) {
    same = lua_rawequal(L, -1, array) != 0;
    lua_pop(L, 1);
  }
  return same;
}

/* On a fault, leaves the path to it above the table. */
static void look_at_table(lua_State *L, struct look *look, int depth) {
  int table = lua_gettop(L);
  size_t items = 0;
  size_t names = 0;
  size_t last = 0;
  if(depth >= LCE_MAX_DEPTH || !lua_checkstack(L, 6)) {
    look->reason = "is nested too deeply, or holds itself";
    return;
  }
  lua_pushnil(L);
  while(lua_next(L, table)) {
    size_t index = 0;
    int path = lua_gettop(L);
    if(lua_type(L, -2) == LUA_TNUMBER) {
      index = array_index(L, -2);
      items++;
      if(index > last)
        last = index;
      if(!index)
        look->reason = "is an index that is not a whole number from 1 on";
    } else if(lua_type(L, -2) == LUA_TSTRING) {
      names++;
    } else {
      look->reason = "is a key that is neither a string nor a whole number";
    }
    if(!look->reason)
      look_at(L, look, depth + 1);
    if(look->reason) {
      if(lua_gettop(L) == path)
        lua_pushliteral(L, "");
      prepend_key(L, path - 1);
      lua_replace(L, table + 1);
      lua_settop(L, table + 1);
      return;
    }
    lua_pop(L, 1);
  }
  if(items && names)
    look->reason = "has both names and indexes";
  else if(items != last)
    look->reason = "is a list with holes: fill them with celements.null";
  else if((names || (!items && !look->json->encodes_empty_array)) &&
          is_array(L, table, look->array))
    look->marks =
        true; /* an empty array; or an object after all, whose names must not be left out */
}

/* Pushes "\0" `what` followed by the string at `index`. */
static void push_mark(lua_State *L, char what, int index) {
  const char mark[2] = {MARK, what};
  index = lce_absindex(L, index);
  lua_pushlstring(L, mark, sizeof mark);
  lua_pushvalue(L, index);
  lua_concat(L, 2);
}

static bool starts_with_mark(lua_State *L, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  return length && text[0] == MARK;
}

/* Pushes a copy of the value at the top in which everything that encoding would change is marked.
 */
static void push_marked(lua_State *L, const struct look *look) {
  int value = lua_gettop(L);
  char text[64];
  const char *exact;
  switch(lua_type(L, value)) {
  case LUA_TNUMBER:
    exact = exact_number(L, value, look, text, sizeof text);
    if(exact) {
      lua_pushstring(L, exact);
      push_mark(L, 'n', -1);
      lua_remove(L, -2);
      return;
    }
    break;
  case LUA_TSTRING:
    if(starts_with_mark(L, value)) {
      push_mark(L, 's', value);
      return;
    }
    break;
  case LUA_TTABLE:
    luaL_checkstack(L, 8, "nested too deeply");
    lua_pushnil(L);
    if(!lua_next(L, value)) {
      if(!look->json->encodes_empty_array && is_array(L, value, look->array)) {
        lua_pushliteral(L, "");
        push_mark(L, 'a', -1);
        lua_remove(L, -2);
        return;
      }
      break;
    }
    lua_pop(L, 2);
    lua_newtable(L);
    lua_pushnil(L);
    while(lua_next(L, value)) {
      push_marked(L, look);
      lua_remove(L, -2);
      if(lua_type(L, -2) == LUA_TSTRING && starts_with_mark(L, -2))
        push_mark(L, 's', -2);
      else
        lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, value + 1);
    }
    return;
  default:
    break;
  }
  lua_pushvalue(L, value);
}

/* Pushes the text of the value at `value`, with everything marked that the encoder would change. */
static void encode_marked(lua_State *L, int value, const struct look *look) {
  const char *text;
  size_t length;
  celements_buffer *buffer;
  celements_status status;
  lua_pushvalue(L, value);
  push_marked(L, look);
  if(!lce_json_call(L, LCE_SHARED_ENCODE, lua_gettop(L)))
    lua_error(L);
  text = lua_tolstring(L, -1, &length);
  buffer = lce_new_buffer(L);
  status = celements_json_unmark(text, length, buffer);
  if(status)
    lce_raise(L, status);
  lce_push_buffer(L, buffer);
}

/* Looking through the value takes as long as encoding it, so the encoder goes first: its text, or
 * its complaint, tells whether there is anything to look for. */
bool lce_json_encode(lua_State *L, int value) {
  const struct lce_json *json = lce_json_of(L);
  const int array = lua_gettop(L) + 1;
  const int answer = array + 1;
  struct look look = {json, array, NULL, false};
  bool encoded;
  lce_push_shared(L, LCE_SHARED_ARRAY);
  encoded = lce_json_call(L, LCE_SHARED_ENCODE, value);
  /* An encoder that knows the arrays' metatable leaves out the names of a table that has it. */
  if(encoded && !json->encodes_empty_array) {
    size_t length;
    const char *text = lua_tolstring(L, answer, &length);
    if(celements_json_is_plain(text, length)) {
      lua_replace(L, array);
      return true;
    }
  }
  lua_pushvalue(L, value);
  look_at(L, &look, 0);
  if(look.reason) { /* the path to the fault is above the value, if it is inside */
    if(lua_gettop(L) == answer + 1)
      lua_pushliteral(L, "");
    lua_replace(L, array);
    lua_settop(L, array);
    lua_pushstring(L, look.reason);
    return false;
  }
  if(encoded && !look.marks) {
    lua_settop(L, answer);
    lua_replace(L, array);
    return true;
  }
  if(look.marks) {
    encode_marked(L, value, &look);
    lua_replace(L, array);
    lua_settop(L, array);
    return true;
  }
  lua_settop(L, answer);
  lua_pushliteral(L, "");
  lua_replace(L, array);
  return false;
}

/* core.encode(value): JSON text, or nil, the path of what cannot be sent (".configuration.x") and
 * why. */
int lce_encode(lua_State *L) {
  lua_settop(L, 1);
  if(lce_json_encode(L, 1))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -3);
  return 3;
}
