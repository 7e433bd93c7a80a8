/* What stands in a document without quotes: JSON's words and numbers, and what people type. */
#include "ce_diagnose.h"

#include <string.h>

static bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c < 0; }

static bool is_digit(int c) { return c >= '0' && c <= '9'; }

/* The end of what stands at `at` without a blank. */
static size_t end_of_piece(struct ce__scan *scan, size_t at) {
  int c = ce__byte(scan, at);
  while(!is_blank(c) && (!c || !strchr(",{}[]\"", c)) && !ce__is_comment(scan, at))
    c = ce__byte(scan, ++at);
  return at;
}

static size_t after_digits(struct ce__scan *scan, size_t at) {
  while(is_digit(ce__byte(scan, at)))
    at++;
  return at;
}

static bool is_number(struct ce__scan *scan, size_t start, size_t end) {
  size_t at = start;
  size_t after;
  if(ce__byte(scan, at) == '-')
    at++;
  after = after_digits(scan, at);
  if(after == at || (ce__byte(scan, at) == '0' && after > at + 1))
    return false;
  at = after;
  if(at < end && ce__byte(scan, at) == '.') {
    after = after_digits(scan, at + 1);
    if(after == at + 1)
      return false;
    at = after;
  }
  if(at < end && (ce__byte(scan, at) | 0x20) == 'e') {
    int sign = ce__byte(scan, at + 1);
    at += sign == '+' || sign == '-' ? 2 : 1;
    after = after_digits(scan, at);
    if(after == at)
      return false;
    at = after;
  }
  return at == end;
}

static bool is_piece(const struct ce__scan *scan, size_t start, size_t end, const char *word) {
  size_t length = strlen(word);
  return end - start == length && memcmp(scan->text + start, word, length) == 0;
}

static bool is_json(struct ce__scan *scan, size_t start, size_t end) {
  return is_piece(scan, start, end, "true") || is_piece(scan, start, end, "false") ||
         is_piece(scan, start, end, "null") || is_number(scan, start, end);
}

/* What was typed for a comma after a value that is right without it. */
static bool ends_with_separator(struct ce__scan *scan, size_t start, size_t end) {
  int last = ce__byte(scan, end - 1);
  size_t next = ce__after_spaces(scan, end);
  if((last != '.' && last != ';') || end - start < 2 || !is_json(scan, start, end - 1))
    return false;
  return ce__ends_line(scan, end) || ce__byte(scan, next) == '"';
}

/* What JSON writes for a word of another language; NULL for others. */
static const char *translate(const struct ce__scan *scan, size_t start, size_t end) {
  static const char *const words[][2] = {
      {"True", "true"}, {"TRUE", "true"},      {"False", "false"}, {"FALSE", "false"},
      {"None", "null"}, {"Null", "null"},      {"NULL", "null"},   {"nil", "null"},
      {"NaN", "null"},  {"undefined", "null"},
  };
  size_t i;
  for(i = 0; i < sizeof words / sizeof words[0]; i++) {
    if(is_piece(scan, start, end, words[i][0]))
      return words[i][1];
  }
  return NULL;
}

static bool is_like_number(struct ce__scan *scan, size_t start, size_t end) {
  size_t at;
  bool digit = false;
  for(at = start; at < end; at++) {
    int c = ce__byte(scan, at);
    if(!c || !strchr("0123456789+-.eExX", c))
      return false;
    digit = digit || is_digit(c);
  }
  return digit && end - start <= 20;
}

/* The end of a text without quotes: of a key before its colon, of a value before the structure goes
 * on. */
static size_t end_of_text(struct ce__scan *scan, size_t start, bool is_key) {
  size_t at = start;
  int c;
  for(;;) {
    c = ce__byte(scan, at);
    if(c < 0 || c == '\n' || c == '\r' || c == ',' || c == '}' || c == ']' || c == '"')
      break;
    if(is_key && (c == ':' || c == '=' || c == '{' || c == '['))
      break;
    if(at > start && is_blank(ce__byte(scan, at - 1)) && ce__is_comment(scan, at))
      break;
    at++;
  }
  while(at > start + 1 && is_blank(ce__byte(scan, at - 1)))
    at--;
  return at > start ? at : start + 1;
}

char ce__word_kind(struct ce__scan *scan) {
  size_t end = end_of_piece(scan, scan->at);
  const char *word = translate(scan, scan->at, end);
  if(word)
    return *word;
  if(is_json(scan, scan->at, end) || ends_with_separator(scan, scan->at, end))
    return scan->text[scan->at];
  return '\0';
}

/* Passes what is one of JSON's words or a number, or was meant as one. */
static bool pass_piece(struct ce__scan *scan, struct ce__span *content) {
  size_t start = scan->at;
  size_t end = end_of_piece(scan, start);
  const char *word = translate(scan, start, end);
  if(word)
    ce__report(scan, CELEMENTS_FAULT_WORD, start, word);
  else if(ends_with_separator(scan, start, end))
    end--;
  else if(!is_json(scan, start, end)) {
    if(!is_like_number(scan, start, end))
      return false;
    ce__report(scan, CELEMENTS_FAULT_NUMBER, start, NULL);
  }
  content->start = start;
  content->end = scan->at = end;
  return true;
}

void ce__pass_word(struct ce__scan *scan, bool is_key, struct ce__span *content) {
  size_t start = scan->at;
  if(!is_key && pass_piece(scan, content))
    return;
  content->start = start;
  content->end = scan->at = end_of_text(scan, start, is_key);
  if(ce__byte(scan, scan->at) == '"' && ce__closes_string(scan, scan->at)) {
    ce__report(scan, CELEMENTS_FAULT_UNOPENED_STRING, start, NULL);
    scan->at++;
  } else {
    ce__report(scan, CELEMENTS_FAULT_UNQUOTED, start, NULL);
  }
}
