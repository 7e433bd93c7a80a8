/* The rules of a limit, on a clock of the test's own. */
#include "ce_limit.h"
#include "check.h"

static struct ce__limit *limit;

static void make(unsigned max_in_flight, double rate, unsigned burst) {
  ce__limit_unref(limit);
  limit = NULL;
  REQUIRE_INT(ce__limit_new(&limit, max_in_flight, rate, burst), CELEMENTS_OK);
}

static int taken(int count, int64_t now) {
  int got = 0;
  while(count-- > 0 && ce__limit_take(limit, now) == 0)
    got++;
  return got;
}

static void test_in_flight(void) {
  make(2, 0, 0);
  CHECK_INT(taken(5, 0), 2);
  CHECK_INT(ce__limit_take(limit, 1000000), CE__LIMIT_FULL);
  ce__limit_release(limit);
  CHECK_INT(taken(5, 0), 1);
  ce__limit_release(limit);
  ce__limit_release(limit);
  CHECK_INT(taken(5, 0), 2);
}

/* Without a burst calls begin evenly spaced, the first at once, whatever the pause before. */
static void test_rate(void) {
  int64_t wait;
  make(0, 4, 0);
  CHECK_INT(taken(5, 1000), 1);
  wait = ce__limit_take(limit, 1000);
  CHECK(wait >= 250 && wait <= 251);
  CHECK_INT(taken(5, 1249), 0);
  CHECK_INT(taken(5, 1251), 1);
  CHECK_INT(taken(5, 100000), 1);
}

static void test_burst(void) {
  make(0, 10, 5);
  CHECK_INT(taken(9, 1000), 5);
  CHECK_INT(taken(9, 1101), 1);
  CHECK_INT(taken(9, 1304), 2);
  CHECK_INT(taken(9, 1000000), 5);
}

/* Asking late does not lower the rate, and asking often does not raise it. */
static void test_rate_is_kept(void) {
  static const double rates[] = {0.5, 3, 70, 1000, 5000};
  static const int steps[] = {1, 7, 10};
  size_t i;
  size_t j;
  for(i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    for(j = 0; j < sizeof steps / sizeof steps[0]; j++) {
      double wanted = rates[i] * 20;
      int64_t now;
      int got = 0;
      make(0, rates[i], 0);
      for(now = 1000; now < 21000; now += steps[j])
        got += taken(1000, now);
      CHECK(got >= (int)(wanted * 0.98) && got <= (int)(wanted * 1.01) + 1);
    }
  }
}

static void test_both(void) {
  make(1, 10, 3);
  CHECK_INT(taken(3, 1000), 1);
  CHECK_INT(ce__limit_take(limit, 1000), CE__LIMIT_FULL);
  ce__limit_release(limit);
  CHECK_INT(taken(3, 1000), 1);
  ce__limit_release(limit);
  CHECK_INT(taken(3, 1000), 1);
  ce__limit_release(limit);
  CHECK(ce__limit_take(limit, 1000) > 0);
}

/* A refusal for want of room takes nothing off the rate. */
static void test_full_costs_nothing(void) {
  make(1, 10, 2);
  CHECK_INT(taken(50, 1000), 1);
  ce__limit_release(limit);
  CHECK_INT(taken(50, 1000), 1);
}

static void test_extremes(void) {
  make(0, 1e-9, 0);
  CHECK_INT(taken(2, 1), 1);
  CHECK(ce__limit_take(limit, 2) > 1000000);
  make(0, 1e300, 0);
  CHECK_INT(taken(1000, 1), 1);
  CHECK_INT(taken(1000, 2), 1000);
  make(0, 5, 4000000000U);
  CHECK_INT(taken(100000, 1), 100000);
}

/* A clock that stands still or goes back gives nothing away. */
static void test_clock(void) {
  make(0, 1000, 1);
  CHECK_INT(taken(5, 5000), 1);
  CHECK_INT(taken(5, 4000), 0);
  CHECK_INT(taken(5, 5000), 0);
  CHECK_INT(taken(5, 5002), 2);
}

/* How many calls begin in the second from `start` on, each at once when it may. */
static int in_a_second(int64_t start) {
  int got = 0;
  int64_t now;
  for(now = start; now < start + 1000; now++)
    got += taken(1000, now);
  return got;
}

static bool near(int got, int wanted) { return got >= wanted - 6 && got <= wanted + 6; }

static void test_refusal_halves(void) {
  int i;
  make(0, 400, 0);
  CHECK(near(in_a_second(1000), 400));
  for(i = 0; i < 50; i++) /* one burst of refusals counts once */
    ce__limit_refused(limit, 2000 + i, 0);
  CHECK(near(in_a_second(2050), 205));
  ce__limit_refused(limit, 3050, 0);
  CHECK(near(in_a_second(3050), 110));
}

static void test_refused_rate_has_a_floor(void) {
  int i;
  make(0, 1600, 0);
  for(i = 0; i < 30; i++)
    ce__limit_refused(limit, 1000 + i * 1000, 0);
  CHECK(near(in_a_second(30001), 120)); /* a sixteenth, and what comes back in a second */
}

static void test_rate_comes_back(void) {
  make(0, 400, 0);
  CHECK_INT(taken(1, 1000), 1);
  ce__limit_refused(limit, 1000, 0);
  CHECK(near(in_a_second(11000), 305));
  CHECK(near(in_a_second(30000), 400));
  CHECK(near(in_a_second(100000), 400));
}

static void test_refusal_pauses(void) {
  make(0, 1000, 5);
  CHECK_INT(taken(1, 1000), 1);
  ce__limit_refused(limit, 1000, 3000);
  ce__limit_refused(limit, 1000, 10); /* the longer one counts */
  CHECK_INT(ce__limit_take(limit, 1500), 2500);
  CHECK_INT(taken(5, 3999), 0);
  CHECK_INT(taken(1, 4000), 1);
  ce__limit_refused(limit, 10000, 86400000);
  CHECK_INT(ce__limit_take(limit, 10000), 60000);
}

static void test_refusal_without_rate(void) {
  make(2, 0, 0);
  CHECK_INT(taken(1, 1000), 1);
  ce__limit_refused(limit, 1000, 500);
  CHECK_INT(ce__limit_take(limit, 1000), 500);
  CHECK_INT(taken(5, 1500), 1);
}

static void test_refusal_takes_a_burst_back(void) {
  make(0, 10, 50);
  CHECK_INT(taken(1, 1000), 1);
  ce__limit_refused(limit, 1000, 0);
  CHECK_INT(taken(50, 1000), 1);
}

static void test_references(void) {
  make(1, 0, 0);
  CHECK(ce__limit_ref(limit) == limit);
  ce__limit_unref(limit);
  CHECK_INT(taken(2, 0), 1);
  ce__limit_unref(NULL);
}

int main(void) {
  test_in_flight();
  test_rate();
  test_burst();
  test_rate_is_kept();
  test_both();
  test_full_costs_nothing();
  test_extremes();
  test_clock();
  test_refusal_halves();
  test_refused_rate_has_a_floor();
  test_rate_comes_back();
  test_refusal_pauses();
  test_refusal_without_rate();
  test_refusal_takes_a_burst_back();
  test_references();
  ce__limit_unref(limit);
  return check_done("limit");
}
