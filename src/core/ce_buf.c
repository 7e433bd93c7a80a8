#include "ce_buf.h"

#include "ce_alloc.h"

#include <string.h>

/* A buffer that is used again does not hold on to what one large text needed. */
#define MAX_KEPT (1u << 20)

void ce__buf_limit(celements_buffer *buffer, size_t max) {
  buffer->max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4; /* so that sums below cannot overflow */
}

void ce__buf_init(celements_buffer *buffer, size_t max) {
  buffer->data = NULL;
  buffer->length = 0;
  buffer->capacity = 0;
  ce__buf_limit(buffer, max);
}

void ce__buf_drop(celements_buffer *buffer) {
  ce__free(buffer->data);
  ce__buf_init(buffer, buffer->max);
}

celements_status celements_buffer_new(celements_buffer **out, size_t max) {
  celements_buffer *buffer = ce__malloc(sizeof *buffer);
  if(!buffer)
    return CELEMENTS_NOMEM;
  ce__buf_init(buffer, max);
  *out = buffer;
  return CELEMENTS_OK;
}

void celements_buffer_free(celements_buffer *buffer) {
  if(!buffer)
    return;
  ce__free(buffer->data);
  ce__free(buffer);
}

void celements_buffer_clear(celements_buffer *buffer) {
  buffer->length = 0;
  if(buffer->capacity > MAX_KEPT)
    ce__buf_drop(buffer);
}

celements_status ce__buf_reserve(celements_buffer *buffer, size_t length) {
  size_t need;
  size_t capacity = buffer->capacity ? buffer->capacity : 128;
  char *data;
  if(length > buffer->max - buffer->length)
    return CELEMENTS_TOO_BIG;
  need = buffer->length + length + 1;
  if(need <= buffer->capacity)
    return CELEMENTS_OK;
  while(capacity < need)
    capacity *= 2;
  data = ce__realloc(buffer->data, capacity);
  if(!data)
    return CELEMENTS_NOMEM;
  buffer->data = data;
  buffer->capacity = capacity;
  return CELEMENTS_OK;
}

celements_status celements_buffer_append(celements_buffer *buffer, const void *data,
                                         size_t length) {
  celements_status status = ce__buf_reserve(buffer, length);
  if(status)
    return status;
  if(length) {
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
  }
  return CELEMENTS_OK;
}

celements_status ce__buf_append_text(celements_buffer *buffer, const char *text) {
  return celements_buffer_append(buffer, text, strlen(text));
}

celements_status ce__buf_append_byte(celements_buffer *buffer, char byte) {
  return celements_buffer_append(buffer, &byte, 1);
}

const char *celements_buffer_data(const celements_buffer *buffer, size_t *length) {
  *length = buffer->length;
  return buffer->data ? buffer->data : "";
}

char *ce__buf_text(celements_buffer *buffer) {
  if(ce__buf_reserve(buffer, 0))
    return NULL;
  buffer->data[buffer->length] = '\0';
  return buffer->data;
}
