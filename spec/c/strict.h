/* JSON as RFC 8259 defines it, in the plainest way: what the diagnosis is measured against. Nested
 * deeper than CELEMENTS_MAX_DEPTH it is none, nor with half of a surrogate pair, as for the
 * decoder. */
#ifndef STRICT_H
#define STRICT_H

#include "celements.h"

#include <string.h>

struct strict {
  const char *at;
  const char *end;
  int depth;
};

static inline int strict_next(struct strict *s) {
  return s->at < s->end ? (unsigned char)*s->at : -1;
}

static inline void strict_blanks(struct strict *s) {
  while(s->at < s->end && memchr(" \t\r\n", *s->at, 4))
    s->at++;
}

static inline bool strict_take(struct strict *s, const char *word) {
  size_t length = strlen(word);
  if((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
    return false;
  s->at += length;
  return true;
}

static inline bool strict_unit(struct strict *s, long *unit) {
  int i;
  *unit = 0;
  for(i = 0; i < 4; i++) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *digit = s->at < s->end ? memchr(digits, *s->at, sizeof digits - 1) : NULL;
    if(!digit)
      return false;
    *unit = *unit * 16 + (digit - digits) % 16;
    s->at++;
  }
  return true;
}

static inline bool strict_string(struct strict *s) {
  long unit;
  if(!strict_take(s, "\""))
    return false;
  while(strict_next(s) >= ' ') {
    int c = *s->at++;
    if(c == '"')
      return true;
    if(c != '\\')
      continue;
    if(strict_next(s) <= 0 || !strchr("\"\\/bfnrtu", strict_next(s)))
      return false;
    if(*s->at++ != 'u')
      continue;
    if(!strict_unit(s, &unit))
      return false;
    if(unit >= 0xdc00 && unit <= 0xdfff)
      return false;
    if(unit >= 0xd800 && unit <= 0xdbff &&
       !(strict_take(s, "\\u") && strict_unit(s, &unit) && unit >= 0xdc00 && unit <= 0xdfff))
      return false;
  }
  return false;
}

static inline bool strict_digits(struct strict *s) {
  const char *start = s->at;
  while(strict_next(s) >= '0' && strict_next(s) <= '9')
    s->at++;
  return s->at > start;
}

static inline bool strict_number(struct strict *s) {
  strict_take(s, "-");
  if(!strict_take(s, "0") && !strict_digits(s))
    return false;
  if(strict_take(s, ".") && !strict_digits(s))
    return false;
  if(strict_take(s, "e") || strict_take(s, "E")) {
    if(!strict_take(s, "+"))
      strict_take(s, "-");
    return strict_digits(s);
  }
  return true;
}

static inline bool strict_value(struct strict *s);

static inline bool strict_items(struct strict *s, const char *close) {
  bool object = *close == '}';
  if(++s->depth > CELEMENTS_MAX_DEPTH)
    return false;
  strict_blanks(s);
  if(!strict_take(s, close)) {
    do {
      strict_blanks(s);
      if(object) {
        if(!strict_string(s))
          return false;
        strict_blanks(s);
        if(!strict_take(s, ":"))
          return false;
        strict_blanks(s);
      }
      if(!strict_value(s))
        return false;
      strict_blanks(s);
    } while(strict_take(s, ","));
    if(!strict_take(s, close))
      return false;
  }
  s->depth--;
  return true;
}

static inline bool strict_value(struct strict *s) {
  if(strict_take(s, "{"))
    return strict_items(s, "}");
  if(strict_take(s, "["))
    return strict_items(s, "]");
  if(strict_next(s) == '"')
    return strict_string(s);
  return strict_take(s, "true") || strict_take(s, "false") || strict_take(s, "null") ||
         strict_number(s);
}

/* Well-formed characters (Unicode, table 3-7): the range of the first byte, that of the second, and
 * how many others follow. */
static inline bool strict_utf8(const char *text, size_t length) {
  static const unsigned char rows[][5] = {{0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1},
                                          {0xe1, 0xec, 0x80, 0xbf, 1}, {0xed, 0xed, 0x80, 0x9f, 1},
                                          {0xee, 0xef, 0x80, 0xbf, 1}, {0xf0, 0xf0, 0x90, 0xbf, 2},
                                          {0xf1, 0xf3, 0x80, 0xbf, 2}, {0xf4, 0xf4, 0x80, 0x8f, 2}};
  const unsigned char *at = (const unsigned char *)text;
  const unsigned char *end = at + length;
  while(at < end) {
    const unsigned char first = *at++;
    size_t row = 0;
    int more;
    if(first < 0x80)
      continue;
    while(row < sizeof rows / sizeof rows[0] && (first < rows[row][0] || first > rows[row][1]))
      row++;
    if(row == sizeof rows / sizeof rows[0] || at == end || *at < rows[row][2] || *at > rows[row][3])
      return false;
    at++;
    for(more = rows[row][4]; more; more--, at++) {
      if(at == end || *at < 0x80 || *at > 0xbf)
        return false;
    }
  }
  return true;
}

static inline bool strict_accepts(const char *text, size_t length) {
  struct strict s = {text, text + length, 0};
  if(!strict_utf8(text, length))
    return false;
  strict_blanks(&s);
  if(!strict_value(&s))
    return false;
  strict_blanks(&s);
  return s.at == s.end;
}

#endif
