/* How the text of a document is encoded: JSON is UTF-8 (RFC 8259, 8.1). */
#include "ce_diagnose.h"

/* With its mark or without: every other byte of JSON is NUL then. */
bool ce__is_utf16(const struct ce__scan *scan) {
  const char *text = scan->text;
  if(scan->length < 2)
    return false;
  return (text[0] == '\xff' && text[1] == '\xfe') || (text[0] == '\xfe' && text[1] == '\xff') ||
         (!text[0] != !text[1]);
}

/* How many bytes the character takes that begins here; 0 for what is none. */
static size_t character(const unsigned char *at, size_t left) {
  const size_t size = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
  uint32_t code = *at & (0xffU >> (size + 1));
  size_t i;
  if(size == 1)
    return 1;
  if(*at < 0xc2 || *at > 0xf4 || left < size)
    return 0;
  for(i = 1; i < size; i++) {
    if((at[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (at[i] & 0x3fU);
  }
  if(size == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff)))
    return 0;
  return size == 4 && (code < 0x10000 || code > 0x10ffff) ? 0 : size;
}

void ce__check_encoding(struct ce__scan *scan) {
  const unsigned char *text = (const unsigned char *)scan->text;
  size_t at = 0;
  while(at < scan->length) {
    size_t size = character(text + at, scan->length - at);
    if(!size) {
      ce__report(scan, CELEMENTS_FAULT_ENCODING, at, NULL);
      return; /* an editor's setting: there may be thousands */
    }
    at += size;
  }
}
