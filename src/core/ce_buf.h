/* The buffer's inside, for the core, which embeds buffers and wipes some of them. */
#ifndef CE_BUF_H
#define CE_BUF_H

#include "celements.h"

#pragma GCC visibility push(hidden)

struct celements_buffer {
  char *data;
  size_t length;
  size_t capacity;
  size_t max;
};

/* Takes no memory yet. */
void ce__buf_init(celements_buffer *buffer, size_t max);
/* Sets another limit for what is appended from now on. */
void ce__buf_limit(celements_buffer *buffer, size_t max);
/* Frees the memory; the buffer may be used again. */
void ce__buf_drop(celements_buffer *buffer);
celements_status ce__buf_append_text(celements_buffer *buffer, const char *text);
celements_status ce__buf_append_byte(celements_buffer *buffer, char byte);
/* Makes room for `length` more bytes. */
celements_status ce__buf_reserve(celements_buffer *buffer, size_t length);
/* The data with a NUL after it, which is not counted; NULL if there is no memory for it. */
char *ce__buf_text(celements_buffer *buffer);

#pragma GCC visibility pop

#endif
