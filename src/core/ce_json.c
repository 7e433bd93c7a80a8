/* Marks in JSON text: see celements.h. Not a parser: what is malformed passes through untouched,
 * and the decoder that follows refuses it. */
#include "ce_buf.h"

#include <string.h>

/* How a NUL character stands in JSON text (RFC 8259: control characters are always escaped). */
#define NUL_ESCAPE "\\u0000"
#define NUL_LENGTH 6

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_blanks(const char *at, const char *end) {
  while(at < end && is_blank(*at))
    at++;
  return at;
}

/* The first byte after a string that starts at `at`, which is its opening quote. */
static const char *skip_string(const char *at, const char *end) {
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

struct marker {
  celements_buffer *out;
  const char *copied; /* everything before this is in `out`, or nothing is */
  unsigned found;
};

/* Writes `text` in place of the bytes from `from` to `to`. */
static celements_status replace(struct marker *marker, const char *from, const char *to,
                                const char *before, const char *text, size_t length,
                                const char *after) {
  celements_status status =
      celements_buffer_append(marker->out, marker->copied, (size_t)(from - marker->copied));
  if(!status)
    status = ce__buf_append_text(marker->out, before);
  if(!status)
    status = celements_buffer_append(marker->out, text, length);
  if(!status)
    status = ce__buf_append_text(marker->out, after);
  marker->copied = to;
  marker->found |= CELEMENTS_JSON_HAS_MARK;
  return status;
}

static const char *mark_string(struct marker *marker, const char *at, const char *end,
                               celements_status *status) {
  const char *after = skip_string(at, end);
  if(after - at > NUL_LENGTH && memcmp(at + 1, NUL_ESCAPE, NUL_LENGTH) == 0) {
    const char *next = skip_blanks(after, end);
    if(next == end || *next != ':') /* names are not looked at by the unmarking side */
      *status = replace(marker, at, at + 1, "\"" NUL_ESCAPE "s", "", 0, "");
  }
  return after;
}

static const char *skip_digits(const char *at, const char *end) {
  while(at < end && is_digit(*at))
    at++;
  return at;
}

struct number {
  const char *end;
  size_t digits; /* of the integer part */
  bool integer;  /* neither fraction nor exponent */
  bool whole;    /* a fraction of zeros, or an exponent: maybe without a fractional part */
};

/* Reads a number of RFC 8259. False for what only looks like one: the decoder is to refuse it. */
static bool read_number(const char *at, const char *end, struct number *number) {
  const char *start = at < end && *at == '-' ? at + 1 : at;
  const char *point;
  at = skip_digits(start, end);
  number->digits = (size_t)(at - start);
  number->integer = true;
  number->whole = true;
  if(at == start || (*start == '0' && number->digits > 1))
    return false;
  if(at < end && *at == '.') {
    number->integer = false;
    point = at++;
    at = skip_digits(at, end);
    if(at == point + 1)
      return false;
    while(++point < at)
      number->whole = number->whole && *point == '0';
  }
  if(at < end && (*at == 'e' || *at == 'E')) {
    number->integer = false;
    number->whole = true;
    at++;
    if(at < end && (*at == '+' || *at == '-'))
      at++;
    start = at;
    at = skip_digits(at, end);
    if(at == start)
      return false;
  }
  number->end = at;
  return true;
}

/* What a number cannot be followed by: the whole is then no number. */
static bool continues_number(char c) { return is_digit(c) || (c && strchr("+-.eExX", c) != NULL); }

static const char *mark_number(struct marker *marker, const char *at, const char *end,
                               unsigned what, size_t max_digits, celements_status *status) {
  struct number number;
  const char *after = at + 1;
  while(after < end && continues_number(*after))
    after++;
  marker->found |= CELEMENTS_JSON_HAS_NUMBER;
  if(!read_number(at, end, &number) || number.end != after)
    return after;
  if(number.integer ? number.digits > max_digits
                    : (what & CELEMENTS_JSON_MARK_FLOATS) && number.whole)
    *status = replace(marker, at, after, "\"" NUL_ESCAPE "n", at, (size_t)(after - at), "\"");
  return after;
}

static const char *mark_array(struct marker *marker, const char *at, const char *end, unsigned what,
                              celements_status *status) {
  const char *next = skip_blanks(at + 1, end);
  marker->found |= CELEMENTS_JSON_HAS_ARRAY;
  if(!(what & CELEMENTS_JSON_MARK_ARRAYS) || next == end || *next != ']')
    return at + 1;
  *status = replace(marker, at, next + 1, "\"" NUL_ESCAPE "a\"", "", 0, "");
  return next + 1;
}

celements_status celements_json_mark(const char *text, size_t length, unsigned what,
                                     size_t max_digits, celements_buffer *out, unsigned *found) {
  const char *at = text;
  const char *end = text + length;
  struct marker marker = {out, text, 0};
  celements_status status = CELEMENTS_OK;
  celements_buffer_clear(out);
  while(at < end && !status) {
    if(*at == '"')
      at = mark_string(&marker, at, end, &status);
    else if(is_digit(*at) || *at == '-')
      at = mark_number(&marker, at, end, what, max_digits, &status);
    else if(*at == '[')
      at = mark_array(&marker, at, end, what, &status);
    else
      at++;
  }
  if(!status && (marker.found & CELEMENTS_JSON_HAS_MARK))
    status = celements_buffer_append(out, marker.copied, (size_t)(end - marker.copied));
  if(!status)
    *found = marker.found;
  return status;
}

/* `at` is the opening quote of a string that starts with a NUL character. */
static const char *unmark_string(struct marker *marker, const char *at, const char *end,
                                 celements_status *status) {
  const char *after = skip_string(at, end);
  const char *content = at + 1 + NUL_LENGTH;
  if(after - content < 2)
    return after;
  switch(*content) {
  case 'a':
    *status = replace(marker, at, after, "", "[]", 2, "");
    break;
  case 'n':
    *status = replace(marker, at, after, "", content + 1, (size_t)(after - content) - 2, "");
    break;
  case 's':
    *status = replace(marker, at, content + 1, "\"", "", 0, "");
    break;
  default:
    break;
  }
  return after;
}

celements_status celements_json_unmark(const char *text, size_t length, celements_buffer *out) {
  const char *at = text;
  const char *end = text + length;
  struct marker marker = {out, text, 0};
  celements_status status = CELEMENTS_OK;
  celements_buffer_clear(out);
  while(at < end && !status) {
    at = memchr(at, '"', (size_t)(end - at));
    if(!at)
      break;
    if(end - at > NUL_LENGTH && memcmp(at + 1, NUL_ESCAPE, NUL_LENGTH) == 0)
      at = unmark_string(&marker, at, end, &status);
    else
      at = skip_string(at, end);
  }
  if(!status)
    status = celements_buffer_append(out, marker.copied, (size_t)(end - marker.copied));
  return status;
}
