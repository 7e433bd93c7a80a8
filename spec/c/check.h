/*
 * A tiny harness. CHECK counts a failure and goes on, REQUIRE stops the program: for what the rest
 * depends on. A program ends with `return check_done("name")`.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_passed;
static int check_failed;

static inline int check_done(const char *name) {
  printf("%s: %d passed, %d failed\n", name, check_passed, check_failed);
  return check_failed ? 1 : 0;
}

static inline bool check_count(bool ok) {
  if(ok)
    check_passed++;
  else
    check_failed++;
  return ok;
}

static inline bool check_true(bool ok, const char *what, const char *file, int line) {
  if(!check_count(ok))
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
  return ok;
}

static inline bool check_int(long long got, long long wanted, const char *what, const char *file,
                             int line) {
  if(!check_count(got == wanted))
    fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, what, got, wanted);
  return got == wanted;
}

static inline bool check_bytes(const char *got, size_t length, const char *wanted, const char *what,
                               const char *file, int line) {
  bool ok = got && length == strlen(wanted) && memcmp(got, wanted, length) == 0;
  if(!check_count(ok))
    fprintf(stderr, "%s:%d: %s is '%.*s', not '%.300s'\n", file, line, what,
            got ? (int)(length < 300 ? length : 300) : 6, got ? got : "(null)", wanted);
  return ok;
}

static inline bool check_text(const char *got, const char *wanted, const char *what,
                              const char *file, int line) {
  return check_bytes(got, got ? strlen(got) : 0, wanted, what, file, line);
}

static inline bool check_holds(const char *text, const char *part, const char *file, int line) {
  bool ok = text && strstr(text, part);
  if(!check_count(ok))
    fprintf(stderr, "%s:%d: '%.2000s' holds no '%s'\n", file, line, text ? text : "(null)", part);
  return ok;
}

static inline void check_stop(bool ok) {
  if(!ok)
    exit(check_done("stopped"));
}

#define CHECK(ok) check_true(ok, #ok, __FILE__, __LINE__)
#define CHECK_INT(got, wanted) \
  check_int((long long)(got), (long long)(wanted), #got, __FILE__, __LINE__)
#define CHECK_BYTES(got, length, wanted) check_bytes(got, length, wanted, #got, __FILE__, __LINE__)
#define CHECK_TEXT(got, wanted) check_text(got, wanted, #got, __FILE__, __LINE__)
#define CHECK_HOLDS(text, part) check_holds(text, part, __FILE__, __LINE__)

#define REQUIRE(ok) check_stop(CHECK(ok))
#define REQUIRE_INT(got, wanted) check_stop(CHECK_INT(got, wanted))

#endif
