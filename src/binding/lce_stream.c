/* Streams as userdata. The call that carries one holds it, too, so closing it early harms nobody.
 */
#include "lce.h"

#include <errno.h>
#include <string.h>

/* A collector that works a little for each allocation falls behind when each is a large string:
 * with LuaJIT 1 GiB in pieces of 256 KiB leaves 30 MiB of garbage, in these 1 MiB. */
#define PIECE ((size_t)16 * 1024)

struct stream {
  celements_stream *stream; /* NULL when closed */
};

static struct stream *check(lua_State *L) { return lce_check(L, 1, LCE_STREAM, LCE_SHARED_STREAM); }

static celements_stream *check_open(lua_State *L) {
  struct stream *self = check(L);
  luaL_argcheck(L, self->stream, 1, "closed");
  return self->stream;
}

celements_stream *lce_opt_stream(lua_State *L, int index) {
  struct stream *self;
  if(lua_isnil(L, index))
    return NULL;
  self = lce_check(L, index, LCE_STREAM, LCE_SHARED_STREAM);
  luaL_argcheck(L, self->stream, index, "closed");
  return self->stream;
}

/* Bytes; keeps the conversion from a Lua number defined. */
static int64_t check_count(lua_State *L, int index) {
  lua_Number count = luaL_checknumber(L, index);
  luaL_argcheck(L, count >= 0, index, "must not be negative");
  return count < 9e18 ? (int64_t)count : INT64_MAX;
}

static int refuse(lua_State *L, celements_status status, int why) {
  if(status == CELEMENTS_NOMEM)
    return lce_raise(L, status);
  lua_pushnil(L);
  lua_pushstring(L,
                 status == CELEMENTS_SYSTEM && why ? strerror(why) : celements_status_text(status));
  return 2;
}

/* The path at 1, or NULL for a pipe. A NUL would cut it short. */
static const char *opt_path(lua_State *L) {
  size_t length = 0;
  const char *path = luaL_optlstring(L, 1, NULL, &length);
  luaL_argcheck(L, !path || strlen(path) == length, 1, "must hold no NUL character");
  return path;
}

/* core.source(path): a file to be sent; core.source(nil, size): a pipe, of that many bytes if a
 * size is given. nil and why for a file that cannot be read. */
int lce_source(lua_State *L) {
  const char *path = opt_path(L);
  int64_t size = lua_isnoneornil(L, 2) ? -1 : check_count(L, 2);
  struct stream *self = lce_new(L, sizeof *self, LCE_SHARED_STREAM);
  celements_status status =
      path ? celements_source_file(&self->stream, path) : celements_source(&self->stream, size);
  return status ? refuse(L, status, errno) : 1;
}

/* core.sink(path): a file to be made; core.sink(): a pipe. nil and why for one that cannot be
 * written. */
int lce_sink(lua_State *L) {
  const char *path = opt_path(L);
  struct stream *self = lce_new(L, sizeof *self, LCE_SHARED_STREAM);
  celements_status status =
      path ? celements_sink_file(&self->stream, path) : celements_sink(&self->stream);
  return status ? refuse(L, status, errno) : 1;
}

/* stream:type(text): true, or nil and why it cannot be a Content-Type. */
static int set_type(lua_State *L) {
  celements_stream *stream = check_open(L);
  size_t length;
  const char *type = luaL_checklstring(L, 2, &length);
  celements_status status = celements_source_type(stream, type, length);
  if(status)
    return refuse(L, status, 0);
  lua_pushboolean(L, 1);
  return 1;
}

/* stream:field(name, value) */
static int add_field(lua_State *L) {
  celements_stream *stream = check_open(L);
  size_t name_length;
  size_t value_length;
  const char *name = luaL_checklstring(L, 2, &name_length);
  const char *value = luaL_checklstring(L, 3, &value_length);
  celements_status status = celements_source_field(stream, name, name_length, value, value_length);
  if(status)
    return refuse(L, status, 0);
  lua_pushboolean(L, 1);
  return 1;
}

/* stream:form(field, file name, type) */
static int make_form(lua_State *L) {
  celements_stream *stream = check_open(L);
  size_t field_length;
  size_t name_length;
  size_t type_length;
  const char *field = luaL_checklstring(L, 2, &field_length);
  const char *name = luaL_checklstring(L, 3, &name_length);
  const char *type = luaL_checklstring(L, 4, &type_length);
  celements_status status =
      celements_source_form(stream, field, field_length, name, name_length, type, type_length);
  if(status)
    return refuse(L, status, 0);
  lua_pushboolean(L, 1);
  return 1;
}

/* stream:limit(bytes) */
static int set_limit(lua_State *L) {
  celements_stream_limit(check_open(L), check_count(L, 2));
  return 0;
}

/* stream:watch() makes the call stir now and then. */
static int watch(lua_State *L) {
  celements_stream_watch(check_open(L));
  return 0;
}

/* stream:push(chunk, from): the position in the chunk after the bytes that found room. */
static int push(lua_State *L) {
  celements_stream *stream = check_open(L);
  size_t length;
  const char *chunk = luaL_checklstring(L, 2, &length);
  size_t from = (size_t)luaL_checkinteger(L, 3) - 1;
  if(from < length)
    from += celements_stream_push(stream, chunk + from, length - from);
  lua_pushinteger(L, (lua_Integer)from + 1);
  return 1;
}

/* stream:finish(): no more will be pushed. */
static int finish(lua_State *L) {
  celements_stream_end(check_open(L));
  return 0;
}

/* stream:pull(): some of what has come, or nil. */
static int pull(lua_State *L) {
  celements_stream *stream = check_open(L);
  size_t length;
  const char *data = celements_stream_peek(stream, &length);
  if(!length)
    return 0;
  if(length > PIECE)
    length = PIECE;
  lua_pushlstring(L, data, length);
  celements_stream_skip(stream, length);
  return 1;
}

static void push_count(lua_State *L, int64_t count) {
  if((int64_t)(lua_Integer)count == count)
    lua_pushinteger(L, (lua_Integer)count);
  else
    lua_pushnumber(L, (lua_Number)count);
}

/* stream:moved(): bytes of the content that have passed, and how many there are, nil if nobody
 * knows. */
static int moved(lua_State *L) {
  int64_t total;
  push_count(L, celements_stream_moved(check_open(L), &total));
  if(total < 0)
    return 1;
  push_count(L, total);
  return 2;
}

/* stream:commit() gives a file its name: true, or nil and why not. */
static int commit(lua_State *L) {
  celements_status status = celements_stream_commit(check_open(L));
  if(status)
    return refuse(L, status, errno);
  lua_pushboolean(L, 1);
  return 1;
}

static int close_stream(lua_State *L) {
  struct stream *self = check(L);
  celements_stream *stream = self->stream;
  self->stream = NULL;
  celements_stream_unref(stream);
  return 0;
}

void lce_stream_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"type", set_type},        {"field", add_field},
                                       {"form", make_form},       {"limit", set_limit},
                                       {"watch", watch},          {"push", push},
                                       {"finish", finish},        {"pull", pull},
                                       {"moved", moved},          {"commit", commit},
                                       {"close", close_stream},   {"__gc", close_stream},
                                       {"__close", close_stream}, {NULL, NULL}};
  lce_class(L, LCE_STREAM, LCE_SHARED_STREAM, functions);
}
