/* What stands between the tokens of a document. */
#include "ce_diagnose.h"

size_t ce__after_spaces(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, at);
  while(c == ' ' || c == '\t')
    c = ce__byte(scan, ++at);
  return at;
}

size_t ce__after_blanks(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, at);
  while(c == ' ' || c == '\t' || c == '\n' || c == '\r')
    c = ce__byte(scan, ++at);
  return at;
}

bool ce__ends_line(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, ce__after_spaces(scan, at));
  return c == '\n' || c == '\r' || c < 0;
}

bool ce__is_comment(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, at);
  int next;
  if(c != '/')
    return c == '#';
  next = ce__byte(scan, at + 1);
  return next == '/' || next == '*';
}

static size_t after_comment(struct ce__scan *scan, size_t at) {
  bool block = ce__byte(scan, at) == '/' && ce__byte(scan, at + 1) == '*';
  int c;
  if(block)
    at += 2;
  for(;;) {
    c = ce__byte(scan, at);
    if(c < 0 || (!block && (c == '\n' || c == '\r')))
      return at;
    if(block && c == '*' && ce__byte(scan, at + 1) == '/')
      return at + 2;
    at++;
  }
}

/* How many bytes a blank has that other programs know and JSON does not; 0 for what is none. */
static size_t foreign_blank(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, at);
  int next;
  int last;
  if(c == '\v' || c == '\f')
    return 1;
  if(c < 0xc2)
    return 0;
  next = ce__byte(scan, at + 1);
  if(c == 0xc2)
    return next == 0xa0 ? 2 : 0; /* no-break space */
  last = ce__byte(scan, at + 2);
  if(c == 0xe2 && next == 0x80)
    return (last >= 0x80 && last <= 0x8d) || last == 0xa8 || last == 0xa9 || last == 0xaf ? 3 : 0;
  if(c == 0xe3)
    return next == 0x80 && last == 0x80 ? 3 : 0;
  return c == 0xef && next == 0xbb && last == 0xbf ? 3 : 0;
}

/* Passes what is no JSON here, and says whether it did. */
static bool pass_foreign(struct ce__scan *scan) {
  size_t at = scan->at;
  int c = ce__byte(scan, at);
  size_t size;
  if(ce__is_comment(scan, at)) {
    ce__report(scan, CELEMENTS_FAULT_COMMENT, at, NULL);
    scan->at = after_comment(scan, at);
    return true;
  }
  if(c == '\\' && ce__ends_line(scan, at + 1)) {
    ce__report(scan, CELEMENTS_FAULT_CONTINUATION, at, NULL);
    scan->at++;
    return true;
  }
  if((size = foreign_blank(scan, at)) > 0) {
    ce__report(scan, CELEMENTS_FAULT_BLANK, at, NULL);
    do
      at += size;
    while((size = foreign_blank(scan, at)) > 0);
    scan->at = at;
    return true;
  }
  if(c >= 0 && (c < ' ' || c == 0x7f)) {
    ce__report(scan, CELEMENTS_FAULT_CONTROL, at, NULL);
    do
      c = ce__byte(scan, ++at);
    while(c >= 0 && (c < ' ' || c == 0x7f) && c != '\n' && c != '\r' && c != '\t');
    scan->at = at;
    return true;
  }
  return false;
}

void ce__skip_blanks(struct ce__scan *scan) {
  do
    scan->at = ce__after_blanks(scan, scan->at);
  while(pass_foreign(scan) && !ce__is_full(scan));
}
