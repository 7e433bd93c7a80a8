/*
 * Strings of a document, as JSON has them and as people type them. In a text that is JSON the first
 * quote that is not escaped ends a string, and what follows it says so; only where it does not is
 * anything guessed.
 */
#include "ce_diagnose.h"

#include <string.h>

static bool is_line_end(int c) { return c == '\n' || c == '\r' || c < 0; }

static bool is_word(int c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
         c >= 0x80;
}

/* ---------------------------------------------------------------- kinds of quotes */

enum quote { NO_QUOTE, STRAIGHT, CURLY, SINGLE, ESCAPED };

static enum quote quote_at(struct ce__scan *scan, size_t at, size_t *size) {
  int c = ce__byte(scan, at);
  *size = 1;
  if(c == '"')
    return STRAIGHT;
  if(c == '\'' || c == '`')
    return SINGLE;
  if(c == '\\') {
    *size = 2;
    return ce__byte(scan, at + 1) == '"' ? ESCAPED : NO_QUOTE;
  }
  *size = 3;
  if(c != 0xe2 || ce__byte(scan, at + 1) != 0x80)
    return NO_QUOTE;
  c = ce__byte(scan, at + 2);
  if(c >= 0x9c && c <= 0x9f)
    return CURLY;
  return c >= 0x98 && c <= 0x9b ? SINGLE : NO_QUOTE;
}

bool ce__is_quote(struct ce__scan *scan, size_t at) {
  size_t size;
  return quote_at(scan, at, &size) != NO_QUOTE;
}

/* ---------------------------------------------------------------- where a string ends */

/* The structure, or the end of the line, goes on there. */
static bool is_structure(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, at);
  return is_line_end(c) || c == ',' || c == '}' || c == ']' || c == ':' || ce__is_comment(scan, at);
}

bool ce__closes_string(struct ce__scan *scan, size_t at) {
  return is_structure(scan, ce__after_spaces(scan, at + 1));
}

/* A value or a line end follows the character that was typed for a comma or a colon. */
static bool is_separator(struct ce__scan *scan, size_t at) {
  int c;
  if(ce__byte(scan, at) == '=' && ce__byte(scan, at + 1) == '>')
    at++;
  at = ce__after_spaces(scan, at + 1);
  c = ce__byte(scan, at);
  return is_line_end(c) || c == '{' || c == '[' || c == '}' || c == ']' || ce__is_quote(scan, at);
}

/* Another quote on the line looks like the end of the string. `later` keeps where. */
static bool closes_later(struct ce__scan *scan, size_t at, bool is_key, size_t *later) {
  int c;
  if(*later > at)
    return true;
  while(!is_line_end(c = ce__byte(scan, ++at))) {
    if(c == '\\')
      at++;
    else if(c == '"' && ce__closes_string(scan, at)) {
      *later = at;
      return (ce__byte(scan, ce__after_spaces(scan, at + 1)) == ':') == is_key;
    }
  }
  return false;
}

/* Whether the quote at `at` ends the string. `inside` says that a quote before it was taken for one
 * that opens something inside the string. */
static bool ends_string(struct ce__scan *scan, size_t at, bool is_key, bool inside, size_t *later) {
  size_t next = ce__after_spaces(scan, at + 1);
  int c = ce__byte(scan, next);
  if(inside) {
    if(c == ',') {
      size_t after = ce__after_spaces(scan, next + 1);
      return is_structure(scan, after) || ce__is_quote(scan, after);
    }
    return is_structure(scan, next) && (is_key || c != ':');
  }
  if(is_structure(scan, next) || ((c == '{' || c == '[') && (is_key || next > at + 1)))
    return true;
  if((c == '.' || c == ';' || c == '=') && ((is_key && c != '.') || is_separator(scan, next)))
    return true;
  if(c == '\\' && (ce__ends_line(scan, next + 1) || ce__byte(scan, next + 1) == 'n'))
    return true;
  if(next > at + 1 && ce__is_quote(scan, next))
    return true;
  return !closes_later(scan, at, is_key, later);
}

/* The string that is open at the line end `at` goes on in the next line. */
static bool goes_on(struct ce__scan *scan, size_t at, size_t *next) {
  size_t after = ce__after_blanks(scan, at);
  int c = ce__byte(scan, after);
  *next = after;
  if(c < 0 || c == '}' || c == ']')
    return false;
  if(c == '"')
    return ce__closes_string(scan, after);
  return !ce__is_quote(scan, after);
}

static bool is_curly(struct ce__scan *scan, size_t at) {
  size_t size;
  return quote_at(scan, at, &size) == CURLY;
}

/* A key that no colon follows holds one: it was to end there. */
static bool is_unclosed_key(struct ce__scan *scan, size_t start, size_t at) {
  if(ce__byte(scan, ce__after_blanks(scan, at + 1)) == ':')
    return false;
  while(start < at) {
    if(ce__byte(scan, start++) == ':')
      return true;
  }
  return false;
}

/* Where the content of a string ends that is not closed before the line end `end`. */
static size_t guess_end(struct ce__scan *scan, size_t start, size_t end, bool is_key) {
  size_t at;
  int c;
  if(is_key) {
    for(at = start; at < end; at++) {
      c = ce__byte(scan, at);
      if(c == ':')
        return at;
    }
  }
  while(end > start) {
    c = ce__byte(scan, end - 1);
    if(c != ' ' && c != '\t' && c != ',' && c != '}' && c != ']')
      break;
    end--;
  }
  return end;
}

/* Ends a string that has no closing quote. */
static void close_string(struct ce__scan *scan, size_t open, size_t start, size_t line_end,
                         bool is_key, struct ce__span *content) {
  size_t end = guess_end(scan, start, line_end, is_key);
  scan->at = end;
  if(end >= start + 3 && is_curly(scan, end - 3)) {
    end -= 3;
    ce__report(scan, CELEMENTS_FAULT_CURLY_QUOTES, end, NULL);
  } else {
    ce__report(scan, CELEMENTS_FAULT_UNCLOSED_STRING, open, NULL);
  }
  content->start = start;
  content->end = end;
}

/* ---------------------------------------------------------------- escapes */

static int hex(struct ce__scan *scan, size_t at, uint32_t *unit) {
  int i;
  *unit = 0;
  for(i = 0; i < 4; i++) {
    int c = ce__byte(scan, at + (size_t)i);
    if(c >= '0' && c <= '9')
      *unit = *unit * 16 + (uint32_t)(c - '0');
    else if((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
      *unit = *unit * 16 + (uint32_t)((c | 0x20) - 'a') + 10;
    else
      return 0;
  }
  return 4;
}

/* Reports a fault only once for a string. */
static void report_once(struct ce__scan *scan, uint64_t *seen, celements_fault fault, size_t at,
                        const char *detail) {
  if(*seen & (UINT64_C(1) << fault))
    return;
  *seen |= UINT64_C(1) << fault;
  ce__report(scan, fault, at, detail);
}

/* The offset after `\uXXXX`, or a pair of them, at `at`. */
static size_t pass_unicode(struct ce__scan *scan, size_t at, uint64_t *seen) {
  uint32_t unit;
  uint32_t low = 0;
  if(!hex(scan, at + 2, &unit)) {
    report_once(scan, seen, CELEMENTS_FAULT_ESCAPE, at, NULL);
    return at + 2;
  }
  if(unit < 0xd800 || unit > 0xdfff)
    return at + 6;
  if(unit < 0xdc00 && ce__byte(scan, at + 6) == '\\' && ce__byte(scan, at + 7) == 'u' &&
     hex(scan, at + 8, &low) && low >= 0xdc00 && low <= 0xdfff)
    return at + 12;
  report_once(scan, seen, CELEMENTS_FAULT_SURROGATE, at, NULL);
  return at + 6;
}

/* The offset after the escape whose backslash is at `at`. */
static size_t pass_escape(struct ce__scan *scan, size_t at, uint64_t *seen) {
  int c = ce__byte(scan, at + 1);
  if(c < 0)
    return at + 1;
  if(c == 'u')
    return pass_unicode(scan, at, seen);
  if(c && strchr("\"\\/bfnrt", c))
    return at + 2;
  if(c == '\'' && ce__byte(scan, at - 1) == '\'' && ce__byte(scan, at + 2) == '\'') {
    report_once(scan, seen, CELEMENTS_FAULT_SHELL_ESCAPE, at - 1, "' for '\\''");
    return at + 3;
  }
  if(c == '\n' || c == '\r') {
    report_once(scan, seen, CELEMENTS_FAULT_CONTINUATION, at, NULL);
    return c == '\r' && ce__byte(scan, at + 2) == '\n' ? at + 3 : at + 2;
  }
  report_once(scan, seen, CELEMENTS_FAULT_ESCAPE, at, NULL);
  return c < ' ' ? at + 1 : at + 2;
}

/* ---------------------------------------------------------------- straight quotes */

/* '"'"', a single quote in what a shell has between single quotes. */
static bool is_shell_escape(struct ce__scan *scan, size_t at) {
  return ce__byte(scan, at + 1) == '\'' && ce__byte(scan, at + 2) == '"' &&
         ce__byte(scan, at + 3) == '\'' && ce__byte(scan, at - 1) == '\'';
}

static bool pass_straight(struct ce__scan *scan, bool is_key, struct ce__span *content) {
  size_t open = scan->at;
  size_t at = open + 1;
  size_t line_end = 0; /* the first in the string */
  size_t inner = 0;    /* the first quote inside it */
  size_t unclosed = 0; /* where it ends if it is not closed */
  size_t later = 0;
  bool inside = false;
  uint64_t seen = 0;
  while(!ce__is_full(scan)) {
    int c = ce__byte(scan, at);
    if(c == '"') {
      if(is_shell_escape(scan, at)) {
        report_once(scan, &seen, CELEMENTS_FAULT_SHELL_ESCAPE, at - 1, "' for '\"'\"'");
        at += 4;
        continue;
      }
      if(is_key && !inner && is_unclosed_key(scan, open + 1, at)) {
        unclosed = at; /* "name: "x" */
        break;
      }
      if(ends_string(scan, at, is_key, inside, &later)) {
        scan->at = at + 1;
        content->start = open + 1;
        content->end = at;
        break;
      }
      inner = inner ? inner : at;
      inside = !inside;
      at++;
    } else if(c == '\\') {
      at = pass_escape(scan, at, &seen);
    } else if(is_line_end(c)) {
      size_t next = at;
      line_end = line_end ? line_end : at;
      if(c < 0 || !goes_on(scan, at, &next)) {
        unclosed = line_end;
        break;
      }
      at = next;
    } else {
      if(c < ' ')
        report_once(scan, &seen, c == '\t' ? CELEMENTS_FAULT_TAB : CELEMENTS_FAULT_CONTROL, at,
                    NULL);
      at++;
    }
  }
  if(unclosed) {
    close_string(scan, open, open + 1, unclosed, is_key, content);
    return false;
  }
  if(line_end)
    ce__report(scan, CELEMENTS_FAULT_LINE_END, line_end, NULL);
  if(inner)
    ce__report(scan, CELEMENTS_FAULT_INNER_QUOTE, inner, NULL);
  return !inner;
}

/* ---------------------------------------------------------------- other quotes */

static bool ends_foreign(struct ce__scan *scan, enum quote quote, size_t at, size_t *size) {
  enum quote here = quote_at(scan, at, size);
  if(quote == SINGLE)
    return here == SINGLE && !is_word(ce__byte(scan, at + *size));
  return here == quote || (quote == CURLY && here == STRAIGHT && ce__closes_string(scan, at));
}

static void report_quotes(struct ce__scan *scan, enum quote quote) {
  if(quote == ESCAPED) {
    if(!scan->escaped)
      ce__report(scan, CELEMENTS_FAULT_SHELL_ESCAPE, scan->at, "\" for \\\"");
    scan->escaped = true;
  } else {
    ce__report(scan, quote == CURLY ? CELEMENTS_FAULT_CURLY_QUOTES : CELEMENTS_FAULT_SINGLE_QUOTES,
               scan->at, NULL);
  }
}

static void pass_foreign(struct ce__scan *scan, enum quote quote, size_t size, bool is_key,
                         struct ce__span *content) {
  size_t at = scan->at + size;
  uint64_t seen = 0;
  report_quotes(scan, quote);
  content->start = at;
  for(;;) {
    int c = ce__byte(scan, at);
    if(is_line_end(c)) {
      content->end = guess_end(scan, content->start, at, is_key);
      scan->at = content->end;
      scan->lost = true;
      return;
    }
    if(ends_foreign(scan, quote, at, &size)) {
      content->end = at;
      scan->at = at + size;
      return;
    }
    if(c == '"' && quote != ESCAPED)
      report_once(scan, &seen, CELEMENTS_FAULT_INNER_QUOTE, at, NULL);
    at += c == '\\' && !is_line_end(ce__byte(scan, at + 1)) ? 2 : 1;
  }
}

bool ce__pass_string(struct ce__scan *scan, bool is_key, struct ce__span *content) {
  size_t size;
  enum quote quote = quote_at(scan, scan->at, &size);
  content->start = scan->at;
  content->end = scan->at;
  if(quote == STRAIGHT)
    return pass_straight(scan, is_key, content);
  pass_foreign(scan, quote, size, is_key, content);
  return false;
}
