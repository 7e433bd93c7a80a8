/* What a string says, its escapes undone. */
#include "ce_diagnose.h"

#include <string.h>

static uint32_t unit_at(const char *text, size_t at, size_t end) {
  uint32_t unit = 0;
  size_t i;
  for(i = at; i < at + 4 && i < end; i++) {
    char c = text[i];
    unit = unit * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

/* The first byte of a character in UTF-8; the others wait in `pending`, the next lowest. */
static int first_byte(uint32_t code, uint32_t *pending) {
  if(code < 0x80)
    return (int)code;
  if(code < 0x800) {
    *pending = 0x80 | (code & 0x3f);
    return (int)(0xc0 | code >> 6);
  }
  if(code < 0x10000) {
    *pending = (0x80 | (code >> 6 & 0x3f)) | (0x80 | (code & 0x3f)) << 8;
    return (int)(0xe0 | code >> 12);
  }
  *pending = (0x80 | (code >> 12 & 0x3f)) | (0x80 | (code >> 6 & 0x3f)) << 8 |
             (0x80 | (code & 0x3f)) << 16;
  return (int)(0xf0 | (code >> 18 & 7));
}

int ce__next_byte(const char *text, size_t *at, size_t end, uint32_t *pending) {
  static const char letters[] = "bfnrt";
  static const char meanings[] = "\b\f\n\r\t";
  const char *letter;
  uint32_t code;
  char c;
  if(*pending) {
    int byte = (int)(*pending & 0xff);
    *pending >>= 8;
    return byte;
  }
  if(*at >= end)
    return -1;
  c = text[(*at)++];
  if(c != '\\' || *at >= end)
    return (unsigned char)c;
  c = text[(*at)++];
  if(c != 'u') {
    letter = memchr(letters, c, sizeof letters - 1);
    return letter ? meanings[letter - letters] : (unsigned char)c;
  }
  code = unit_at(text, *at, end);
  *at += 4;
  if(code >= 0xd800 && code < 0xdc00 && *at + 6 <= end) {
    code = 0x10000 + ((code & 0x3ff) << 10) + (unit_at(text, *at + 2, end) & 0x3ff);
    *at += 6;
  }
  return first_byte(code, pending);
}

bool ce__is_text(const struct ce__scan *scan, const struct ce__span *content, const char *word) {
  size_t at = content->start;
  uint32_t pending = 0;
  int c;
  do {
    c = ce__next_byte(scan->text, &at, content->end, &pending);
    if(c != (*word ? (unsigned char)*word : -1))
      return false;
    word++;
  } while(c >= 0 && word[-1]);
  return true;
}
