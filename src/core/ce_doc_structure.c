/* Brackets, commas and colons: those that are there, missing, and too many. */
#include "ce_reading.h"

#include <string.h>

/* ---------------------------------------------------------------- brackets */

static void open_level(struct ce__reading *reading, bool object, size_t at) {
  struct ce__level *level;
  if(reading->depth == CELEMENTS_MAX_DEPTH) {
    ce__stop(reading, CELEMENTS_FAULT_DEPTH, at);
    return;
  }
  level = &reading->levels[reading->depth++];
  memset(level, 0, sizeof *level);
  level->open = at;
  level->object = object;
  level->id = reading->objects++;
  reading->expected = object ? CE__KEY_OR_END : CE__VALUE_OR_END;
}

void ce__read_opening(struct ce__reading *reading, bool object) {
  if(!ce__begin_value(reading, object ? '{' : '['))
    return;
  open_level(reading, object, reading->scan.at);
  reading->scan.at++;
  reading->end = reading->scan.at;
}

/* The closing brackets of the levels from the innermost down to `depth`. */
static void show_brackets(const struct ce__reading *reading, size_t depth, char *out, size_t size) {
  size_t at = reading->depth;
  size_t length = 0;
  while(at > depth && length + 1 < size) {
    at--;
    if(!reading->levels[at].braceless)
      out[length++] = reading->levels[at].object ? '}' : ']';
  }
  out[length] = '\0';
}

void ce__report_unclosed(struct ce__reading *reading, size_t depth) {
  char shown[20];
  show_brackets(reading, depth, shown, sizeof shown);
  if(*shown)
    ce__report(&reading->scan, CELEMENTS_FAULT_UNCLOSED, ce__level_of(reading)->open, shown);
}

/* What is missing before the closing bracket. */
static void check_closing(struct ce__reading *reading) {
  size_t at = reading->scan.at;
  bool after_comma =
      reading->expected == CE__KEY || (reading->expected == CE__VALUE && !ce__in_object(reading));
  if(after_comma && !reading->comma_is_none)
    ce__report_at(reading, CELEMENTS_FAULT_TRAILING_COMMA, reading->comma);
  else if(reading->expected == CE__VALUE && ce__in_object(reading))
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_VALUE, at);
  else if(reading->expected == CE__COLON && !reading->doubtful_key)
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_VALUE, reading->end);
}

/* The bracket closes another level than the innermost: either what is within is not closed, or it
 * is the wrong bracket. */
static void check_bracket(struct ce__reading *reading, bool object) {
  size_t depth = reading->depth;
  size_t after = ce__after_blanks(&reading->scan, reading->scan.at + 1);
  while(depth > 0 && reading->levels[depth - 1].object != object)
    depth--;
  if(depth == 0 || (depth == 1 && ce__byte(&reading->scan, after) >= 0)) {
    char shown[2] = {ce__in_object(reading) ? '}' : ']', '\0'};
    ce__report(&reading->scan, CELEMENTS_FAULT_WRONG_BRACKET, reading->scan.at, shown);
  } else {
    ce__report_unclosed(reading, depth);
    reading->depth = depth;
  }
}

void ce__read_closing(struct ce__reading *reading, bool object) {
  if(reading->depth == 0) {
    ce__report_at(reading, CELEMENTS_FAULT_EXTRA_BRACKET, reading->scan.at);
    reading->scan.at++;
    return;
  }
  check_closing(reading);
  if(ce__in_object(reading) != object)
    check_bracket(reading, object);
  reading->depth--;
  reading->scan.at++;
  ce__end_value(reading);
}

/* ---------------------------------------------------------------- commas and colons */

/* A comma after the end of the document: the bracket before it was one too many. */
static void reopen(struct ce__reading *reading) {
  size_t next = ce__after_blanks(&reading->scan, reading->scan.at + 1);
  if(!reading->levels[0].object || !reading->end || reading->scan.text[reading->end - 1] != '}' ||
     !ce__is_quote(&reading->scan, next)) {
    ce__stop(reading, CELEMENTS_FAULT_TEXT_AFTER, reading->scan.at);
    return;
  }
  ce__report_at(reading, CELEMENTS_FAULT_EXTRA_BRACKET, reading->end - 1);
  reading->depth = 1;
  ce__expect_next(reading);
}

void ce__read_comma(struct ce__reading *reading) {
  size_t at = reading->scan.at;
  switch(reading->expected) {
  case CE__COMMA:
    ce__expect_next(reading);
    break;
  case CE__NOTHING:
    reopen(reading);
    break;
  case CE__COLON:
    if(!reading->doubtful_key)
      ce__report_at(reading, CELEMENTS_FAULT_MISSING_VALUE, reading->end);
    ce__expect_next(reading);
    break;
  case CE__VALUE:
    if(ce__in_object(reading)) {
      ce__report_at(reading, CELEMENTS_FAULT_MISSING_VALUE, at);
      ce__expect_next(reading);
      break;
    } /* fallthrough */
  case CE__VALUE_OR_END:
  case CE__KEY:
  case CE__KEY_OR_END:
    ce__report_at(reading, CELEMENTS_FAULT_EXTRA_COMMA, at);
    break;
  }
  reading->comma = at;
  reading->comma_is_none = false;
  reading->scan.at++;
}

/* What was taken for the value after a colon stands on a later line: it is the next key. */
static bool lacks_value(struct ce__reading *reading) {
  return ce__in_object(reading) && reading->colon < reading->string_at &&
         ce__ends_line(&reading->scan, reading->colon + 1);
}

/* The string before was a key. */
static void take_back_key(struct ce__reading *reading) {
  struct ce__level *level = ce__level_of(reading);
  level->key = reading->string;
  level->key_at = reading->string_at;
  level->member = 0;
  reading->expected = CE__VALUE;
}

/* A colon where an item's comma belongs: the array before the key is not closed, or the braces of
 * the document are missing. */
static void read_late_colon(struct ce__reading *reading) {
  bool after_string = reading->string_end > 0 && reading->string_end == reading->end;
  if(reading->expected == CE__NOTHING && after_string) {
    ce__report_at(reading, CELEMENTS_FAULT_NO_BRACES, reading->string_at);
    reading->shape.is_object = true;
    open_level(reading, true, reading->string_at);
    reading->levels[0].braceless = true;
    take_back_key(reading);
  } else if(reading->expected == CE__NOTHING) {
    ce__stop(reading, CELEMENTS_FAULT_TEXT_AFTER, reading->scan.at);
  } else if(!ce__in_object(reading) && reading->depth > 1 && after_string &&
            reading->levels[reading->depth - 2].object) {
    ce__report_unclosed(reading, reading->depth - 1);
    reading->depth--;
    take_back_key(reading);
  } else if(after_string && lacks_value(reading)) {
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_VALUE, reading->colon + 1);
    take_back_key(reading);
  } else {
    ce__report_at(reading, CELEMENTS_FAULT_UNEXPECTED, reading->scan.at);
    if(ce__in_object(reading)) {
      reading->expected = CE__VALUE;
      ce__level_of(reading)->member = 0;
    }
  }
}

void ce__read_colon(struct ce__reading *reading) {
  size_t at = reading->scan.at;
  switch(reading->expected) {
  case CE__COLON:
    reading->expected = CE__VALUE;
    break;
  case CE__COMMA:
  case CE__NOTHING:
    read_late_colon(reading);
    break;
  case CE__KEY:
  case CE__KEY_OR_END:
    ce__report_at(reading, CELEMENTS_FAULT_MISSING_KEY, reading->scan.at);
    reading->string.start = reading->string.end = reading->string_at = at;
    take_back_key(reading);
    break;
  case CE__VALUE:
  case CE__VALUE_OR_END:
    ce__report_at(reading, CELEMENTS_FAULT_UNEXPECTED, at);
    break;
  }
  reading->colon = at;
  reading->scan.at = at + 1;
}

/* What was typed for a comma or a colon; false if it is something else. */
bool ce__read_wrong_separator(struct ce__reading *reading, int c) {
  struct ce__scan *scan = &reading->scan;
  if(reading->expected == CE__COMMA && (c == '.' || c == ';')) {
    ce__report_at(reading, CELEMENTS_FAULT_WRONG_COMMA, scan->at);
    reading->comma = scan->at;
    reading->comma_is_none = true;
    ce__expect_next(reading);
    scan->at++;
    return true;
  }
  if(reading->expected == CE__COLON && (c == '=' || c == ';')) {
    ce__report_at(reading, CELEMENTS_FAULT_WRONG_COLON, scan->at);
    reading->expected = CE__VALUE;
    scan->at += c == '=' && ce__byte(scan, scan->at + 1) == '>' ? 2 : 1;
    return true;
  }
  return false;
}
