/* Marks in generated JSON text: each document is made twice, as it is to be and with marks for what
 * an encoder would lose; unmarked, the second must be the first. The seed is fixed. */
#include "celements.h"
#include "check.h"

#include <stdint.h>

static uint32_t seed = 20240607;

static uint32_t roll(uint32_t sides) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % sides;
}

struct text {
  char data[1 << 16];
  size_t length;
};

static struct text document;
static struct text marked;
static bool plain;         /* nothing in the document that celements_json_is_plain is to see */
static bool large_numbers; /* more than three digits in a row, or an exponent */

static void put_into(struct text *text, const char *piece) {
  size_t length = strlen(piece);
  REQUIRE(text->length + length <= sizeof text->data);
  memcpy(text->data + text->length, piece, length);
  text->length += length;
}

static void put(const char *piece) {
  put_into(&document, piece);
  put_into(&marked, piece);
}

static void put_string(void) {
  static const char *const pieces[] = {"\\u0000",  "a",    "n1",   "s", "[]",       "12345",
                                       "\\\\",     "\\\"", ",",    ":", "\\u0000a", "{",
                                       "\xc3\xa9", " ",    "null", "e", "-",        "1.0"};
  uint32_t count = roll(4);
  put("\"");
  if(roll(3) == 0) {
    put_into(&marked, "\\u0000s");
    put("\\u0000");
  } else {
    put("k"); /* neither a mark nor an index */
  }
  while(count--)
    put(pieces[roll(sizeof pieces / sizeof pieces[0])]);
  put("\"");
}

static void put_number(void) {
  static const char *const numbers[] = {"0",   "-1", "12345", "1.0", "2.50",
                                        "1e3", "-0", "-9876", "3E-2"};
  const char *number = numbers[roll(sizeof numbers / sizeof numbers[0])];
  plain = false;
  large_numbers = large_numbers || strlen(number) > 4 || strpbrk(number, "eE");
  put_into(&document, number);
  if(roll(2)) {
    put_into(&marked, "\"\\u0000n");
    put_into(&marked, number);
    put_into(&marked, "\"");
  } else {
    put_into(&marked, number);
  }
}

static void put_value(int depth);

static void put_members(int depth, uint32_t count) {
  for(; count; count--) {
    put_string();
    put(":");
    put_value(depth);
    put(count > 1 ? "," : "");
  }
}

static void put_value(int depth) {
  uint32_t count = 1 + roll(3);
  switch(roll(depth > 0 ? 8 : 4)) {
  case 0:
    put_string();
    break;
  case 1:
    put_number();
    break;
  case 2:
    plain = false;
    put_into(&document, "[]");
    put_into(&marked, roll(4) ? "\"\\u0000a\"" : "[]");
    break;
  case 3:
    put(roll(2) ? "true" : "false");
    break;
  case 4:
    plain = false;
    put(roll(2) ? "null" : "{}");
    break;
  case 5:
  case 6:
    put("{");
    put_members(depth - 1, count);
    put("}");
    break;
  default:
    put("[");
    for(; count; count--) {
      put_value(depth - 1);
      put(count > 1 ? "," : "");
    }
    put("]");
    break;
  }
}

static void make_document(int depth) {
  document.length = marked.length = 0;
  plain = true;
  large_numbers = false;
  put_value(depth);
}

static celements_buffer *out;

static void test_documents(void) {
  int i;
  for(i = 0; i < 5000 && !check_failed; i++) {
    const char *data;
    size_t length;
    make_document(5);
    CHECK_INT(celements_json_unmark(marked.data, marked.length, out), CELEMENTS_OK);
    data = celements_buffer_data(out, &length);
    CHECK(length == document.length && memcmp(data, document.data, length) == 0);
    CHECK_INT(celements_json_is_plain(document.data, document.length), plain);
    CHECK_INT(celements_json_has_large_number(document.data, document.length, 3), large_numbers);
    if(check_failed)
      fprintf(stderr, "document %d: %.*s\n marked: %.*s\n", i, (int)document.length, document.data,
              (int)marked.length, marked.data);
  }
}

/* A document cut off anywhere, with a byte changed, is not for us to mend: only to survive, on a
 * copy of exactly its size. */
static void test_broken_documents(void) {
  static const char bytes[] = "\"\\[]{}:,0123456789-+.eEntf";
  int failed = 0;
  int i;
  for(i = 0; i < 300; i++) {
    size_t length;
    make_document(3);
    for(length = 1; length <= marked.length && length < 300; length++) {
      char *copy = malloc(length);
      REQUIRE(copy != NULL);
      memcpy(copy, marked.data, length);
      if(roll(2))
        copy[roll((uint32_t)length)] = bytes[roll(sizeof bytes - 1)];
      celements_json_is_plain(copy, length);
      celements_json_has_large_number(copy, length, 3);
      failed += celements_json_unmark(copy, length, out) != CELEMENTS_OK;
      free(copy);
    }
  }
  CHECK_INT(failed, 0);
}

int main(void) {
  REQUIRE_INT(celements_buffer_new(&out, 1 << 20), CELEMENTS_OK);
  test_documents();
  test_broken_documents();
  celements_buffer_free(out);
  return check_done("json_property");
}
