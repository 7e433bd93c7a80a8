/* What surrounds a source's content when it is sent as a form (RFC 7578), and its Content-Type. */
#include "ce_stream.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Text inside quotes, as browsers write it (HTML, "multipart/form-data"). */
static celements_status append_quoted(celements_buffer *out, const char *text, size_t length) {
  celements_status status = ce__buf_append_byte(out, '"');
  size_t i;
  for(i = 0; i < length && !status; i++) {
    switch(text[i]) {
    case '"':
      status = ce__buf_append_text(out, "%22");
      break;
    case '\r':
      status = ce__buf_append_text(out, "%0D");
      break;
    case '\n':
      status = ce__buf_append_text(out, "%0A");
      break;
    default:
      status = ce__buf_append_byte(out, text[i]);
    }
  }
  return status ? status : ce__buf_append_byte(out, '"');
}

static bool is_line(const char *text, size_t length) {
  return length && !memchr(text, '\r', length) && !memchr(text, '\n', length) &&
         !memchr(text, '\0', length);
}

static celements_status set_type(celements_stream *stream, const char *type, size_t length) {
  celements_status status;
  celements_buffer_clear(&stream->type);
  status = ce__buf_append_text(&stream->type, "Content-Type: ");
  if(!status)
    status = celements_buffer_append(&stream->type, type, length);
  return status ? status : ce__buf_append_byte(&stream->type, '\0');
}

celements_status celements_source_type(celements_stream *stream, const char *type, size_t length) {
  return is_line(type, length) ? set_type(stream, type, length) : CELEMENTS_BAD_HEADER_VALUE;
}

/* 128 random bits: no content holds them by accident. */
static celements_status choose_boundary(celements_stream *stream) {
  static const char hex[] = "0123456789abcdef";
  static const char prefix[] = "celements-";
  unsigned char bytes[16];
  char type[96] = "multipart/form-data; boundary=";
  char *at = stream->boundary;
  size_t i;
  if(*stream->boundary)
    return CELEMENTS_OK;
  if(getentropy(bytes, sizeof bytes))
    return CELEMENTS_SYSTEM;
  memcpy(at, prefix, sizeof prefix - 1);
  at += sizeof prefix - 1;
  for(i = 0; i < sizeof bytes; i++) {
    *at++ = hex[bytes[i] >> 4];
    *at++ = hex[bytes[i] & 15];
  }
  *at = '\0';
  memcpy(type + strlen(type), stream->boundary, strlen(stream->boundary) + 1);
  return set_type(stream, type, strlen(type));
}

static celements_status begin_part(celements_stream *stream, const char *name, size_t length) {
  celements_buffer *head = &stream->head;
  celements_status status = choose_boundary(stream);
  if(!status)
    status = ce__buf_append_text(head, "--");
  if(!status)
    status = ce__buf_append_text(head, stream->boundary);
  if(!status)
    status = ce__buf_append_text(head, "\r\nContent-Disposition: form-data; name=");
  return status ? status : append_quoted(head, name, length);
}

celements_status celements_source_field(celements_stream *stream, const char *name,
                                        size_t name_length, const char *value,
                                        size_t value_length) {
  celements_status status = begin_part(stream, name, name_length);
  if(!status)
    status = ce__buf_append_text(&stream->head, "\r\n\r\n");
  if(!status)
    status = celements_buffer_append(&stream->head, value, value_length);
  return status ? status : ce__buf_append_text(&stream->head, "\r\n");
}

celements_status celements_source_form(celements_stream *stream, const char *name,
                                       size_t name_length, const char *file, size_t file_length,
                                       const char *type, size_t type_length) {
  celements_buffer *head = &stream->head;
  celements_buffer *tail = &stream->tail;
  celements_status status;
  if(!is_line(type, type_length))
    return CELEMENTS_BAD_HEADER_VALUE;
  status = begin_part(stream, name, name_length);
  if(!status)
    status = ce__buf_append_text(head, "; filename=");
  if(!status)
    status = append_quoted(head, file, file_length);
  if(!status)
    status = ce__buf_append_text(head, "\r\nContent-Type: ");
  if(!status)
    status = celements_buffer_append(head, type, type_length);
  if(!status)
    status = ce__buf_append_text(head, "\r\n\r\n");
  if(!status)
    status = ce__buf_append_text(tail, "\r\n--");
  if(!status)
    status = ce__buf_append_text(tail, stream->boundary);
  return status ? status : ce__buf_append_text(tail, "--\r\n");
}
