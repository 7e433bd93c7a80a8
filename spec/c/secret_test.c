/* No block that held a secret is given back before it is wiped. */
#include "heap.h"

#include "celements.h"

#define SECRET "Rosebud"

static int found;

static void look_for_secret(const char *block, size_t size) {
  if(memmem(block, size, SECRET, strlen(SECRET)))
    found++;
}

static celements_status make(struct celements_target_options options, celements_target **out) {
  options.base_url = "http://127.0.0.1";
  return celements_target_new(out, &options, NULL);
}

static void test_spy(void) {
  heap_free(heap_strdup("a" SECRET "b"));
  CHECK_INT(found, 1);
  found = 0;
}

static void test_target(void) {
  celements_target *target = NULL;
  celements_target *other = NULL;
  struct celements_target_options options = {.user_secret = SECRET,
                                             .organization_secret = SECRET SECRET SECRET,
                                             .element_token = SECRET "1"};
  REQUIRE_INT(make(options, &target), CELEMENTS_OK);
  celements_target_ref(target);
  celements_target_unref(target);
  REQUIRE_INT(celements_target_with_token(&other, target, SECRET SECRET), CELEMENTS_OK);
  celements_target_unref(target);
  celements_target_unref(other);
  CHECK_INT(found, 0);
}

static void test_long_secrets(void) {
  static char secret[5000];
  celements_target *target = NULL;
  celements_target *other = NULL;
  size_t i;
  struct celements_target_options options = {
      .user_secret = secret, .organization_secret = secret, .element_token = "t"};
  for(i = 0; i + 8 < sizeof secret; i += 7)
    memcpy(secret + i, SECRET, 8);
  REQUIRE_INT(make(options, &target), CELEMENTS_OK);
  REQUIRE_INT(celements_target_with_token(&other, target, secret), CELEMENTS_OK);
  celements_target_unref(other);
  celements_target_unref(target);
  CHECK_INT(found, 0);
}

static void test_refused(void) {
  celements_target *target = NULL;
  celements_target *other = NULL;
  struct celements_target_options options = {.user_secret = SECRET, .element_token = SECRET "\n"};
  CHECK_INT(make(options, &target), CELEMENTS_BAD_SECRET);
  options.element_token = NULL;
  REQUIRE_INT(make(options, &target), CELEMENTS_OK);
  CHECK_INT(celements_target_with_token(&other, target, SECRET ","), CELEMENTS_BAD_SECRET);
  celements_target_unref(target);
  CHECK_INT(found, 0);
}

/* The header lines of a call do not copy the secrets, whatever is replaced. */
static void test_request(void) {
  celements_target *target = NULL;
  celements_request *request = NULL;
  struct celements_target_options options = {.user_secret = SECRET};
  celements_engine *engine = NULL;
  celements_ticket ticket;
  REQUIRE_INT(make(options, &target), CELEMENTS_OK);
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  REQUIRE_INT(celements_request_start(request, target, "POST", "/", 1), CELEMENTS_OK);
  CHECK_INT(celements_request_header(request, "Accept", 6, "a", 1), CELEMENTS_OK);
  celements_request_body(request, "{}", 2);
  REQUIRE_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_OK);
  celements_engine_free(engine); /* before anything was sent: libcurl never held them */
  celements_request_free(request);
  celements_target_unref(target);
  CHECK_INT(found, 0);
}

int main(void) {
  heap_install();
  heap_spy = look_for_secret;
  test_spy();
  test_target();
  test_long_secrets();
  test_refused();
  test_request();
  return check_done("secret");
}
