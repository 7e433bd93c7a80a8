/* The buffer: grows, never over its limit, and is whole after a refusal. */
#include "celements.h"
#include "check.h"

#include <stdint.h>

static void test_empty(void) {
  celements_buffer *buffer = NULL;
  size_t length = 99;
  REQUIRE_INT(celements_buffer_new(&buffer, 10), CELEMENTS_OK);
  CHECK(celements_buffer_data(buffer, &length) != NULL);
  CHECK_INT(length, 0);
  CHECK_INT(celements_buffer_append(buffer, NULL, 0), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "", 0), CELEMENTS_OK);
  celements_buffer_clear(buffer);
  CHECK(celements_buffer_data(buffer, &length) != NULL);
  CHECK_INT(length, 0);
  celements_buffer_free(buffer);
  celements_buffer_free(NULL);
}

static void test_limit(void) {
  celements_buffer *buffer = NULL;
  const char *data;
  size_t length;
  REQUIRE_INT(celements_buffer_new(&buffer, 5), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "abc", 3), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "def", 3), CELEMENTS_TOO_BIG);
  data = celements_buffer_data(buffer, &length);
  CHECK_BYTES(data, length, "abc");
  CHECK_INT(celements_buffer_append(buffer, "de", 2), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "f", 1), CELEMENTS_TOO_BIG);
  CHECK_INT(celements_buffer_append(buffer, "f", SIZE_MAX), CELEMENTS_TOO_BIG);
  data = celements_buffer_data(buffer, &length);
  CHECK_BYTES(data, length, "abcde");
  celements_buffer_clear(buffer);
  CHECK_INT(celements_buffer_append(buffer, "12345", 5), CELEMENTS_OK);
  celements_buffer_free(buffer);
}

static void test_no_room(void) {
  celements_buffer *buffer = NULL;
  REQUIRE_INT(celements_buffer_new(&buffer, 0), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "", 0), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "a", 1), CELEMENTS_TOO_BIG);
  celements_buffer_free(buffer);
}

/* A limit near the end of the address space must not make a sum wrap. */
static void test_huge_limit(void) {
  celements_buffer *buffer = NULL;
  const char *data;
  size_t length;
  REQUIRE_INT(celements_buffer_new(&buffer, SIZE_MAX), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "abc", 3), CELEMENTS_OK);
  CHECK_INT(celements_buffer_append(buffer, "abc", SIZE_MAX - 2), CELEMENTS_TOO_BIG);
  CHECK_INT(celements_buffer_append(buffer, "abc", SIZE_MAX), CELEMENTS_TOO_BIG);
  data = celements_buffer_data(buffer, &length);
  CHECK_BYTES(data, length, "abc");
  celements_buffer_free(buffer);
}

static void test_growth(void) {
  celements_buffer *buffer = NULL;
  const size_t count = 3u << 20;
  const char *data;
  size_t length;
  size_t wrong = 0;
  size_t i;
  REQUIRE_INT(celements_buffer_new(&buffer, count), CELEMENTS_OK);
  for(i = 0; i < count; i++) {
    char byte = (char)(i * 7);
    if(celements_buffer_append(buffer, &byte, 1))
      wrong++;
  }
  data = celements_buffer_data(buffer, &length);
  REQUIRE_INT(length, count);
  for(i = 0; i < count; i++)
    wrong += data[i] != (char)(i * 7);
  CHECK_INT(wrong, 0);
  CHECK_INT(celements_buffer_append(buffer, "x", 1), CELEMENTS_TOO_BIG);
  celements_buffer_clear(buffer);
  CHECK_INT(celements_buffer_append(buffer, "again\0", 6), CELEMENTS_OK);
  data = celements_buffer_data(buffer, &length);
  CHECK_INT(length, 6);
  CHECK(memcmp(data, "again\0", 6) == 0);
  celements_buffer_free(buffer);
}

int main(void) {
  test_empty();
  test_limit();
  test_no_room();
  test_huge_limit();
  test_growth();
  return check_done("buffer");
}
