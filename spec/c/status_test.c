/* Statuses and kinds: one text each, none missing, none twice. */
#include "celements.h"
#include "check.h"

static void test_statuses(void) {
#define X(name, text) CELEMENTS_##name,
  static const celements_status all[] = {CELEMENTS_STATUS_MAP(X)};
#undef X
  size_t i;
  size_t j;
  CHECK_INT(CELEMENTS_OK, 0);
  for(i = 0; i < sizeof all / sizeof all[0]; i++) {
    REQUIRE(celements_status_text(all[i]) != NULL);
    CHECK(*celements_status_text(all[i]) != '\0');
    for(j = 0; j < i; j++)
      CHECK(strcmp(celements_status_text(all[i]), celements_status_text(all[j])) != 0);
  }
  CHECK_TEXT(celements_status_text(CELEMENTS_OK), "ok");
  CHECK(celements_status_text((celements_status)9999) != NULL);
  CHECK(celements_status_text((celements_status)-1) != NULL);
}

static void test_kinds(void) {
  int i;
  int j;
  CHECK_INT(CELEMENTS_KIND_NONE, 0);
  for(i = 1; i < CELEMENTS_KIND_COUNT; i++) {
    const char *name = celements_kind_name((celements_kind)i);
    const char *meaning = celements_kind_meaning((celements_kind)i);
    REQUIRE(name != NULL && meaning != NULL);
    CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name) && *name);
    CHECK(*meaning && !strchr(meaning, '\n'));
    for(j = 1; j < i; j++) {
      CHECK(strcmp(name, celements_kind_name((celements_kind)j)) != 0);
      CHECK(strcmp(meaning, celements_kind_meaning((celements_kind)j)) != 0);
    }
  }
  CHECK_TEXT(celements_kind_name(CELEMENTS_KIND_NOT_FOUND), "not_found");
}

static void test_no_kinds(void) {
  static const int none[] = {CELEMENTS_KIND_NONE, CELEMENTS_KIND_COUNT, CELEMENTS_KIND_COUNT + 1,
                             -1};
  size_t i;
  for(i = 0; i < sizeof none / sizeof none[0]; i++) {
    CHECK(celements_kind_name((celements_kind)none[i]) == NULL);
    CHECK(celements_kind_meaning((celements_kind)none[i]) == NULL);
  }
}

int main(void) {
  test_statuses();
  test_kinds();
  test_no_kinds();
  return check_done("status");
}
