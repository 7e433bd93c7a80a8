/* What the binding's files share. Each userdata is "closed" from its first moment, so that an error
 * at any point leaves something that its finaliser can handle. */
#ifndef LCE_H
#define LCE_H

#include "celements.h"
#include "lce_compat.h"

#pragma GCC visibility push(hidden)

/* The classes of userdata, by their names in the registry. */
#define LCE_TARGET "celements.target"
#define LCE_ENGINE "celements.engine"
#define LCE_CALL "celements.call"
#define LCE_BUFFER "celements.buffer"
#define LCE_SERVICE "celements.service"
#define LCE_JOB "celements.job"
#define LCE_STREAM "celements.stream"

/* What the loaded lua-cjson can do, found by trying. */
struct lce_json {
  size_t max_digits;        /* of integers that decoding keeps */
  bool convert_integers;    /* decoding gives floats where this Lua has integers */
  bool tag_arrays;          /* decoding does not set the metatable of arrays */
  bool encodes_integers;    /* encoding writes integers of any size */
  bool encodes_empty_array; /* encoding writes `[]` for an empty table with the arrays' metatable */
  int precision;            /* significant digits that encoding writes */
  char point;               /* the decimal point that the loaded one goes by */
};

/* Every function of the module has these upvalues. */
enum {
  LCE_UP_STATE = 1, /* userdata struct lce_state */
  LCE_UP_SHARED     /* table, LCE_SHARED_* */
};
/* lua-cjson's functions and metatables: looked up by index, not by name in the registry. */
enum {
  LCE_SHARED_NEW = 1,
  LCE_SHARED_DECODE,
  LCE_SHARED_ENCODE,
  LCE_SHARED_ARRAY,
  LCE_SHARED_TARGET,
  LCE_SHARED_ENGINE,
  LCE_SHARED_CALL,
  LCE_SHARED_BUFFER,
  LCE_SHARED_SERVICE,
  LCE_SHARED_JOB,
  LCE_SHARED_STREAM,
  LCE_SHARED_COUNT
};

/* What the module knows of its Lua state. */
struct lce_state {
  struct lce_json json;
  const void *metatables[LCE_SHARED_COUNT]; /* addresses, of the classes */
};
#define LCE_UPVALUES 2

/* Nested deeper, JSON is refused in both directions. */
#define LCE_MAX_DEPTH CELEMENTS_MAX_DEPTH
/* Up to here, every integer is a double. */
#define LCE_DOUBLE_EXACT 9007199254740992LL

static inline struct lce_state *lce_state_of(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(LCE_UP_STATE));
}

static inline struct lce_json *lce_json_of(lua_State *L) { return &lce_state_of(L)->json; }

static inline void lce_push_shared(lua_State *L, int which) {
  lua_rawgeti(L, lua_upvalueindex(LCE_UP_SHARED), which);
}

/* Pushes the two upvalues. Raises with what to install if there is no lua-cjson. */
void lce_json_open(lua_State *L);
/* Calls the decoder or encoder with the value at `value` (absolute). Pushes what it gives and
 * returns true, or pushes its complaint and returns false. Raises what is no complaint of its own.
 */
bool lce_json_call(lua_State *L, int function, int value);
/* Gives back what the decoder lost of `text`, whose value is on top: integers, `[]`. `array` is the
 * index of the arrays' metatable. */
void lce_json_restore(lua_State *L, const struct lce_json *json, int array, const char *text,
                      size_t length);
/* Pushes the value of a JSON text and returns true, or pushes why it is not one and returns false.
 */
bool lce_json_decode(lua_State *L, const char *text, size_t length);
/* Pushes the JSON text of the value at `index` (absolute) and returns true, or pushes the path to
 * what cannot be sent (".configuration.x"), then why not, and returns false. */
bool lce_json_encode(lua_State *L, int index);
/* Functions of the module. */
int lce_encode(lua_State *L);
int lce_decode(lua_State *L);
int lce_diagnose(lua_State *L);

/* Registers the classes; the upvalues are on top and stay there. */
void lce_target_open(lua_State *L);
void lce_engine_open(lua_State *L);
void lce_service_open(lua_State *L);
void lce_stream_open(lua_State *L);
void lce_buffer_open(lua_State *L);
int lce_target(lua_State *L);
int lce_engine(lua_State *L);
int lce_service(lua_State *L);
int lce_source(lua_State *L);
int lce_sink(lua_State *L);
/* The stream at `index`, NULL for nil; raises if it is none or closed. */
celements_stream *lce_opt_stream(lua_State *L, int index);

/* Pushes a userdata that owns the buffer returned, so that an error cannot lose it. One for each
 * use: a finaliser may run in the middle of anything and need one, too. */
celements_buffer *lce_new_buffer(lua_State *L);
/* Pushes what the buffer holds. */
void lce_push_buffer(lua_State *L, const celements_buffer *buffer);

/* Makes the metatable `name` with these functions (and `__index` to itself), each with the
 * upvalues, and puts it among the shared values. */
void lce_class(lua_State *L, const char *name, int shared, const luaL_Reg *functions);
/* The userdata at `index`, or an argument error if it is not of the class. */
void *lce_check(lua_State *L, int index, const char *name, int shared);
/* Pushes a new userdata of the class. The caller makes it "closed" before anything else. */
void *lce_new(lua_State *L, size_t size, int shared);
/* Milliseconds of a number of seconds from 0 on, rounded up. */
long lce_milliseconds(lua_Number seconds);
/* Raises for want of memory, or for a status that only a defect can cause. */
int lce_raise(lua_State *L, celements_status status);

#pragma GCC visibility pop

#endif
