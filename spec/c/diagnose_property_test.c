/* The diagnosis of generated documents: nothing is wrong with one that is JSON, and something is
 * with whatever a change, or a few, made no JSON. The seed is fixed. */
#include "celements.h"
#include "check.h"
#include "strict.h"

#include <stdint.h>

static uint32_t seed = 20240611;

static uint32_t roll(uint32_t sides) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % sides;
}

static char document[1 << 16];
static size_t length;
static int keys;

static void put(const char *piece) {
  size_t size = strlen(piece);
  REQUIRE(length + size <= sizeof document);
  memcpy(document + length, piece, size);
  length += size;
}

static void put_one(const char *const *pieces, uint32_t count) { put(pieces[roll(count)]); }

#define PUT_ONE(...)                                   \
  do {                                                 \
    static const char *const pieces[] = {__VA_ARGS__}; \
    put_one(pieces, sizeof pieces / sizeof pieces[0]); \
  } while(0)

static void put_blanks(void) { PUT_ONE("", "", " ", "\n", "\r\n\t", "  \n  "); }

static void put_content(void) {
  uint32_t count = roll(5);
  for(; count; count--)
    PUT_ONE("a", " ", "\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00", "\xc3\xa9", ",", ":", "}",
            "]", "{", "//", "#", "'", "\xe2\x80\x9c", "\xe2\x80\x9d", "true", ": ", "=", "<p>",
            ".");
}

static void put_value(int depth);

/* No key stands twice, nor is one that the shape of a request depends on. */
static void put_member(int depth) {
  char key[20];
  snprintf(key, sizeof key, "\"%d", keys++);
  put(key);
  put_content();
  put("\"");
  put_blanks();
  put(":");
  put_blanks();
  put_value(depth);
}

static void put_items(int depth, bool object) {
  uint32_t count = roll(4);
  put(object ? "{" : "[");
  for(; count; count--) {
    put_blanks();
    if(object)
      put_member(depth);
    else
      put_value(depth);
    put_blanks();
    put(count > 1 ? "," : "");
  }
  put(object ? "}" : "]");
}

static void put_value(int depth) {
  switch(roll(depth > 0 ? 6 : 3)) {
  case 0:
    put("\"");
    put_content();
    put("\"");
    break;
  case 1:
    PUT_ONE("0", "-1", "12.50", "1e3", "-0.5E-2", "9007199254740993");
    break;
  case 2:
    PUT_ONE("true", "false", "null");
    break;
  default:
    put_items(depth - 1, roll(2) == 0);
    break;
  }
}

static void make_document(void) {
  length = 0;
  keys = 0;
  put_blanks();
  put_items(4, true);
  put_blanks();
}

static struct celements_findings found;

static bool has_syntax_fault(void) {
  size_t i;
  for(i = 0; i < found.count; i++) {
    if(found.list[i].fault < CELEMENTS_FAULT_TOP)
      return true;
  }
  return found.more;
}

static void check_document(void) {
  char *copy = malloc(length ? length : 1); /* of exactly this size */
  bool accepted = strict_accepts(document, length);
  REQUIRE(copy != NULL);
  memcpy(copy, document, length);
  REQUIRE_INT(celements_diagnose(copy, length, &found), CELEMENTS_OK);
  free(copy);
  if(!CHECK(has_syntax_fault() == !accepted))
    fprintf(stderr, "  %s: %.*s\n", accepted ? "JSON" : "not JSON", (int)length, document);
}

static void change(void) {
  static const char bytes[] = "\"\"\"\"'\\[]{}{}::,,,.;= \n\t019-+.eEntfabu#/\x01\xe2\x80\x9c\x9d";
  size_t at = roll((uint32_t)length);
  switch(roll(3)) {
  case 0:
    document[at] = bytes[roll(sizeof bytes - 1)];
    break;
  case 1:
    memmove(document + at, document + at + 1, length - at - 1);
    length--;
    break;
  default:
    memmove(document + at + 1, document + at, length - at);
    document[at] = bytes[roll(sizeof bytes - 1)];
    length++;
    break;
  }
}

int main(void) {
  int i;
  int made;
  for(i = 0; i < 5000 && !check_failed; i++) {
    make_document();
    REQUIRE_INT(celements_diagnose(document, length, &found), CELEMENTS_OK);
    if(!CHECK_INT(found.count, 0))
      fprintf(stderr, "  %.*s\n", (int)length, document);
    for(made = 0; made < 4 && length > 1; made++) {
      change();
      check_document();
    }
    length = roll((uint32_t)length);
    check_document();
  }
  return check_done("diagnose_property");
}
