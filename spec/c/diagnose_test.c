/* What is wrong with documents: the kind and the exact place of each fault. Everything runs on
 * copies of exactly the text's size, so that a sanitizer sees a byte read too far. */
#include "heap.h"

#include "celements.h"
#include "check.h"
#include "strict.h"

static struct celements_findings found;

static celements_status diagnose(const char *text, size_t length) {
  char *copy = malloc(length ? length : 1);
  celements_status status;
  REQUIRE(copy != NULL);
  memcpy(copy, text, length);
  status = celements_diagnose(copy, length, &found);
  free(copy);
  return status;
}

static const char *name_of(celements_fault fault) {
  static const char *const names[] = {
#define X(name, message, mend) #name,
      CELEMENTS_FAULT_MAP(X)
#undef X
  };
  return names[fault];
}

/* "1:8 MISSING_COMMA" and so on, each followed by a blank. */
static const char *list_findings(void) {
  static char list[2000];
  size_t length = 0;
  size_t i;
  list[0] = '\0';
  for(i = 0; i < found.count; i++)
    length +=
        (size_t)snprintf(list + length, sizeof list - length, "%zu:%zu %s ", found.list[i].line,
                         found.list[i].column, name_of(found.list[i].fault));
  return list;
}

static void check_text_of_size(const char *text, size_t length, const char *wanted) {
  REQUIRE_INT(diagnose(text, length), CELEMENTS_OK);
  if(!CHECK_TEXT(list_findings(), wanted))
    fprintf(stderr, "  for %s\n", text);
}

static void finds(const char *text, const char *wanted) {
  check_text_of_size(text, strlen(text), wanted);
}

static void test_passing(void) {
  finds("{}", "");
  finds("\r\n\t {\"name\"\r\n:\n\"x\" , \"id\":-0.5e+7,\"a\":[ ] ,\"b\":{ }}\r\n", "");
  finds("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}", "");
  finds("{\"a: \":\"\xe2\x80\x9d: x, // # ' \\\" }]\", \"\":\"\"}", "");
  finds("{\"a\":true,\"b\":false,\"c\":null,\"d\":[0,1.5,-1e9,[[]]]}", "");
  finds("{\"a\":1,\"a\":1}", "");
  finds("{\"a\":{\"x\":1},\"b\":{\"x\":2}}", "");
  finds("{\"element\":{\"key\":\"m\",\"configuration\":{\"a.b\":\"x\"}},\"configuration\":null}",
        "");
  finds("{\"key\":\"x\",\"element\":{\"id\":5},\"configuration\":[]}", "");
  finds("{\"name\":\"<b>x</b>\",\"tags\":[\"<INSERT\",\"<INSERT_X> y\"]}", "");
  finds("{\"name\":\"caf\xc3\xa9 \xf0\x9f\x98\x80 \x7f\"}", "");
}

static void test_encoding(void) {
  finds("{\"name\":\"caf\xe9 th\xe9\"}", "1:13 ENCODING ");
  finds("{\"caf\xe9\":1}", "1:6 ENCODING ");
  finds("{\"name\":\"\xc3\"}", "1:10 ENCODING ");
  finds("{\"name\":\"\xc0\x80\"}", "1:10 ENCODING ");
  finds("{\"name\":\"\xed\xa0\x80\"}", "1:10 ENCODING ");
  finds("{\"name\":\"\xf4\x90\x80\x80\"}", "1:10 ENCODING ");
}

static void test_commas_and_colons(void) {
  finds("{\"a\": 1\n \"b\": 2}", "1:8 MISSING_COMMA ");
  finds("{\"a\": [\"x\" \"y\" 3]}", "1:11 MISSING_COMMA 1:15 MISSING_COMMA ");
  finds("{\"a\": [1, 2,],}", "1:12 TRAILING_COMMA 1:14 TRAILING_COMMA ");
  finds("{,\"a\":1,,\"b\":[,1]}", "1:2 EXTRA_COMMA 1:9 EXTRA_COMMA 1:15 EXTRA_COMMA ");
  finds("{\"a\": \"x\".\n \"b\": 1.\n \"c\": true;\n \"d\": 1.5}",
        "1:10 WRONG_COMMA 2:8 WRONG_COMMA 3:11 WRONG_COMMA ");
  finds("{\"a\" 1, \"b\" \"x\", \"c\" {}}",
        "1:5 MISSING_COLON 1:12 MISSING_COLON 1:21 MISSING_COLON ");
  finds("{\"a\" = 1, \"b\" => \"x\"}", "1:6 WRONG_COLON 1:15 WRONG_COLON ");
  finds("{\"a\"; 1, \"b\"; \"x\"}", "1:5 WRONG_COLON 1:13 WRONG_COLON ");
  finds("{\"a\":, \"b\"}", "1:6 MISSING_VALUE 1:11 MISSING_VALUE ");
  finds("{\"a\":\n\"b\": 1}", "1:6 MISSING_VALUE ");
  finds("{{\"a\": 1}, : 2}", "1:2 MISSING_KEY 1:12 MISSING_KEY ");
  finds("{\"a\":: 1}", "1:6 UNEXPECTED ");
}

static void test_strings(void) {
  finds("{\"a\": \"x,\n \"b\": \"y\n}", "1:7 UNCLOSED_STRING 2:7 UNCLOSED_STRING ");
  finds("{\"a: \"x\", \"b\": 1}", "1:2 UNCLOSED_STRING ");
  finds("{a\": x\"}", "1:2 UNOPENED_STRING 1:6 UNOPENED_STRING ");
  finds("{\"a\": \"one\n\n two\", \"b\": \"\t\x01\"}", "1:11 LINE_END 3:14 TAB 3:15 CONTROL ");
  finds("{\"a\": \"<p id=\"x\" class=\"y\">\", \"b\": 1}", "1:14 INNER_QUOTE ");
  finds("{\"a\": \"say \"hi\", she said\", \"b\": 1}", "1:12 INNER_QUOTE ");
  finds("{'a': 'it's', \"b\": `x`}", "1:2 SINGLE_QUOTES 1:7 SINGLE_QUOTES 1:20 SINGLE_QUOTES ");
  finds("{\xe2\x80\x9c"
        "a\xe2\x80\x9d: \xe2\x80\x9cx\", \"b\xe2\x80\x9d: \"y\xe2\x80\x9d,\n\"c\": 1}",
        "1:2 CURLY_QUOTES 1:7 CURLY_QUOTES 1:14 CURLY_QUOTES 1:19 CURLY_QUOTES ");
  finds("{\"a\": \"C:\\Program\", \"b\": \"\\ud800x\", \"c\": \"\\u12\"}",
        "1:10 ESCAPE 1:27 SURROGATE 1:43 ESCAPE ");
  finds("{\"a\": \"x \\\n y\"}", "1:10 CONTINUATION ");
  finds("{\"a\": \"it'\\''s\", \"b\": \"it'\"'\"'s\"}", "1:10 SHELL_ESCAPE 1:26 SHELL_ESCAPE ");
  finds("{\"a\": \xe2\x80\x9cit's \"x\"\xe2\x80\x9d}", "1:7 CURLY_QUOTES 1:13 INNER_QUOTE ");
}

static void test_words(void) {
  finds("{a: x y, b: 1}", "1:2 UNQUOTED 1:5 UNQUOTED 1:10 UNQUOTED ");
  finds("{\"a\": 12k\n}", "1:7 UNQUOTED ");
  finds("{key: v2, name: 1}", "1:2 UNQUOTED 1:7 UNQUOTED 1:11 UNQUOTED ");
  finds("{\"a\": abc;\n\"b\": 1}", "1:7 UNQUOTED 1:11 MISSING_COMMA ");
  finds("{\"a\": https://x.y/z // note\n}", "1:7 UNQUOTED 1:21 COMMENT ");
  finds("{\"a\": [True, None, NaN, tru]}", "1:8 WORD 1:14 WORD 1:20 WORD 1:25 UNQUOTED ");
  finds("{\"a\": [01, +1, .5, 1., 1e, 0x1, -]}",
        "1:8 NUMBER 1:12 NUMBER 1:16 NUMBER 1:20 NUMBER 1:24 NUMBER 1:28 NUMBER 1:33 UNQUOTED ");
  finds("{\"a\": \"x\" y, \"b\": 1}", "1:11 UNEXPECTED ");
}

static void test_brackets(void) {
  finds("{\"a\": [1, 2, \"b\": 3}", "1:7 UNCLOSED ");
  finds("{\"a\": {\"b\": [1}}", "1:13 UNCLOSED ");
  finds("{\"a\": {\"b\": [1", "1:13 UNCLOSED ");
  CHECK_TEXT(found.list[0].detail, "]}}");
  finds("{\"a\": [1, 2}, \"b\": 3]", "1:12 WRONG_BRACKET 1:21 WRONG_BRACKET ");
  finds("{\"a\": {\"b\": 1}}, \"c\": 2}", "1:15 EXTRA_BRACKET ");
  finds("{\"a\": 1}}", "1:9 EXTRA_BRACKET ");
}

static void test_around(void) {
  finds("", "1:1 EMPTY ");
  finds(" \r\n\r\n// x", "3:1 COMMENT 3:5 EMPTY ");
  finds("name = x", "1:1 NO_OBJECT ");
  finds("[{\"a\": 1,}]", "1:1 TOP 1:9 TRAILING_COMMA ");
  finds("\"a\": 1, \"b\": 2", "1:1 NO_BRACES ");
  finds("```json\n{\"a\": 1}\n```", "1:1 TEXT_BEFORE 3:1 TEXT_AFTER ");
  finds("{\"a\": 1}{\"b\": 2}", "1:9 TEXT_AFTER ");
  finds("'{\"a\": 1}'", "1:1 SHELL_QUOTES ");
  finds("\"{\"a\": 1}\"", "1:1 SHELL_QUOTES ");
  finds("curl -d '{\"a\": 1}'", "1:1 TEXT_BEFORE ");
  finds("{\\\"a\\\": \\\"x\\\", \\\"b\\\": 1}", "1:2 SHELL_ESCAPE ");
  finds("/* x\n */ {\"a\": 1 # y\n}", "1:1 COMMENT 2:13 COMMENT ");
  finds("{\"a\": 1, \\\n \"b\": 2}", "1:10 CONTINUATION ");
  finds("\xef\xbb\xbf{\"a\":\xc2\xa0\xc2\xa0\"\xc3\xa9\",}",
        "1:1 BYTE_ORDER_MARK 1:6 BLANK 1:11 TRAILING_COMMA ");
  check_text_of_size("{\0\"\0a\0\"\0", 8, "1:1 ENCODING ");
  check_text_of_size("\xff\xfe{\0", 4, "1:1 ENCODING ");
  check_text_of_size("{\"a\": \0 1, \"b\": \"\0\"}", 20, "1:7 CONTROL 1:18 CONTROL ");
}

static void test_shape(void) {
  finds("5", "1:1 TOP ");
  finds("\"{\\\"a\\\": 1}\"", "1:1 QUOTED ");
  finds("{\"element\": \"m\"}", "1:13 ELEMENT ");
  finds("{\"element\": None, \"configuration\": nil}", "1:13 WORD 1:36 WORD ");
  finds("{\"configuration\": [{\"key\": 1}]}", "1:19 CONFIGURATION ");
  finds("{\"configuration\": \"x\"}", "1:19 CONFIGURATION ");
  finds("{\"name\": 1, \"key\": \"m\"}", "1:13 KEY_PLACE ");
  finds("{\"mailjet.api.key\": \"x\"}", "1:2 ENTRY_PLACE ");
  finds("{\"element\": {\"key\": \"m\", \"a.b\": 1}}", "1:26 ENTRY_PLACE ");
  finds("{\"e.g.\": \"x\"}", "");
  finds("{\"configuration\": {\"element\": {\"key\": 1}}}", "1:20 ELEMENT_PLACE ");
  finds("{\"configuration\": {\"configuration\": {}}}", "1:20 CONFIGURATION_PLACE ");
  finds("{\"a\": 1,\n\"b\": {\"a\": 2},\n\"\\u0061\": 3}", "3:1 DUPLICATE ");
  CHECK_INT(found.list[0].first, 1);
  finds("{\"\\udbff\\udfffa\": 1, \"\xf4\x8f\xbf\xbf\x61\": 2}", "1:22 DUPLICATE ");
  finds("{\"x\": [{\"a.b\": [\"\", \" \\u003cinsert_X> \"]}]}", "1:21 PLACEHOLDER ");
  CHECK_TEXT(found.list[0].detail, "x[1].a.b[2]");
}

/* ---------------------------------------------------------------- secrets */

static void test_silence(void) {
  static const char *const texts[] = {
      "{\"a\": \"s3cr3t",
      "{\"a\": s3cr3t}",
      "{\"a\", \"s3cr3t\"}",
      "{\"a\" \"s3cr3t\" 1}",
      "[\"s3cr3t\", 1 2]",
      "s3cr3t",
      "\"s3cr3t\"",
      "{\"a\": \"x \"s3cr3t\": 1}",
      "{\"a\" \"b\", s3cr3t.x: 1}",
      "{\"a\": \"\\xs3cr3t\",}",
      "{\"a\": 's3cr3t}",
      "{\"a\": \"x\"} s3cr3t",
      "{\"a\": \"s3cr3t\", \"a\": 1}",
      "{\"key\": \"s3cr3t\"}",
      "{\"a\": \"x\" s3cr3t, 'b\": 1}",
  };
  size_t i;
  size_t n;
  for(i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    REQUIRE_INT(diagnose(texts[i], strlen(texts[i])), CELEMENTS_OK);
    CHECK(found.count > 0);
    for(n = 0; n < found.count; n++) {
      char text[300];
      celements_finding_message(&found.list[n], text, sizeof text);
      CHECK(*text && !strstr(text, "s3cr3t"));
      celements_finding_mend(&found.list[n], text, sizeof text);
      CHECK(*text && !strstr(text, "s3cr3t"));
    }
  }
}

/* ---------------------------------------------------------------- hostile texts */

static char *repeated(const char *piece, size_t length) {
  char *text = malloc(length);
  size_t size = strlen(piece);
  size_t i;
  REQUIRE(text != NULL);
  for(i = 0; i < length; i++)
    text[i] = piece[i % size];
  return text;
}

/* Every look ahead passes a byte some times and ends in a finding. */
static void test_hostile(void) {
  static const char *const heads[] = {"", "{\"a\": ", "{\"a\": \"", "[", "{"};
  static const char *const pieces[] = {
      "[",       "\"",     "\\",
      "{\"a\":", "a\"b",   "\n",
      "\" ",     "'a",     ":",
      ",",       "}",      "// x\n",
      "\"x",     "x: ",    "#",
      "/*",      "\"\n",   "\"\",",
      " ",       "1 ",     "\\\"",
      ".",       "=",      "\"a\":1 ",
      "<",       "\"a ",   "\"{",
      "\x01",    "x\" ",   "\\u12",
      "-",       "\"a\"b", "\xe2\x80\x9c",
      "0",       "\r",
  };
  const size_t length = 1 << 20;
  size_t h;
  size_t i;
  for(i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
    char *text = repeated(pieces[i], length);
    for(h = 0; h < sizeof heads / sizeof heads[0]; h++) {
      memcpy(text, heads[h], strlen(heads[h]));
      REQUIRE_INT(celements_diagnose(text, length, &found), CELEMENTS_OK);
      CHECK(found.count > 0 || strict_accepts(text, length));
      if(!CHECK(found.steps <= 10 * CELEMENTS_MAX_FINDINGS * length))
        fprintf(stderr, "  %zu steps for %s%s…\n", found.steps, heads[h], pieces[i]);
    }
    free(text);
  }
}

static void test_limits(void) {
  char *text = repeated(" ", CELEMENTS_MAX_DOCUMENT + 1);
  size_t i;
  CHECK_INT(celements_diagnose(text, CELEMENTS_MAX_DOCUMENT + 1, &found), CELEMENTS_TOO_BIG);
  text[0] = '{';
  text[CELEMENTS_MAX_DOCUMENT - 1] = '}';
  CHECK_INT(celements_diagnose(text, CELEMENTS_MAX_DOCUMENT, &found), CELEMENTS_OK);
  CHECK_INT(found.count, 0);
  CHECK(found.steps < 10 * CELEMENTS_MAX_DOCUMENT);
  memcpy(text, "{\"a\":", 5);
  for(i = 0; i < CELEMENTS_MAX_DEPTH; i++) {
    text[5 + i] = '[';
    text[5 + CELEMENTS_MAX_DEPTH * 2 - 1 - i] = ']';
  }
  text[5 + CELEMENTS_MAX_DEPTH * 2] = '}';
  check_text_of_size(text, 6 + CELEMENTS_MAX_DEPTH * 2, "1:133 DEPTH ");
  text[5] = text[4 + CELEMENTS_MAX_DEPTH * 2] = ' ';
  check_text_of_size(text, 6 + CELEMENTS_MAX_DEPTH * 2, "");
  free(text);
  text = repeated("[],", 3 * 30);
  check_text_of_size(text, 3 * 30, "1:3 TEXT_AFTER ");
  free(text);
  text = repeated(",", 30);
  text[0] = '[';
  REQUIRE_INT(diagnose(text, 30), CELEMENTS_OK);
  CHECK_INT(found.count, CELEMENTS_MAX_FINDINGS);
  CHECK(found.more);
  free(text);
}

/* ---------------------------------------------------------------- memory */

static void test_memory(void) {
  char text[4000] = "{";
  size_t length = 1;
  long before = atomic_load(&heap_live);
  long nth;
  int i;
  for(i = 0; i < 200; i++)
    length += (size_t)snprintf(text + length, sizeof text - length, "\"k%d\":%d,", i % 199, i);
  text[length - 1] = '}';
  for(nth = 1;; nth++) {
    celements_status status;
    bool failed;
    heap_fail(nth, nth);
    status = celements_diagnose(text, length, &found);
    failed = atomic_load(&heap_count) >= nth;
    heap_fail(0, 0);
    CHECK_INT(status, failed ? CELEMENTS_NOMEM : CELEMENTS_OK);
    CHECK_INT(atomic_load(&heap_live), before);
    if(!failed)
      break;
  }
  CHECK(nth > 3);
  CHECK_INT(found.count, 1);
}

int main(void) {
  heap_install();
  test_passing();
  test_commas_and_colons();
  test_strings();
  test_encoding();
  test_words();
  test_brackets();
  test_around();
  test_shape();
  test_silence();
  test_hostile();
  test_limits();
  test_memory();
  return check_done("diagnose");
}
