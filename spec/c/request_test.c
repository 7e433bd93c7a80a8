/* Requests: methods, and how paths and queries become a URL. */
#include "ce_request.h"
#include "check.h"

static celements_target *target;
static celements_request *request;

static const char *url(void) { return ce__buf_text(&request->url); }

static celements_status start(const char *path, size_t length) {
  return celements_request_start(request, target, "GET", path, length);
}

static void test_methods(void) {
  static const char *const good[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "X"};
  static const char *const bad[] = {
      "",        "get", "Get", "GET ",       " GET",
      "GET\r\n", "G-T", "GE7", "G\xc3\x89T", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"};
  size_t i;
  for(i = 0; i < sizeof good / sizeof good[0]; i++)
    CHECK_INT(celements_request_start(request, target, good[i], "/", 1), CELEMENTS_OK);
  for(i = 0; i < sizeof bad / sizeof bad[0]; i++)
    CHECK_INT(celements_request_start(request, target, bad[i], "/", 1), CELEMENTS_BAD_METHOD);
}

static void check_path(const char *path, const char *wanted) {
  CHECK_INT(start(path, strlen(path)), CELEMENTS_OK);
  CHECK_TEXT(url(), wanted);
}

static void test_paths(void) {
  check_path("/", "http://h/v2/");
  check_path("/instances/12", "http://h/v2/instances/12");
  check_path("//a//b/", "http://h/v2//a//b/");
  check_path("/a b", "http://h/v2/a%20b");
  check_path("/a%20b%2Fc%2f%00", "http://h/v2/a%20b%2Fc%2f%00");
  check_path("/100%", "http://h/v2/100%25");
  check_path("/100%/a", "http://h/v2/100%25/a");
  check_path("/%2", "http://h/v2/%252");
  check_path("/%zz%a", "http://h/v2/%25zz%25a");
  check_path("/%%41", "http://h/v2/%25%41");
  check_path("/caf\xc3\xa9", "http://h/v2/caf%C3%A9");
  check_path("/\xff\x80", "http://h/v2/%FF%80");
  check_path("/a#b", "http://h/v2/a%23b");
  check_path("/a\\b^`{|}\"<>", "http://h/v2/a%5Cb%5E%60%7B%7C%7D%22%3C%3E");
  check_path("/:@!$&'()*+,;=[]~-._", "http://h/v2/:@!$&'()*+,;=[]~-._");
  check_path("/a?b=c d&e=%41&f=#", "http://h/v2/a?b=c%20d&e=%41&f=%23");
  check_path("/a?b?c=/../d", "http://h/v2/a?b?c=/../d");
  check_path("/@host/", "http://h/v2/@host/");
}

static void test_dot_segments(void) {
  static const char *const bad[] = {"/.",         "/..",     "/./a",     "/../a",       "/a/.",
                                    "/a/..",      "/a/./b",  "/a/../b",  "/%2e",        "/%2E/a",
                                    "/.%2e",      "/.%2E/a", "/%2e.",    "/a/%2e%2E/b", "/a/..?b",
                                    "/a/%2e%2e?", "/..?",    "/a/.?b=c", "//.."};
  static const char *const good[] = {"/...",  "/.a",      "/a.",        "/..a",
                                     "/a..",  "/.../..a", "/%2e%2e%2e", "/.%2ea",
                                     "/a%2e", "/a?b=/..", "/a?/../",    "/%252e"};
  size_t i;
  for(i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    if(!CHECK_INT(start(bad[i], strlen(bad[i])), CELEMENTS_BAD_PATH))
      fprintf(stderr, "  for %s\n", bad[i]);
  }
  for(i = 0; i < sizeof good / sizeof good[0]; i++) {
    if(!CHECK_INT(start(good[i], strlen(good[i])), CELEMENTS_OK))
      fprintf(stderr, "  for %s\n", good[i]);
  }
}

static void test_bad_paths(void) {
  char path[4] = "/a_";
  int c;
  CHECK_INT(start("", 0), CELEMENTS_BAD_PATH);
  CHECK_INT(start("a", 1), CELEMENTS_BAD_PATH);
  CHECK_INT(start("?a=b", 4), CELEMENTS_BAD_PATH);
  CHECK_INT(start("http://elsewhere/", 17), CELEMENTS_BAD_PATH);
  CHECK_INT(start("/a\r\nX: y", 8), CELEMENTS_BAD_PATH);
  CHECK_INT(start("/a?b=\n", 6), CELEMENTS_BAD_PATH);
  for(c = 0; c < 256; c++) {
    path[2] = (char)c;
    CHECK_INT(start(path, 3), c < 0x20 || c == 0x7f ? CELEMENTS_BAD_PATH : CELEMENTS_OK);
  }
}

/* Paths need no final NUL, and nothing after their end is looked at. */
static void test_exact_paths(void) {
  static const char *const texts[] = {"/", "/%", "/%4", "/%41", "/.%2", "/.", "/a?", "/%2"};
  size_t i;
  for(i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    size_t length = strlen(texts[i]);
    char *copy = malloc(length);
    REQUIRE(copy != NULL);
    memcpy(copy, texts[i], length);
    CHECK_INT(start(copy, length), strcmp(texts[i], "/.") == 0 ? CELEMENTS_BAD_PATH : CELEMENTS_OK);
    free(copy);
  }
}

static void query(const char *name, const char *value, celements_status status) {
  CHECK_INT(celements_request_query(request, name, strlen(name), value, strlen(value)), status);
}

static void test_query(void) {
  REQUIRE_INT(start("/a", 2), CELEMENTS_OK);
  query("tags[]", "a b", CELEMENTS_OK);
  CHECK_TEXT(url(), "http://h/v2/a?tags[]=a%20b");
  query("where", "name='x' & y>[1]", CELEMENTS_OK);
  query("caf\xc3\xa9=&", "%41+/?#", CELEMENTS_OK);
  query("", "", CELEMENTS_OK);
  CHECK_TEXT(url(), "http://h/v2/a?tags[]=a%20b&where=name%3D%27x%27%20%26%20y%3E%5B1%5D"
                    "&caf%C3%A9%3D%26=%2541%2B%2F%3F%23&=");
  REQUIRE_INT(start("/a?b=c", 6), CELEMENTS_OK);
  query("d", "e", CELEMENTS_OK);
  CHECK_TEXT(url(), "http://h/v2/a?b=c&d=e");
  REQUIRE_INT(start("/a", 2), CELEMENTS_OK);
  CHECK_INT(celements_request_query(request, "n\0\n", 3, "\0\xff", 2), CELEMENTS_OK);
  CHECK_TEXT(url(), "http://h/v2/a?n%00%0A=%00%FF");
  REQUIRE_INT(start("/b", 2), CELEMENTS_OK);
  CHECK_TEXT(url(), "http://h/v2/b");
}

/* The limit is 64 KiB for the whole URL; what does not fit leaves the URL as it was. */
static void test_sizes(void) {
  static char path[70000];
  const size_t limit = 65536 - strlen("http://h/v2");
  char *before;
  memset(path, 'a', sizeof path);
  path[0] = '/';
  CHECK_INT(start(path, limit), CELEMENTS_OK);
  CHECK_INT(strlen(url()), 65536);
  CHECK_INT(start(path, limit + 1), CELEMENTS_TOO_BIG);
  path[limit - 1] = ' '; /* three bytes in the URL */
  CHECK_INT(start(path, limit), CELEMENTS_TOO_BIG);
  path[limit - 1] = 'a';
  REQUIRE_INT(start(path, limit - 10), CELEMENTS_OK);
  before = strdup(url());
  query("name", "value", CELEMENTS_TOO_BIG);
  CHECK_TEXT(url(), before);
  query("n", "v", CELEMENTS_OK);
  CHECK(strcmp(url() + strlen(before), "?n=v") == 0);
  free(before);
}

static void test_escape(void) {
  celements_buffer *out;
  const char *data;
  size_t length;
  REQUIRE_INT(celements_buffer_new(&out, 30), CELEMENTS_OK);
  CHECK_INT(celements_escape(out, "a/b?c[]%~-._\0", 13), CELEMENTS_OK);
  data = celements_buffer_data(out, &length);
  CHECK_BYTES(data, length, "a%2Fb%3Fc%5B%5D%25~-._%00");
  CHECK_INT(celements_escape(out, "\xff\xff", 2), CELEMENTS_TOO_BIG);
  celements_buffer_free(out);
}

int main(void) {
  struct celements_target_options options = {.base_url = "http://h/v2/"};
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  test_methods();
  test_paths();
  test_dot_segments();
  test_bad_paths();
  test_exact_paths();
  test_query();
  test_sizes();
  test_escape();
  celements_request_free(request);
  celements_request_free(NULL);
  celements_target_unref(target);
  return check_done("request");
}
