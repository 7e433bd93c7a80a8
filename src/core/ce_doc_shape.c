/* Whether a document has the shape of a request: what stands in the wrong place, and placeholders.
 * Only what the platform can never take is reported. */
#include "ce_diagnose.h"

#include <stdio.h>
#include <string.h>

/* The level's member at hand has this key. */
static bool has_key(const struct ce__scan *scan, const struct ce__level *level, const char *key) {
  return level->object && ce__is_text(scan, &level->key, key);
}

/* The keys of configurations have dots, and no field of a request has one. */
static bool is_entry(const struct ce__scan *scan, const struct ce__span *key) {
  size_t length = key->end - key->start;
  char shown[100];
  ce__show_key(scan, key, "", shown, sizeof shown);
  return *shown >= 'a' && *shown <= 'z' && strchr(shown, '.') && shown[length - 1] != '.';
}

static void report_entry(struct ce__scan *scan, const struct ce__level *level) {
  char shown[100];
  ce__show_key(scan, &level->key, "this", shown, sizeof shown);
  ce__report(scan, CELEMENTS_FAULT_ENTRY_PLACE, level->key_at, shown);
}

static void check_top(struct ce__shape *shape, struct ce__scan *scan, const struct ce__level *level,
                      char kind) {
  if(has_key(scan, level, "element")) {
    shape->has_element = shape->has_element || kind != 'n';
    if(kind != '{' && kind != 'n')
      ce__report(scan, CELEMENTS_FAULT_ELEMENT, scan->at, NULL);
  } else if(has_key(scan, level, "configuration")) {
    /* An empty list is what some languages make of an empty map. */
    bool empty = kind == '[' && ce__byte(scan, ce__after_blanks(scan, scan->at + 1)) == ']';
    if(kind != '{' && kind != 'n' && !empty)
      ce__report(scan, CELEMENTS_FAULT_CONFIGURATION, scan->at, NULL);
  } else if(has_key(scan, level, "key") && kind == '"') {
    shape->has_key = true;
    shape->key = level->key_at;
  } else if(is_entry(scan, &level->key)) {
    report_entry(scan, level);
  }
}

static void check_inner(struct ce__shape *shape, struct ce__scan *scan, const struct ce__level *top,
                        const struct ce__level *level, char kind) {
  if(has_key(scan, top, "element")) {
    if((has_key(scan, level, "key") || has_key(scan, level, "id")) && kind != 'n')
      shape->names_element = true;
    else if(is_entry(scan, &level->key))
      report_entry(scan, level);
    return;
  }
  if(kind != '{')
    return;
  if(has_key(scan, level, "element") && !shape->has_nested_element) {
    shape->has_nested_element = true;
    shape->nested_element = level->key_at;
  }
  if(has_key(scan, top, "configuration") && has_key(scan, level, "configuration"))
    ce__report(scan, CELEMENTS_FAULT_CONFIGURATION_PLACE, level->key_at, NULL);
}

void ce__shape_value(struct ce__shape *shape, struct ce__scan *scan, const struct ce__level *levels,
                     size_t depth, char kind) {
  if(depth == 0) {
    shape->is_object = kind == '{';
    shape->top = scan->at;
  }
  if(scan->lost || depth == 0 || depth > 2 || !levels[depth - 1].object || !levels[0].object)
    return;
  if(depth == 1)
    check_top(shape, scan, &levels[0], kind);
  else
    check_inner(shape, scan, &levels[0], &levels[1], kind);
}

/* ---------------------------------------------------------------- placeholders */

/* Where the value stands, as in "configuration.mailjet.api.key" or "tags[1]"; false if that cannot
 * be said. */
static bool show_place(const struct ce__scan *scan, const struct ce__level *levels, size_t depth,
                       char *out, size_t size) {
  size_t length = 0;
  size_t i;
  for(i = 0; i < depth; i++) {
    char shown[100];
    int count;
    if(!levels[i].object) {
      count = snprintf(out + length, size - length, "[%zu]", levels[i].index);
    } else {
      ce__show_key(scan, &levels[i].key, "", shown, sizeof shown);
      if(!*shown)
        return false;
      count = snprintf(out + length, size - length, "%s%s", length ? "." : "", shown);
    }
    if(count < 0 || (size_t)count >= size - length)
      return false;
    length += (size_t)count;
  }
  return length > 0;
}

static bool is_blank(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* <INSERT_TAGS> and the like, as the documentation's payloads have them. */
static bool is_placeholder(const struct ce__scan *scan, const struct ce__span *content) {
  static const char word[] = "<INSERT_";
  size_t at = content->start;
  uint32_t pending = 0;
  size_t i;
  int c;
  do
    c = ce__next_byte(scan->text, &at, content->end, &pending);
  while(is_blank(c));
  for(i = 0; i < sizeof word - 1; i++) {
    if(c != word[i] && !(c >= 'a' && c <= 'z' && c - 'a' + 'A' == word[i]))
      return false;
    c = ce__next_byte(scan->text, &at, content->end, &pending);
  }
  while(c >= 0 && c != '<' && c != '>')
    c = ce__next_byte(scan->text, &at, content->end, &pending);
  if(c != '>')
    return false;
  do
    c = ce__next_byte(scan->text, &at, content->end, &pending);
  while(is_blank(c));
  return c < 0;
}

void ce__shape_string(struct ce__scan *scan, const struct ce__level *levels, size_t depth,
                      size_t offset, const struct ce__span *content) {
  char shown[sizeof scan->findings->list[0].detail];
  if(!is_placeholder(scan, content))
    return;
  if(!show_place(scan, levels, depth, shown, sizeof shown))
    snprintf(shown, sizeof shown, "a value");
  ce__report(scan, CELEMENTS_FAULT_PLACEHOLDER, offset, shown);
}

void ce__shape_end(const struct ce__shape *shape, struct ce__scan *scan) {
  if(!shape->is_object) {
    bool quoted = ce__byte(scan, shape->top) == '"' &&
                  ce__byte(scan, ce__after_blanks(scan, shape->top + 1)) == '{';
    ce__report(scan, quoted ? CELEMENTS_FAULT_QUOTED : CELEMENTS_FAULT_TOP, shape->top, NULL);
  }
  if(scan->lost)
    return;
  if(shape->has_key && !shape->names_element)
    ce__report(scan, CELEMENTS_FAULT_KEY_PLACE, shape->key, NULL);
  if(shape->has_nested_element && !shape->has_element)
    ce__report(scan, CELEMENTS_FAULT_ELEMENT_PLACE, shape->nested_element, NULL);
}
