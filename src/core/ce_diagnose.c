/*
 * What is wrong with a document that is to hold a request. It is read token by token; a token that
 * cannot stand where it does is a finding, and what was most likely meant goes on from there, so
 * that one fault is one finding. A text without a finding is JSON.
 *
 * Every guess that looks further ahead than one run of blanks ends in a finding, and there are only
 * so many of these: the work grows with the text and no faster.
 */
#include "ce_alloc.h"
#include "ce_reading.h"

#include <string.h>

static void read_token(struct ce__reading *reading, int c) {
  struct ce__scan *scan = &reading->scan;
  if(reading->expected == CE__NOTHING && c == reading->shell_quote) {
    reading->shell_quote = 0;
    scan->at++;
  } else if(c == '{' || c == '[') {
    ce__read_opening(reading, c == '{');
  } else if(c == '}' || c == ']') {
    ce__read_closing(reading, c == '}');
  } else if(c == ',') {
    ce__read_comma(reading);
  } else if(c == ':') {
    ce__read_colon(reading);
  } else if(ce__is_quote(scan, scan->at)) {
    ce__read_string(reading);
  } else if(!ce__read_wrong_separator(reading, c)) {
    ce__read_word(reading);
  }
}

/* A quote stands before the document that a shell needed. */
static bool is_shell_quote(struct ce__scan *scan, size_t at, size_t brace) {
  int c = ce__byte(scan, at);
  size_t next = ce__after_blanks(scan, brace + 1);
  if(ce__byte(scan, brace) != '{' || (c != '\'' && c != '"'))
    return false;
  if(c == '\'')
    return true;
  c = ce__byte(scan, next) == '"' ? ce__byte(scan, next + 1) : 0; /* "{" alone is a string */
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Finds the beginning of the document. */
static void begin_document(struct ce__reading *reading) {
  struct ce__scan *scan = &reading->scan;
  const char *brace;
  int c;
  if(ce__is_utf16(scan)) {
    ce__stop(reading, CELEMENTS_FAULT_ENCODING, 0);
    return;
  }
  ce__check_encoding(scan);
  if(scan->length >= 3 && memcmp(scan->text, "\xef\xbb\xbf", 3) == 0) {
    ce__report_at(reading, CELEMENTS_FAULT_BYTE_ORDER_MARK, 0);
    scan->at = 3;
  }
  ce__skip_blanks(scan);
  c = ce__byte(scan, scan->at);
  if(c < 0) {
    ce__stop(reading, CELEMENTS_FAULT_EMPTY, scan->at);
    return;
  }
  if(is_shell_quote(scan, scan->at, ce__after_blanks(scan, scan->at + 1))) {
    ce__report_at(reading, CELEMENTS_FAULT_SHELL_QUOTES, scan->at);
    reading->shell_quote = c;
    scan->at++;
    return;
  }
  if(c == '{' || c == '[' || ce__word_kind(scan) || (c != '`' && ce__is_quote(scan, scan->at)))
    return;
  brace = memchr(scan->text + scan->at, '{', scan->length - scan->at);
  if(!brace) {
    ce__stop(reading, CELEMENTS_FAULT_NO_OBJECT, scan->at);
    return;
  }
  ce__report_at(reading, CELEMENTS_FAULT_TEXT_BEFORE, scan->at);
  scan->at = (size_t)(brace - scan->text);
  if(is_shell_quote(scan, scan->at - 1, scan->at))
    reading->shell_quote = ce__byte(scan, scan->at - 1);
}

static void end_document(struct ce__reading *reading) {
  struct ce__scan *scan = &reading->scan;
  if(reading->status || ce__is_full(scan))
    return;
  if(!reading->ended) {
    if(reading->depth > 0)
      ce__report_unclosed(reading, 0);
    ce__shape_end(&reading->shape, scan);
  }
  ce__members_compare(&reading->members, scan);
}

static celements_status read_document(struct ce__reading *reading) {
  struct ce__scan *scan = &reading->scan;
  begin_document(reading);
  while(!reading->ended && !reading->status && !ce__is_full(scan)) {
    int c;
    ce__skip_blanks(scan);
    c = ce__byte(scan, scan->at);
    if(c < 0)
      break;
    read_token(reading, c);
  }
  end_document(reading);
  ce__free(reading->members.list);
  ce__place_findings(scan);
  return reading->status;
}

celements_status celements_diagnose(const char *text, size_t length,
                                    struct celements_findings *out) {
  struct ce__reading *reading;
  celements_status status;
  if(length > CELEMENTS_MAX_DOCUMENT)
    return CELEMENTS_TOO_BIG;
  reading = ce__calloc(1, sizeof *reading);
  if(!reading)
    return CELEMENTS_NOMEM;
  memset(out, 0, sizeof *out);
  reading->scan.text = text;
  reading->scan.length = length;
  reading->scan.findings = out;
  status = read_document(reading);
  ce__free(reading);
  return status;
}
