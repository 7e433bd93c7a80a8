/* JSON through a lua-cjson of our own, so that nobody's settings are read or changed. Two
 * lua-cjsons are in use and lose different things; what the loaded one loses goes through marks
 * (celements.h). */
#include "lce.h"

#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 128
#define MAX_TEXT (256u << 20)
/* Every integer of so many digits is a double, too. */
#define DOUBLE_DIGITS 15
#define DOUBLE_EXACT 9007199254740992.0
#define MARK '\0'

static struct lce_json *json_of(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(LCE_UP_JSON));
}

static void push_codec(lua_State *L, int which) {
  lua_rawgeti(L, lua_upvalueindex(LCE_UP_CODEC), which);
}

/* ---------------------------------------------------------------- probing */

/* Calls instance[name](...) with the `arguments` on top; pops them, and leaves one result or, on
 * false, nothing. */
static bool try_call(lua_State *L, int instance, const char *name, int arguments) {
  lua_getfield(L, instance, name);
  lua_insert(L, -(arguments + 1));
  if(lua_pcall(L, arguments, 1, 0) == 0)
    return true;
  lua_pop(L, 1);
  return false;
}

static void try_set(lua_State *L, int instance, const char *name, int value) {
  lua_pushinteger(L, value);
  if(try_call(L, instance, name, 1))
    lua_pop(L, 1);
}

static void try_switch(lua_State *L, int instance, const char *name, bool value) {
  lua_pushboolean(L, value);
  if(try_call(L, instance, name, 1))
    lua_pop(L, 1);
}

static void probe_precision(lua_State *L, int instance, struct lce_json *json) {
  static const int digits[] = {17, 16, 14};
  size_t i;
  json->precision = 14;
  for(i = 0; i < sizeof digits / sizeof digits[0]; i++) {
    lua_pushinteger(L, digits[i]);
    if(try_call(L, instance, "encode_number_precision", 1)) {
      lua_pop(L, 1);
      json->precision = digits[i];
      return;
    }
  }
}

static bool encodes_to(lua_State *L, int instance, const char *expected) {
  bool same;
  if(!try_call(L, instance, "encode", 1))
    return false;
  same = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), expected) == 0;
  lua_pop(L, 1);
  return same;
}

static void probe_integers(lua_State *L, int instance, struct lce_json *json) {
  json->max_digits = DOUBLE_DIGITS;
  json->convert_integers = LCE_HAS_INTEGERS;
  json->encodes_integers = false;
#if LCE_HAS_INTEGERS
  lua_pushliteral(L, "123456789012345678");
  if(try_call(L, instance, "decode", 1)) {
    if(lce_isinteger(L, -1)) {
      json->max_digits = 18; /* any 18 digits fit 64 bits */
      json->convert_integers = false;
    }
    lua_pop(L, 1);
  }
  lua_pushinteger(L, 9223372036854775807);
  json->encodes_integers = encodes_to(L, instance, "9223372036854775807");
#else
  (void)L;
  (void)instance;
#endif
}

/* Pushes the metatable that tells arrays from objects. */
static void probe_arrays(lua_State *L, int instance, struct lce_json *json) {
  json->encodes_empty_array = false;
  json->tag_arrays = true;
  lua_getfield(L, instance, "array_mt");
  if(lua_istable(L, -1)) {
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_setmetatable(L, -2);
    json->encodes_empty_array = encodes_to(L, instance, "[]");
    lua_pushboolean(L, true);
    if(try_call(L, instance, "decode_array_with_array_mt", 1)) {
      lua_pop(L, 1);
      lua_pushliteral(L, "[]");
      if(try_call(L, instance, "decode", 1)) {
        json->tag_arrays = !lua_getmetatable(L, -1);
        lua_pop(L, json->tag_arrays ? 1 : 2);
      }
    }
    if(json->encodes_empty_array)
      return;
  }
  lua_pop(L, 1);
  json->tag_arrays = true;
  lua_newtable(L);
}

static int free_buffer(lua_State *L) {
  struct lce_json *json = lua_touserdata(L, 1);
  celements_buffer_free(json->buffer);
  json->buffer = NULL;
  return 0;
}

static struct lce_json *new_json(lua_State *L) {
  struct lce_json *json = lua_newuserdata(L, sizeof *json);
  memset(json, 0, sizeof *json);
  lua_newtable(L);
  lua_pushcfunction(L, free_buffer);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  if(celements_buffer_new(&json->buffer, MAX_TEXT))
    luaL_error(L, "not enough memory");
  return json;
}

/* Pushes a private lua-cjson. */
static void new_cjson(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "cjson");
  if(lua_pcall(L, 1, 1, 0) != 0)
    luaL_error(L,
               "celements needs lua-cjson: 'luarocks install lua-cjson', or Debian's package "
               "lua-cjson (%s)",
               lua_tostring(L, -1));
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  lua_remove(L, -2);
}

void lce_json_open(lua_State *L) {
  struct lce_json *json = new_json(L);
  int codec;
  int instance;
  lua_newtable(L);
  codec = lua_gettop(L);
  new_cjson(L);
  instance = lua_gettop(L);
  try_switch(L, instance, "decode_invalid_numbers", false);
  try_switch(L, instance, "encode_invalid_numbers", false);
  try_set(L, instance, "decode_max_depth", MAX_DEPTH);
  try_set(L, instance, "encode_max_depth", MAX_DEPTH);
  probe_precision(L, instance, json);
  probe_integers(L, instance, json);
  probe_arrays(L, instance, json);
  lua_rawseti(L, codec, LCE_CODEC_ARRAY);
  lua_getfield(L, instance, "decode");
  lua_rawseti(L, codec, LCE_CODEC_DECODE);
  lua_getfield(L, instance, "encode");
  lua_rawseti(L, codec, LCE_CODEC_ENCODE);
  lua_settop(L, codec);
}

/* ---------------------------------------------------------------- decoding */

static bool is_worth_restoring(const struct lce_json *json, const char *text, size_t length) {
  return json->tag_arrays || json->convert_integers ||
         celements_json_has_long_integer(text, length, json->max_digits);
}

bool lce_json_decode(lua_State *L, const char *text, size_t length) {
  struct lce_json *json = json_of(L);
  push_codec(L, LCE_CODEC_DECODE);
  lua_pushlstring(L, text, length);
  if(lua_pcall(L, 1, 1, 0) != 0)
    return false;
  if(is_worth_restoring(json, text, length)) {
    push_codec(L, LCE_CODEC_ARRAY);
    lua_insert(L, -2);
    lce_json_restore(L, json, lua_gettop(L) - 1, text, length);
    lua_remove(L, -2);
  }
  return true;
}

/* core.decode(text): the value, or nil and why not. */
int lce_decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  if(lce_json_decode(L, text, length))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* ---------------------------------------------------------------- encoding */

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
  snprintf(text, size, "%.*g", look->json->precision, number);
  if(strtod(text, NULL) == number)
    return NULL;
  if(!LCE_HAS_INTEGERS && number == floor(number))
    snprintf(text, size, "%.0f", number);
  else
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
  if(number == floor(number) && fabs(number) > DOUBLE_EXACT)
    return "is an integer beyond 2^53, which this Lua does not hold exactly: give it as a string";
#endif
  return NULL;
}

static void look_at_table(lua_State *L, struct look *look, int depth);

/* Looks at the value on top. */
static void look_at(lua_State *L, struct look *look, int depth) {
  char text[64];
  size_t length;
  const char *string;
  switch(lua_type(L, -1)) {
  case LUA_TNIL:
  case LUA_TBOOLEAN:
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
  case LUA_TSTRING:
    string = lua_tolstring(L, -1, &length);
    if(length && string[0] == MARK)
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
  else if(lua_type(L, key) == LUA_TNUMBER)
    lua_pushfstring(L, "[%d]", (int)lua_tonumber(L, key));
  else
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
  if(depth >= MAX_DEPTH || !lua_checkstack(L, 6)) {
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
      size_t length;
      names++;
      if(lua_tolstring(L, -2, &length)[0] == MARK && length)
        look->marks = true;
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
  else if(names && is_array(L, table, look->array))
    look->reason = "is marked as an array, but has names";
  else if(!names && !items && !look->json->encodes_empty_array && is_array(L, table, look->array))
    look->marks = true;
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

static int encode_fault(lua_State *L, const char *reason) {
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushstring(L, reason);
  return 3;
}

/* Encodes the value on top; false leaves the encoder's complaint in its place. */
static bool call_encoder(lua_State *L) {
  push_codec(L, LCE_CODEC_ENCODE);
  lua_insert(L, -2);
  return lua_pcall(L, 1, 1, 0) == 0;
}

/* Encodes the value at 1 with everything marked that the encoder would change. */
static int encode_marked(lua_State *L, struct lce_json *json, const struct look *look) {
  const char *text;
  size_t length;
  celements_status status;
  lua_pushvalue(L, 1);
  push_marked(L, look);
  if(!call_encoder(L))
    return lua_error(L);
  text = lua_tolstring(L, -1, &length);
  status = celements_json_unmark(text, length, json->buffer);
  if(status)
    return lce_raise(L, status);
  text = celements_buffer_data(json->buffer, &length);
  lua_pushlstring(L, text, length);
  return 1;
}

/* core.encode(value): JSON text, or nil, the path of what cannot be sent (".configuration.x") and
 * why. Looking through the value takes as long as encoding it, so the encoder goes first: its text,
 * or its complaint, tells whether there is anything to look for. */
int lce_encode(lua_State *L) {
  struct lce_json *json = json_of(L);
  struct look look = {json, 2, NULL, false};
  const char *text;
  size_t length;
  bool encoded;
  lua_settop(L, 1);
  push_codec(L, LCE_CODEC_ARRAY);
  lua_pushvalue(L, 1);
  encoded = call_encoder(L);
  /* An encoder that knows the arrays' metatable leaves out the names of a table that has it. */
  if(encoded && !json->encodes_empty_array) {
    text = lua_tolstring(L, 3, &length);
    if(celements_json_is_plain(text, length))
      return 1;
  }
  lua_pushvalue(L, 1);
  look_at(L, &look, 0);
  if(look.reason) {
    if(lua_gettop(L) == 4)
      lua_pushliteral(L, "");
    return encode_fault(L, look.reason);
  }
  if(look.marks)
    return encode_marked(L, json, &look);
  if(encoded) {
    lua_settop(L, 3);
    return 1;
  }
  lua_settop(L, 3);
  lua_pushliteral(L, "");
  return encode_fault(L, lua_tostring(L, 3));
}
