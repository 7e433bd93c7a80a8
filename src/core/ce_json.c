/* JSON text as bytes: see celements.h. Not a parser: the decoder before or behind it judges. */
#include "ce_buf.h"

#include <string.h>

/* How a NUL character stands in JSON text (RFC 8259: control characters are always escaped). */
#define NUL_ESCAPE "\\u0000"
#define NUL_LENGTH 6

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char *celements_json_skip_string(const char *at, const char *end) {
  const char *quote = at;
  for(;;) {
    const char *slash;
    quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
    if(!quote)
      return end;
    slash = quote;
    while(slash[-1] == '\\')
      slash--;
    if((quote - slash) % 2 == 0)
      return quote + 1;
  }
}

static const char *skip_digits(const char *at, const char *end) {
  while(at < end && is_digit(*at))
    at++;
  return at;
}

bool celements_json_has_large_number(const char *text, size_t length, size_t max_digits) {
  const char *at = text;
  const char *end = text + length;
  while(at < end) {
    const char *start = at;
    if(*at == '"') {
      at = celements_json_skip_string(at, end);
    } else if(is_digit(*at)) {
      at = skip_digits(at, end);
      if((size_t)(at - start) > max_digits || (at < end && (*at | 0x20) == 'e'))
        return true;
    } else {
      at++;
    }
  }
  return false;
}

bool celements_json_is_plain(const char *text, size_t length) {
  const char *at = text;
  const char *end = text + length;
  while(at < end) {
    const char *start = at;
    switch(*at) {
    case '"':
      at = celements_json_skip_string(at, end);
      if(at < end && *at == ':' && (is_digit(start[1]) || start[1] == '-'))
        return false; /* a name that may have been an index */
      break;
    case '{':
    case '[':
      at++;
      if(at < end && (*at == '}' || *at == ']'))
        return false;
      break;
    case 't':
      at += 4;
      break;
    case 'f':
      at += 5;
      break;
    case 'n': /* may stand for a hole */
      return false;
    default:
      if(is_digit(*at)) /* may be rounded */
        return false;
      at++;
      break;
    }
  }
  return true;
}

/* Appends what is not in `out` yet up to `to`, which then counts as copied. */
static celements_status copy_to(celements_buffer *out, const char **copied, const char *to) {
  celements_status status = celements_buffer_append(out, *copied, (size_t)(to - *copied));
  *copied = to;
  return status;
}

/* `at` is the opening quote of a string that starts with a NUL character. */
static celements_status unmark_string(celements_buffer *out, const char **copied, const char *at,
                                      const char *after) {
  const char *content = at + 1 + NUL_LENGTH;
  celements_status status = CELEMENTS_OK;
  if(after - content < 2 || !strchr("ans", *content))
    return CELEMENTS_OK;
  status = copy_to(out, copied, at);
  if(!status && *content == 'a')
    status = ce__buf_append_text(out, "[]");
  if(!status && *content == 'n')
    status = celements_buffer_append(out, content + 1, (size_t)(after - content) - 2);
  if(!status && *content == 's')
    status = ce__buf_append_byte(out, '"');
  *copied = *content == 's' ? content + 1 : after;
  return status;
}

celements_status celements_json_unmark(const char *text, size_t length, celements_buffer *out) {
  const char *at = text;
  const char *end = text + length;
  const char *copied = text;
  celements_status status = CELEMENTS_OK;
  celements_buffer_clear(out);
  while(at < end && !status) {
    const char *after;
    at = memchr(at, '"', (size_t)(end - at));
    if(!at)
      break;
    after = celements_json_skip_string(at, end);
    if(end - at > NUL_LENGTH && memcmp(at + 1, NUL_ESCAPE, NUL_LENGTH) == 0)
      status = unmark_string(out, &copied, at, after);
    at = after;
  }
  return status ? status : copy_to(out, &copied, end);
}
