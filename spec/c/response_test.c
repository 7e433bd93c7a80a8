/* Responses: the header block that is built from raw lines, and reading it again. */
#include "ce_response.h"
#include "check.h"

static celements_response *response;

static void begin(void) {
  celements_response_free(response);
  response = ce__response_new(100);
  REQUIRE(response != NULL);
}

static celements_status line(const char *text) {
  return ce__response_header_line(response, text, strlen(text));
}

static void check_block(const char *wanted) {
  size_t length;
  const char *block = celements_response_headers(response, &length);
  CHECK_BYTES(block, length, wanted);
}

static void check_find(const char *name, const char *wanted) {
  size_t length;
  size_t value_length = 0;
  const char *block = celements_response_headers(response, &length);
  const char *value = celements_header_find(block, length, name, &value_length);
  if(wanted)
    CHECK_BYTES(value, value_length, wanted);
  else
    CHECK(value == NULL);
}

static void test_blank_response(void) {
  size_t length = 1;
  begin();
  check_block("");
  check_find("a", NULL);
  CHECK_INT(celements_response_outcome(response).status, 0);
  CHECK(celements_response_body(response, &length) != NULL);
  CHECK_INT(length, 0);
  CHECK_TEXT(celements_response_detail(response), "");
  celements_response_free(NULL);
}

static void test_lines(void) {
  begin();
  CHECK_INT(line("HTTP/1.1 200 OK\r\n"), CELEMENTS_OK);
  CHECK_INT(line("Content-TYPE: application/JSON\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Bare:v\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Wide:   \t v w \t \r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Empty:\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Blank:   \r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Colons: a:b: c\r\n"), CELEMENTS_OK);
  CHECK_INT(line("no colon here\r\n"), CELEMENTS_OK);
  CHECK_INT(line("\r\n"), CELEMENTS_OK);
  CHECK_INT(line(""), CELEMENTS_OK);
  check_block("content-type: application/JSON\nx-bare: v\nx-wide: v w\nx-empty: \nx-blank: \n"
              "x-colons: a:b: c\n");
  check_find("content-type", "application/JSON");
  check_find("x-empty", "");
  check_find("x-blank", "");
  check_find("x-colons", "a:b: c");
  check_find("x-colon", NULL);
  check_find("x-colonss", NULL);
  check_find("", NULL);
}

static void test_end_of_headers(void) {
  begin();
  CHECK_INT(line("HTTP/1.1 100 Continue\r\n"), CELEMENTS_OK);
  CHECK_INT(line("\r\n"), CELEMENTS_OK);
  CHECK(response->headed);
  CHECK_INT(line("HTTP/1.1 200 OK\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-A: 1\r\n"), CELEMENTS_OK);
  CHECK_INT(line(" \r\n"), CELEMENTS_OK);
  CHECK(!response->headed);
  CHECK_INT(line("\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Trailer: 1\r\n"), CELEMENTS_OK);
  CHECK(response->headed);
  ce__response_reset(response, 0);
  CHECK(!response->headed);
}

static void test_only_final_answer(void) {
  begin();
  CHECK_INT(line("HTTP/1.1 100 Continue\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Early: 1\r\n"), CELEMENTS_OK);
  CHECK_INT(line("\r\n"), CELEMENTS_OK);
  CHECK_INT(line("HTTP/2 200\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Late: 2\r\n"), CELEMENTS_OK);
  CHECK_INT(line("\r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-Trailer: 3\r\n"), CELEMENTS_OK);
  check_block("x-late: 2\nx-trailer: 3\n");
}

/* RFC 9112, 5.2: a line that begins with a blank goes on with the value before it. */
static void test_folded_lines(void) {
  begin();
  CHECK_INT(line(" retry-after: 1\r\n"), CELEMENTS_OK);
  check_block("");
  CHECK_INT(line("X-A: one\r\n"), CELEMENTS_OK);
  CHECK_INT(line("  two: 2\r\n"), CELEMENTS_OK);
  CHECK_INT(line("\tthree\r\n"), CELEMENTS_OK);
  CHECK_INT(line(" \r\n"), CELEMENTS_OK);
  CHECK_INT(line("X-B: v\r\n"), CELEMENTS_OK);
  check_block("x-a: one two: 2 three\nx-b: v\n");
  begin();
  CHECK_INT(line("X-A:\r\n"), CELEMENTS_OK);
  CHECK_INT(line(" v\r\n"), CELEMENTS_OK);
  check_find("x-a", "v");
}

/* Of a block that somebody else has made. */
static void test_bare_value(void) {
  static const char block[] = "a:\nb:1\n";
  size_t length = 7;
  const char *value = celements_header_find(block, strlen(block), "a", &length);
  CHECK_BYTES(value, length, "");
  value = celements_header_find(block, strlen(block), "b", &length);
  CHECK_BYTES(value, length, "1");
  CHECK(celements_header_find("a:1\nb:2", 7, "b", &length) == NULL); /* cut in its last line */
}

static void test_next(void) {
  static const char *const wanted[][2] = {{"a", "1"}, {"b", ""}, {"a", "2"}};
  size_t offset = 0;
  size_t length;
  size_t count = 0;
  const char *name;
  size_t name_length;
  const char *value;
  size_t value_length;
  const char *block;
  begin();
  line("A: 1\r\n");
  line("B:\r\n");
  line("a: 2\r\n");
  block = celements_response_headers(response, &length);
  while(celements_header_next(block, length, &offset, &name, &name_length, &value, &value_length)) {
    REQUIRE(count < 3);
    CHECK_BYTES(name, name_length, wanted[count][0]);
    CHECK_BYTES(value, value_length, wanted[count][1]);
    count++;
  }
  CHECK_INT(count, 3);
  CHECK_INT(offset, length);
  CHECK(!celements_header_next(block, length, &offset, &name, &name_length, &value, &value_length));
  check_find("a", "1");
}

/* The limit is 256 KiB; a line over it is refused whole. */
static void test_limit(void) {
  static char text[1024];
  size_t length;
  size_t before = 0;
  celements_status status = CELEMENTS_OK;
  int i;
  memset(text, 'x', sizeof text - 1);
  text[1] = ':';
  begin();
  for(i = 0; i < 300 && !status; i++) {
    celements_response_headers(response, &before);
    status = line(text);
  }
  CHECK_INT(status, CELEMENTS_TOO_BIG);
  celements_response_headers(response, &length);
  CHECK_INT(length, before);
  CHECK(length > 255 * 1024 && length <= 256 * 1024);
}

int main(void) {
  test_blank_response();
  test_lines();
  test_end_of_headers();
  test_only_final_answer();
  test_folded_lines();
  test_bare_value();
  test_next();
  test_limit();
  celements_response_free(response);
  return check_done("response");
}
