/* Trying again: whether and when, for every method and outcome. */
#include "check.h"
#include "outcome.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const repeatable[] = {"GET", "HEAD", "PUT", "DELETE"};
static const char *const once[] = {"POST", "PATCH", "OPTIONS", "get"};

/* The reasons for methods that can be repeated, and for the others. */
static void check(struct celements_outcome outcome, celements_reason others,
                  celements_reason posts) {
  size_t i;
  for(i = 0; i < COUNT(repeatable) + COUNT(once); i++) {
    bool first = i < COUNT(repeatable);
    const char *method = first ? repeatable[i] : once[i - COUNT(repeatable)];
    celements_reason wanted = first ? others : posts;
    bool again = wanted != CELEMENTS_REASON_HOPELESS && wanted != CELEMENTS_REASON_UNSAFE;
    struct celements_retry retry = celements_retry(method, &outcome, 1, 0.5);
    if(!CHECK_INT(retry.reason, wanted) || !CHECK_INT(retry.delay >= 0, again))
      fprintf(stderr, "  for %s, status %ld, transport %d, %s\n", method, outcome.status,
              (int)outcome.transport, outcome.sent ? "sent" : "not sent");
  }
}

static void test_broken(void) {
  int kind;
  for(kind = 1; kind < CELEMENTS_KIND_COUNT; kind++) {
    bool may_pass = kind == CELEMENTS_KIND_NETWORK || kind == CELEMENTS_KIND_TIMEOUT;
    check(broken((celements_kind)kind, true),
          may_pass ? CELEMENTS_REASON_REPEATABLE : CELEMENTS_REASON_HOPELESS,
          may_pass ? CELEMENTS_REASON_UNSAFE : CELEMENTS_REASON_HOPELESS);
    check(broken((celements_kind)kind, false),
          may_pass ? CELEMENTS_REASON_UNSENT : CELEMENTS_REASON_HOPELESS,
          may_pass ? CELEMENTS_REASON_UNSENT : CELEMENTS_REASON_HOPELESS);
  }
}

static void test_answers(void) {
  long status;
  for(status = 100; status < 600; status++) {
    struct celements_outcome outcome = answer(status);
    bool refused = status == 429 || status == 503;
    bool may_pass = refused || status == 408 || status == 502 || status == 504;
    celements_reason others = may_pass ? CELEMENTS_REASON_REPEATABLE : CELEMENTS_REASON_HOPELESS;
    celements_reason posts = may_pass ? CELEMENTS_REASON_UNSAFE : CELEMENTS_REASON_HOPELESS;
    check(outcome, others, posts);
    outcome.provider_message = true;
    check(outcome, others, posts);
    outcome.retry_after = true;
    check(outcome, refused ? CELEMENTS_REASON_ASKED : others,
          refused ? CELEMENTS_REASON_ASKED : posts);
  }
}

/* An answer that came whole but is no JSON, and one that broke off. */
static void test_useless_answers(void) {
  struct celements_outcome outcome = answer(200);
  outcome.json = false;
  check(outcome, CELEMENTS_REASON_HOPELESS, CELEMENTS_REASON_HOPELESS);
  outcome = answer(503);
  outcome.transport = CELEMENTS_KIND_NETWORK;
  outcome.retry_after = true;
  check(outcome, CELEMENTS_REASON_REPEATABLE, CELEMENTS_REASON_UNSAFE);
  outcome = answer(200);
  outcome.transport = CELEMENTS_KIND_RESPONSE;
  outcome.cut = true;
  check(outcome, CELEMENTS_REASON_REPEATABLE, CELEMENTS_REASON_UNSAFE);
}

/* 429 for a body over the platform's 8 MB. */
static void test_too_large(void) {
  struct celements_outcome outcome = answer(429);
  outcome.request_body = (8 << 20) + 1;
  check(outcome, CELEMENTS_REASON_HOPELESS, CELEMENTS_REASON_HOPELESS);
  outcome.retry_after = true; /* it says itself that waiting helps */
  check(outcome, CELEMENTS_REASON_ASKED, CELEMENTS_REASON_ASKED);
  outcome.retry_after = false;
  outcome.request_body = 8 << 20;
  check(outcome, CELEMENTS_REASON_REPEATABLE, CELEMENTS_REASON_UNSAFE);
}

static double delay(unsigned attempt, double random, double wait) {
  struct celements_outcome outcome = answer(503);
  outcome.retry_after = wait >= 0;
  outcome.wait = wait >= 0 ? wait : 0;
  return celements_retry("GET", &outcome, attempt, random).delay;
}

static void test_delays(void) {
  static const double longest[] = {0.5, 1, 2, 4, 8, 8, 8};
  unsigned i;
  for(i = 0; i < COUNT(longest); i++) {
    CHECK(delay(i + 1, 0, -1) == 0);
    CHECK(delay(i + 1, 0.5, -1) == longest[i] / 2);
    CHECK(delay(i + 1, 0.999, -1) < longest[i]);
    CHECK(delay(i + 1, 0, 30) == 30);
    CHECK(delay(i + 1, 0.5, 30) == 30 + longest[i] / 2);
  }
  CHECK(delay(4000000000U, 0.5, -1) == 4);
  CHECK(delay(0, 0.5, -1) == 0.25);
}

/* 1994-11-06T08:49:37Z, the example of RFC 9110. */
#define EXAMPLE 784111777

/* -1 for a block that does not say. */
static double retry_after(const char *block, int64_t now) {
  double seconds = -2;
  bool found = celements_retry_after(block, strlen(block), now, &seconds);
  CHECK(found || seconds == -2);
  return found ? seconds : -1;
}

static void test_seconds(void) {
  CHECK(retry_after("retry-after: 0\n", 0) == 0);
  CHECK(retry_after("a: b\nretry-after: 120\n", 0) == 120);
  CHECK(retry_after("retry-after: 00007\n", 0) == 7);
  CHECK(retry_after("retry-after: 86401\n", 0) == 86400);
  CHECK(retry_after("retry-after: 99999999999999999999999999999\n", 0) == 86400);
}

static void test_dates(void) {
  static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
  char block[200];
  size_t i;
  for(i = 0; i < COUNT(forms); i++) {
    snprintf(block, sizeof block, "retry-after: %s\n", forms[i]);
    CHECK(retry_after(block, EXAMPLE - 25) == 25);
    CHECK(retry_after(block, EXAMPLE) == 0);
    CHECK(retry_after(block, EXAMPLE + 25) == 0);
    CHECK(retry_after(block, 0) == 86400);
  }
}

/* The platform's own clock counts, however wrong the local one is. */
static void test_date_of_answer(void) {
  static const char block[] = "date: Sun, 06 Nov 1994 08:49:07 GMT\n"
                              "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\n";
  CHECK(retry_after(block, 0) == 30);
  CHECK(retry_after(block, 4000000000) == 30);
  CHECK(retry_after("date: yesterday\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\n", EXAMPLE - 5) ==
        5);
  CHECK(retry_after("date: Sun, 06 Nov 1994 08:49:07 GMT\nretry-after: 9\n", 0) == 9);
}

static void test_nonsense(void) {
  static const char *const texts[] = {
      "",     "-1",    "1.5", "1 s", "soon",
      "0x10", "12:00", "+5",  "NaN", "Sun, 99 Nov 1994 08:49:37 GMT"};
  char block[300];
  size_t i;
  for(i = 0; i < COUNT(texts); i++) {
    snprintf(block, sizeof block, "retry-after: %s\n", texts[i]);
    if(!CHECK(retry_after(block, 0) == -1))
      fprintf(stderr, "  for '%s'\n", texts[i]);
  }
  snprintf(block, sizeof block, "retry-after: %0250d GMT\n", 1);
  CHECK(retry_after(block, 0) == -1);
  CHECK(retry_after("retry: 1\n", 0) == -1);
  CHECK(retry_after("", 0) == -1);
}

static void test_names(void) {
  CHECK_TEXT(celements_reason_name(CELEMENTS_REASON_UNSENT), "unsent");
  CHECK_TEXT(celements_reason_name(CELEMENTS_REASON_HOPELESS), "hopeless");
  CHECK(celements_reason_name((celements_reason)99) == NULL);
}

/* In range, and not all the same. */
static void test_random(void) {
  double first = celements_random();
  int different = 0;
  int i;
  for(i = 0; i < 1000; i++) {
    double random = celements_random();
    CHECK(random >= 0 && random < 1);
    different += random != first;
  }
  CHECK(different > 900);
}

int main(void) {
  test_broken();
  test_answers();
  test_useless_answers();
  test_too_large();
  test_delays();
  test_seconds();
  test_dates();
  test_date_of_answer();
  test_nonsense();
  test_names();
  test_random();
  return check_done("retry");
}
