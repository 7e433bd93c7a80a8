/* The header lines of a call: what is refused, and the list that libcurl gets. */
#include "ce_request.h"
#include "check.h"

static celements_target *target;
static celements_request *request;

static celements_status add(const char *name, size_t name_length, const char *value,
                            size_t value_length) {
  return celements_request_header(request, name, name_length, value, value_length);
}

static celements_status put(const char *name, const char *value) {
  return add(name, strlen(name), value, strlen(value));
}

static void start(const char *method) {
  REQUIRE_INT(celements_request_start(request, target, method, "/", 1), CELEMENTS_OK);
}

static void test_names(void) {
  static const char *const good[] = {"X", "X-Request-Id", "If-None-Match", "x1"};
  static const char *const bad[] = {"",    " ",   "X Y",      "X:", ":X",    "X\r", "X\n", "X\r\nY",
                                    "X\t", "X/Y", "\xc3\xa9", "X;", "X\x7f", " X",  "X "};
  static const char *const reserved[] = {"Authorization",     "AUTHORIZATION", "host",
                                         "content-length",    "Connection",    "Host",
                                         "Transfer-Encoding", "Content-Length"};
  size_t i;
  start("GET");
  for(i = 0; i < sizeof good / sizeof good[0]; i++)
    CHECK_INT(put(good[i], "v"), CELEMENTS_OK);
  for(i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK_INT(put(bad[i], "v"), CELEMENTS_BAD_HEADER_NAME);
  CHECK_INT(add("X\0Y", 3, "v", 1), CELEMENTS_BAD_HEADER_NAME);
  for(i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
    CHECK_INT(put(reserved[i], "v"), CELEMENTS_RESERVED_HEADER);
}

static void test_values(void) {
  static char value[20000];
  start("GET");
  CHECK_INT(put("X", "a\r"), CELEMENTS_BAD_HEADER_VALUE);
  CHECK_INT(put("X", "a\nb"), CELEMENTS_BAD_HEADER_VALUE);
  CHECK_INT(put("X", "a\r\nHost: b"), CELEMENTS_BAD_HEADER_VALUE);
  CHECK_INT(add("X", 1, "a\0b", 3), CELEMENTS_BAD_HEADER_VALUE);
  CHECK_INT(add("X", 1, "\0", 1), CELEMENTS_BAD_HEADER_VALUE);
  CHECK_INT(put("X", "\xc3\xa9 \t;:,"), CELEMENTS_OK);
  memset(value, 'v', sizeof value);
  CHECK_INT(add("X", 1, value, sizeof value), CELEMENTS_TOO_BIG);
  CHECK_INT(add("X", 1, value, 16000), CELEMENTS_OK);
}

/* What the call sends, line by line, as `method` with or without a body. */
static void check_list(const char *const *wanted) {
  struct ce__headers headers = {NULL, NULL, NULL};
  const struct curl_slist *line;
  REQUIRE_INT(ce__request_take_headers(request, &headers), CELEMENTS_OK);
  for(line = headers.list; line && *wanted; line = line->next, wanted++)
    CHECK_TEXT(line->data, *wanted);
  CHECK(!line);
  CHECK(!*wanted);
  ce__headers_free(&headers);
  CHECK(headers.list == NULL && headers.own == NULL);
}

#define LIST(...) check_list((const char *const[]){__VA_ARGS__, NULL})
#define TYPE "Content-Type: application/json"
#define EXPECT "Expect:"
#define ACCEPT "Accept: application/json"
#define AGENT "User-Agent: celements/" CELEMENTS_VERSION
#define AUTH "Authorization: User u, Organization o"

static void test_lists(void) {
  start("GET");
  LIST(ACCEPT, AGENT, AUTH);
  start("POST");
  celements_request_body(request, "{}", 2);
  LIST(TYPE, ACCEPT, AGENT, AUTH);
  start("POST");
  celements_request_body(request, "", 1024);
  LIST(TYPE, ACCEPT, AGENT, AUTH);
  start("POST"); /* an older libcurl would wait for 100-continue from here on */
  celements_request_body(request, "", 1025);
  LIST(EXPECT, TYPE, ACCEPT, AGENT, AUTH);
  start("POST");
  LIST("Content-Type:", ACCEPT, AGENT, AUTH);
  start("DELETE");
  LIST(ACCEPT, AGENT, AUTH);
  start("DELETE");
  celements_request_body(request, "", 0);
  LIST(TYPE, ACCEPT, AGENT, AUTH);
  start("GET");
  CHECK_INT(put("X-A", "1"), CELEMENTS_OK);
  CHECK_INT(put("X-A", "2"), CELEMENTS_OK);
  LIST("X-A: 1", "X-A: 2", ACCEPT, AGENT, AUTH);
  start("GET"); /* what was described before is forgotten */
  LIST(ACCEPT, AGENT, AUTH);
}

static void test_replaced(void) {
  start("GET");
  CHECK_INT(put("accept", "text/csv"), CELEMENTS_OK);
  LIST("accept: text/csv", AGENT, AUTH);
  start("POST");
  celements_request_body(request, "a", 1);
  CHECK_INT(put("Content-TYPE", "text/csv"), CELEMENTS_OK);
  LIST("Content-TYPE: text/csv", ACCEPT, AGENT, AUTH);
  start("POST");
  celements_request_body(request, "a", 2000);
  CHECK_INT(put("Content-TYPE", "text/csv"), CELEMENTS_OK);
  LIST("Content-TYPE: text/csv", EXPECT, ACCEPT, AGENT, AUTH);
  start("POST");
  celements_request_body(request, "a", 2000);
  CHECK_INT(put("Expect", "100-continue"), CELEMENTS_OK);
  LIST("Expect: 100-continue", TYPE, ACCEPT, AGENT, AUTH);
  start("POST");
  celements_request_body(request, "a", 1);
  CHECK_INT(put("Expect", "100-continue"), CELEMENTS_OK);
  LIST("Expect: 100-continue", TYPE, ACCEPT, AGENT, AUTH);
  start("POST");
  celements_request_body(request, "a", 1);
  CHECK_INT(put("Accept", "*/*"), CELEMENTS_OK);
  CHECK_INT(put("X-A", "1"), CELEMENTS_OK);
  LIST("Accept: */*", "X-A: 1", TYPE, AGENT, AUTH);
  start("POST");
  CHECK_INT(put("Content-Type", "text/csv"), CELEMENTS_OK);
  LIST("Content-Type: text/csv", ACCEPT, AGENT, AUTH);
  start("GET");
  CHECK_INT(put("Accept", "a"), CELEMENTS_OK);
  CHECK_INT(put("Content-Type", "b"), CELEMENTS_OK);
  CHECK_INT(put("User-Agent", "c"), CELEMENTS_OK);
  LIST("Accept: a", "Content-Type: b", "User-Agent: c", AUTH);
}

/* libcurl drops a header whose value is blank, unless it is written `Name;`. */
static void test_empty_values(void) {
  start("GET");
  CHECK_INT(put("X-A", ""), CELEMENTS_OK);
  CHECK_INT(put("X-B", " "), CELEMENTS_OK);
  CHECK_INT(put("X-C", "\t "), CELEMENTS_OK);
  LIST("X-A;", "X-B;", "X-C;", ACCEPT, AGENT, AUTH);
}

static void use(const char *user, const char *organization, const char *token) {
  struct celements_target_options options = {.base_url = "http://h",
                                             .user_secret = user,
                                             .organization_secret = organization,
                                             .element_token = token};
  celements_target_unref(target);
  target = NULL;
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
}

static void use_token(const char *token) {
  celements_target *other = NULL;
  REQUIRE_INT(celements_target_with_token(&other, target, token), CELEMENTS_OK);
  celements_target_unref(target);
  target = other;
}

static void test_secrets(void) {
  use(NULL, NULL, NULL);
  start("GET");
  LIST(ACCEPT, AGENT);
  start("GET");
  CHECK_INT(put("Accept", "a"), CELEMENTS_OK);
  LIST("Accept: a", AGENT);
  use("u", "o", "t");
  start("GET");
  LIST(ACCEPT, AGENT, "Authorization: User u, Organization o, Element t");
  use("u", "o", NULL);
  use_token("t1");
  start("GET");
  LIST(ACCEPT, AGENT, "Authorization: User u, Organization o, Element t1");
  use_token("t2"); /* instead of t1, not in addition */
  start("GET");
  LIST(ACCEPT, AGENT, "Authorization: User u, Organization o, Element t2");
  use_token(NULL);
  start("GET");
  LIST(ACCEPT, AGENT, AUTH);
  use(NULL, "o", NULL);
  start("GET");
  LIST(ACCEPT, AGENT, "Authorization: Organization o");
  use(NULL, NULL, NULL);
  use_token("t");
  start("GET");
  LIST(ACCEPT, AGENT, "Authorization: Element t");
}

int main(void) {
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  use("u", "o", NULL);
  test_names();
  test_values();
  test_lists();
  test_replaced();
  test_empty_values();
  test_secrets();
  celements_request_free(request);
  celements_target_unref(target);
  return check_done("header");
}
