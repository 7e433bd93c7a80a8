#include "lce.h"

#define MAX_TEXT ((size_t)256 << 20)

struct buffer {
  celements_buffer *buffer;
};

static int free_buffer(lua_State *L) {
  struct buffer *self = lce_check(L, 1, LCE_BUFFER, LCE_SHARED_BUFFER);
  celements_buffer_free(self->buffer);
  self->buffer = NULL;
  return 0;
}

celements_buffer *lce_new_buffer(lua_State *L) {
  struct buffer *self = lce_new(L, sizeof *self, LCE_SHARED_BUFFER);
  if(celements_buffer_new(&self->buffer, MAX_TEXT))
    lce_raise(L, CELEMENTS_NOMEM);
  return self->buffer;
}

void lce_push_buffer(lua_State *L, const celements_buffer *buffer) {
  size_t length;
  const char *text = celements_buffer_data(buffer, &length);
  lua_pushlstring(L, text, length);
}

void lce_buffer_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"__gc", free_buffer}, {NULL, NULL}};
  lce_class(L, LCE_BUFFER, LCE_SHARED_BUFFER, functions);
}
