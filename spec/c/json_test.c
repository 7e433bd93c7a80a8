/* JSON text as bytes. Everything runs on copies of exactly the text's size, so that a sanitizer
 * sees a byte read too far. */
#include "celements.h"
#include "check.h"

#define NUL "\\u0000"

static char *copy_of(const char *text, size_t length) {
  char *copy = malloc(length ? length : 1);
  REQUIRE(copy != NULL);
  memcpy(copy, text, length);
  return length ? copy : copy + 1; /* behind the only byte of the block */
}

static void free_copy(char *copy, size_t length) { free(length ? copy : copy - 1); }

static void check_skip(const char *text, size_t wanted) {
  size_t length = strlen(text);
  char *copy = copy_of(text, length);
  if(!CHECK_INT(celements_json_skip_string(copy, copy + length) - copy, wanted))
    fprintf(stderr, "  for %s\n", text);
  free_copy(copy, length);
}

static void test_skip_string(void) {
  check_skip("\"\"", 2);
  check_skip("\"a\",\"b\"", 3);
  check_skip("\"\\\"\"\"", 4);
  check_skip("\"\\\\\"\"", 4);
  check_skip("\"\\\\\\\"\" ", 6);
  check_skip("\"[]{}:,12\" ", 10);
  check_skip("\"a", 2);
  check_skip("\"", 1);
  check_skip("\"\\\"", 3);
  check_skip("\"\\", 2);
}

static void check_large(const char *text, size_t max_digits, bool wanted) {
  size_t length = strlen(text);
  char *copy = copy_of(text, length);
  if(!CHECK_INT(celements_json_has_large_number(copy, length, max_digits), wanted))
    fprintf(stderr, "  for %s\n", text);
  free_copy(copy, length);
}

static void test_large_numbers(void) {
  check_large("", 3, false);
  check_large("123", 3, false);
  check_large("1234", 3, true);
  check_large("-123", 3, false);
  check_large("-1234", 3, true);
  check_large("[1,22,333]", 3, false);
  check_large("[1,22,333,4444]", 3, true);
  check_large("{\"12345\":\"12345\"}", 3, false);
  check_large("{\"12345\":12345}", 3, true);
  check_large("[\"\\\\\",12345]", 3, true);
  check_large("[\"\\\"12345\\\"\"]", 3, false);
  check_large("1.2e3", 3, true); /* may be beyond every double */
  check_large("[1E400]", 3, true);
  check_large("[\"1e400\",true]", 3, false);
  check_large("12.345", 3, false);
  check_large("0", 0, true);
  check_large("\"12345", 3, false);
  check_large("{\"id\":9007199254740993}", 15, true);
  check_large("{\"id\":999999999999999}", 15, false);
}

static void check_plain(const char *text, bool wanted) {
  size_t length = strlen(text);
  char *copy = copy_of(text, length);
  if(!CHECK_INT(celements_json_is_plain(copy, length), wanted))
    fprintf(stderr, "  for %s\n", text);
  free_copy(copy, length);
}

static void test_plain(void) {
  static const char *const plain[] = {
      "",           "\"\"",          "\"1.5\"",       "[true,false]",     "true",
      "false",      "[\"1\",\"-\"]", "{\"a\":\"1\"}", "\"null\"",         "{\"n\":true}",
      "[\"[]\"]",   "\"{}\"",        "{\"e\":\".\"}", "[[true],[\"2\"]]", "{\"a1\":\"0\"}",
      "\"1\\\":\"", "{\"\":\"\"}"};
  static const char *const touched[] = {
      "1",          "-12",          "[1,2]",       "{\"a\":1}",    "[]",
      "{}",         "[[]]",         "[1,{}]",      "null",         "[1,null]",
      "1.5",        "1e5",          "1E5",         "-0.0",         "{\"1\":2}",
      "{\"-1\":2}", "{\"9x\":[1]}", "[false,1.0]", "{\"a\":null}", "[true,null]"};
  size_t i;
  for(i = 0; i < sizeof plain / sizeof plain[0]; i++)
    check_plain(plain[i], true);
  for(i = 0; i < sizeof touched / sizeof touched[0]; i++)
    check_plain(touched[i], false);
}

static celements_buffer *out;

static void check_unmark(const char *text, const char *wanted) {
  size_t length = strlen(text);
  char *copy = copy_of(text, length);
  const char *data;
  size_t size;
  CHECK_INT(celements_json_unmark(copy, length, out), CELEMENTS_OK);
  data = celements_buffer_data(out, &size);
  CHECK_BYTES(data, size, wanted);
  free_copy(copy, length);
}

static void test_unmark(void) {
  check_unmark("", "");
  check_unmark("{\"a\":[1,\"b\"]}", "{\"a\":[1,\"b\"]}");
  check_unmark("\"" NUL "a\"", "[]");
  check_unmark("{\"x\":\"" NUL "a\",\"y\":[\"" NUL "a\"]}", "{\"x\":[],\"y\":[[]]}");
  check_unmark("[\"" NUL "n-12\",\"" NUL "n1.0\",\"" NUL "n1e3\"]", "[-12,1.0,1e3]");
  check_unmark("\"" NUL "n12345678901234567890\"", "12345678901234567890");
  check_unmark("\"" NUL "s" NUL "x\"", "\"" NUL "x\"");
  check_unmark("\"" NUL "s" NUL "a\"", "\"" NUL "a\"");
  check_unmark("\"" NUL "s" NUL "s" NUL "n1\"", "\"" NUL "s" NUL "n1\"");
  check_unmark("\"" NUL "s" NUL "\\\"\\\\\",1", "\"" NUL "\\\"\\\\\",1");
  check_unmark("{\"" NUL "s" NUL "k\":1}", "{\"" NUL "k\":1}"); /* names, too */
}

static void test_no_marks(void) {
  static const char *const texts[] = {
      "\"x" NUL "a\"", "\"\\\\" NUL "a\"", "\"\\\"" NUL "a\"", "\"" NUL "\"", "\"" NUL "b\"",
      "\"\\u0001a\"",  "\"\\u00000\"",     "\"a\\\\\",\"\"",   "\"\\u000\"",  "[1.5,null,\"\\n\"]"};
  size_t i;
  for(i = 0; i < sizeof texts / sizeof texts[0]; i++)
    check_unmark(texts[i], texts[i]);
}

/* A mark as long as it may get, cut off anywhere. */
static void test_truncated(void) {
  static const char text[] = "[\"" NUL "n123\",\"" NUL "a\",\"" NUL "s\\\\\\\"\",tru,fals";
  size_t length;
  for(length = 0; length < sizeof text; length++) {
    char *copy = copy_of(text, length);
    CHECK_INT(celements_json_unmark(copy, length, out), CELEMENTS_OK);
    celements_json_is_plain(copy, length);
    celements_json_has_large_number(copy, length, 3);
    free_copy(copy, length);
  }
}

static void test_limit(void) {
  celements_buffer *small = NULL;
  REQUIRE_INT(celements_buffer_new(&small, 9), CELEMENTS_OK);
  CHECK_INT(celements_json_unmark("123456789", 9, small), CELEMENTS_OK);
  CHECK_INT(celements_json_unmark("1234567890", 10, small), CELEMENTS_TOO_BIG);
  CHECK_INT(celements_json_unmark("\"" NUL "n123456789\"", 18, small), CELEMENTS_OK);
  CHECK_INT(celements_json_unmark("\"" NUL "n1234567890\"", 19, small), CELEMENTS_TOO_BIG);
  CHECK_INT(celements_json_unmark("12345678\"" NUL "a\"", 17, small), CELEMENTS_TOO_BIG);
  celements_buffer_free(small);
}

int main(void) {
  REQUIRE_INT(celements_buffer_new(&out, 1 << 20), CELEMENTS_OK);
  test_skip_string();
  test_large_numbers();
  test_plain();
  test_unmark();
  test_no_marks();
  test_truncated();
  test_limit();
  celements_buffer_free(out);
  return check_done("json");
}
