/* How many connections are allowed, by what the calls in flight have shown. No call is made. */
#include "ce_share.h"
#include "ce_target.h"
#include "ce_transfer.h"
#include "check.h"

enum { CALLS = 400 };

static struct ce__shares shares;
static celements_target target = {.tls = true, .transport = 1};
static celements_target other = {.tls = true, .transport = 2};
static celements_target plain = {.tls = false, .transport = 3};
static celements_target http1 = {.tls = true, .http1 = true, .transport = 4};
static struct ce__transfer calls[CALLS];

static void join(int first, int count, celements_target *whose) {
  int i;
  for(i = first; i < first + count; i++) {
    calls[i].target = whose;
    ce__share_join(&shares, &calls[i]);
  }
}

static void leave(int first, int count) {
  int i;
  for(i = first; i < first + count; i++)
    ce__share_leave(&shares, &calls[i]);
}

#define CONNECTIONS(count) CHECK_INT(ce__share_connections(&shares), count)

static void test_alone(void) {
  CONNECTIONS(8);
  join(0, 1, &plain);
  ce__share_sent(&calls[0], 1000);
  join(1, 1, &http1);
  CONNECTIONS(8);
  join(2, 3, &plain);
  CONNECTIONS(20); /* some more than one for each */
  join(10, 320, &target);
  CONNECTIONS(20);
  leave(0, 5);
  CONNECTIONS(10);
  leave(10, 320);
  CONNECTIONS(8);
}

static void test_shared(void) {
  int i;
  join(0, 320, &target);
  CONNECTIONS(10); /* before anything is known */
  for(i = 0; i < 100; i++)
    ce__share_sent(&calls[i], 1000);
  for(i = 100; i < 320; i++) /* not one at a time: the first had no room left */
    ce__share_sent(&calls[i], 1001 + i % 9);
  CONNECTIONS(10);
  join(320, 20, &other);
  CONNECTIONS(10);
  leave(0, 200);
  CONNECTIONS(8);
  leave(200, 140);
}

/* Some servers allow a connection ten calls. */
static void test_little_room(void) {
  int i;
  join(0, 200, &target);
  for(i = 0; i < 10; i++)
    ce__share_sent(&calls[i], 1000);
  CONNECTIONS(8);
  ce__share_sent(&calls[10], 1001);
  CONNECTIONS(20);
  ce__share_sent(&calls[11], 1002); /* to fill the next ones evenly is libcurl's way */
  CONNECTIONS(20);
  for(i = 12; i < 31; i++) /* that one was not full */
    ce__share_sent(&calls[i], 1002);
  CONNECTIONS(10);
  leave(0, 200);
}

static void test_serial(void) {
  join(0, 300, &target);
  ce__share_sent(&calls[0], 1000);
  CONNECTIONS(9);
  ce__share_sent(&calls[1], 1001); /* while the first is in flight */
  CONNECTIONS(1200);
  join(300, 1, &other);
  CONNECTIONS(1200);
  leave(0, 300); /* of what is over nothing is remembered */
  CONNECTIONS(8);
  join(0, 300, &target);
  CONNECTIONS(9);
  leave(0, 301);
}

static void test_one_after_another(void) {
  join(0, 20, &target);
  ce__share_sent(&calls[0], 1000);
  leave(0, 1);
  ce__share_sent(&calls[1], 1000); /* which shows nothing: the connection was free again */
  leave(1, 1);
  ce__share_sent(&calls[2], 1001);
  CONNECTIONS(8);
  ce__share_sent(&calls[2], 1002); /* again, as its connection broke */
  CONNECTIONS(8);
  ce__share_sent(&calls[3], 1003);
  CONNECTIONS(72);
  leave(2, 18);
}

/* The first of them went to a connection that is about to close, say. */
static void test_mistaken(void) {
  join(0, 20, &target);
  ce__share_sent(&calls[0], 1000);
  ce__share_sent(&calls[1], 1001);
  CONNECTIONS(80);
  ce__share_sent(&calls[2], 1001);
  CONNECTIONS(8);
  leave(0, 20);
}

/* Targets come and go; what is known of them does not grow. */
static void test_places(void) {
  const struct ce__share *share;
  int count = 0;
  int i;
  for(i = 0; i < 100; i++) {
    celements_target passing = {.tls = true, .transport = (size_t)(10 + i)};
    join(0, 2, &passing);
    join(2, 1, &target);
    leave(0, 3);
  }
  for(share = shares.all; share; share = share->next)
    count++;
  CHECK_INT(count, 2);
}

int main(void) {
  test_alone();
  test_shared();
  test_little_room();
  test_serial();
  test_one_after_another();
  test_mistaken();
  test_places();
  ce__share_drop(&shares);
  return check_done("share");
}
