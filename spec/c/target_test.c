/* Targets: which base URLs and secrets are taken, and which option is named when one is not. */
#include "celements.h"
#include "check.h"

static void check_base(const char *url, const char *used) {
  struct celements_target_options options = {.base_url = url};
  celements_target *target = NULL;
  if(!CHECK_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK)) {
    fprintf(stderr, "  for %s\n", url);
    return;
  }
  CHECK_TEXT(celements_target_base_url(target), used);
  celements_target_unref(target);
}

static void test_good_base_urls(void) {
  check_base("https://api.cloud-elements.com/elements/api-v2",
             "https://api.cloud-elements.com/elements/api-v2");
  check_base("https://api.cloud-elements.com/elements/api-v2/",
             "https://api.cloud-elements.com/elements/api-v2");
  check_base("http://127.0.0.1:8080", "http://127.0.0.1:8080");
  check_base("http://127.0.0.1:8080//", "http://127.0.0.1:8080");
  check_base("http://[::1]:8080/a", "http://[::1]:8080/a");
  check_base("http://localhost/%7Euser/a.b", "http://localhost/%7Euser/a.b");
}

static void refuse(struct celements_target_options options, celements_status status,
                   const char *wanted) {
  const char *field = NULL;
  celements_target *untouched = (celements_target *)&options;
  celements_target *target = untouched;
  if(!CHECK_INT(celements_target_new(&target, &options, &field), status))
    fprintf(stderr, "  for %s\n", options.base_url ? options.base_url : "(null)");
  CHECK(target == untouched);
  CHECK_TEXT(field, wanted);
  CHECK_INT(celements_target_new(&target, &options, NULL), status);
}

static void test_bad_base_urls(void) {
  static const char *const bad[] = {NULL,
                                    "",
                                    "api.cloud-elements.com",
                                    "ftp://localhost/",
                                    "file:///etc/passwd",
                                    "http://",
                                    "https://",
                                    "http:///a",
                                    "http:localhost",
                                    "http:/localhost",
                                    "http://?",
                                    "http://user@localhost/",
                                    "http://user:word@localhost/",
                                    "http://:word@localhost/",
                                    "http://@localhost/",
                                    "http://localhost/?",
                                    "http://localhost/?a=b",
                                    "http://localhost/#",
                                    "http://localhost/#part",
                                    "http://local host/",
                                    " http://localhost/",
                                    "http://localhost/ ",
                                    "http://localhost/\n",
                                    "http://localhost/\r\nX: y",
                                    "http://localhost/\x01",
                                    "http://localhost/\x7f",
                                    "http://localhost:99999/",
                                    "http://localhost:port/",
                                    "http://[::1/"};
  size_t i;
  for(i = 0; i < sizeof bad / sizeof bad[0]; i++)
    refuse((struct celements_target_options){.base_url = bad[i]}, CELEMENTS_BAD_URL, "base_url");
}

static void test_long_base_url(void) {
  static char url[10000] = "http://localhost/";
  memset(url + strlen(url), 'a', sizeof url - strlen(url) - 1);
  refuse((struct celements_target_options){.base_url = url}, CELEMENTS_BAD_URL, "base_url");
}

static void test_bad_secrets(void) {
  static const char *const bad[] = {"",          ",",    "a,b",   "a\r",  "a\n",  "\na",
                                    "a\r\nX: y", "a\tb", "a\x01", "\x1f", "a\x7f"};
  size_t i;
  for(i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct celements_target_options options = {.base_url = "https://localhost"};
    celements_target *target;
    options.user_secret = bad[i];
    refuse(options, CELEMENTS_BAD_SECRET, "user_secret");
    options.user_secret = "good";
    options.organization_secret = bad[i];
    refuse(options, CELEMENTS_BAD_SECRET, "organization_secret");
    options.organization_secret = "good";
    options.element_token = bad[i];
    refuse(options, CELEMENTS_BAD_SECRET, "element_token");
    options.element_token = NULL;
    REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
    {
      celements_target *other = target;
      CHECK_INT(celements_target_with_token(&other, target, bad[i]), CELEMENTS_BAD_SECRET);
      CHECK(other == target);
    }
    celements_target_unref(target);
  }
}

static void test_good_secrets(void) {
  static const char *const good[] = {"a", "a b", "a=b/+==", "\xc3\xa9", "\"quoted\"", "a;b:c"};
  size_t i;
  for(i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct celements_target_options options = {.base_url = "https://localhost",
                                               .user_secret = good[i],
                                               .organization_secret = good[i],
                                               .element_token = good[i]};
    celements_target *target = NULL;
    REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
    celements_target_unref(target);
  }
}

static void test_long_secrets(void) {
  static char secret[40000];
  struct celements_target_options options = {.base_url = "https://localhost"};
  celements_target *target = NULL;
  celements_target *other;
  memset(secret, 's', sizeof secret - 1);
  options.user_secret = secret;
  refuse(options, CELEMENTS_TOO_BIG, "user_secret");
  secret[8000] = '\0';
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  other = target;
  secret[8000] = 's';
  CHECK_INT(celements_target_with_token(&other, target, secret), CELEMENTS_TOO_BIG);
  CHECK(other == target);
  celements_target_unref(target);
}

static void test_references(void) {
  struct celements_target_options options = {.base_url = "https://localhost"};
  celements_target *target = NULL;
  celements_target *other = NULL;
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  CHECK(celements_target_ref(target) == target);
  celements_target_unref(target);
  REQUIRE_INT(celements_target_with_token(&other, target, "token"), CELEMENTS_OK);
  celements_target_unref(target);
  CHECK_TEXT(celements_target_base_url(other), "https://localhost");
  celements_target_unref(other);
  celements_target_unref(NULL);
}

static void check_redacted(const celements_target *target, const char *text, const char *wanted) {
  celements_buffer *out = NULL;
  const char *data;
  size_t length;
  REQUIRE_INT(celements_buffer_new(&out, 1000), CELEMENTS_OK);
  CHECK_INT(celements_target_redact(target, text, strlen(text), out), CELEMENTS_OK);
  data = celements_buffer_data(out, &length);
  CHECK_BYTES(data, length, wanted);
  celements_buffer_free(out);
}

static void test_redact(void) {
  struct celements_target_options options = {.base_url = "https://localhost"};
  celements_target *target = NULL;
  celements_buffer *small = NULL;
  const char *data;
  size_t length;
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  check_redacted(target, "nothing to hide", "nothing to hide");
  celements_target_unref(target);
  options.user_secret = "abcdefgh";
  options.organization_secret = "abcdefghijkl";
  options.element_token = "two words";
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  check_redacted(target, "", "");
  check_redacted(target, "abcdefgh", "********");
  check_redacted(target, "xabcdefghijklx", "x********x"); /* the longer one, whole */
  check_redacted(target, "abcdefghabcdefghijkabcdefghijkl", "****************ijk********");
  check_redacted(target, "a%62cdefg%68i", "********i");
  check_redacted(target, "two words, two word", "********, two word");
  check_redacted(target, "User ab Organization Element", "User ab Organization Element");
  REQUIRE_INT(celements_buffer_new(&small, 7), CELEMENTS_OK);
  CHECK_INT(celements_target_redact(target, "abcdefgh", 8, small), CELEMENTS_TOO_BIG);
  celements_buffer_clear(small);
  CHECK_INT(celements_target_redact(target, "abcdefgh", 7, small), CELEMENTS_OK);
  data = celements_buffer_data(small, &length);
  CHECK_BYTES(data, length, "abcdefg"); /* what follows the text is none of it */
  celements_buffer_free(small);
  celements_target_unref(target);
}

static void test_redact_short(void) {
  struct celements_target_options options = {.base_url = "https://localhost",
                                             .user_secret = "u",
                                             .organization_secret = "org",
                                             .element_token = "t=k.n"};
  celements_target *target = NULL;
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  check_redacted(target, "you, u and org", "you, u and org");
  check_redacted(target, "t=k.n", "********");
  check_redacted(target, "t%3dk.n", "********");
  check_redacted(target, "/t=k.n. t=k.n- (t=k.n)", "/********. ********- (********)");
  check_redacted(target, "at=k.n t=k.no _t=k.n t=k.n_", "at=k.n t=k.no _t=k.n t=k.n_");
  check_redacted(target, "t=k.n.x t=k.n-1", "t=k.n.x t=k.n-1");
  celements_target_unref(target);
}

int main(void) {
  REQUIRE_INT(celements_init(NULL), CELEMENTS_OK);
  CHECK_INT(celements_init(NULL), CELEMENTS_OK);
  test_good_base_urls();
  test_bad_base_urls();
  test_long_base_url();
  test_bad_secrets();
  test_good_secrets();
  test_long_secrets();
  test_references();
  test_redact();
  test_redact_short();
  return check_done("target");
}
