#include "ce_share.h"

#include "ce_alloc.h"
#include "ce_transfer.h"

/* Calls that a connection carries unless it is seen to carry fewer: servers should allow 100 (RFC
 * 9113, 6.5.2), and libcurl sends no more. The fewer the connections, the cheaper a call (make
 * bench). */
#define FEW_STREAMS 32

/* Enough to find out what a server does. */
#define FEW_CONNECTIONS 8

/* How many connections there may be for each call that needs one of its own: some that are idle may
 * be of no use to it. */
#define SPARE 4

/* What nobody uses serves the next ones. */
static struct ce__share *find(struct ce__shares *shares, size_t transport) {
  struct ce__share *unused = NULL;
  struct ce__share *each;
  for(each = shares->all; each; each = each->next) {
    if(!each->running)
      unused = each;
    else if(each->transport == transport)
      return each;
  }
  if(!unused) {
    unused = ce__malloc(sizeof *unused);
    if(!unused)
      return NULL;
    unused->next = shares->all;
    shares->all = unused;
  }
  *unused = (struct ce__share){.transport = transport, .next = unused->next};
  return unused;
}

void ce__share_join(struct ce__shares *shares, struct ce__transfer *transfer) {
  const celements_target *target = transfer->target;
  transfer->share = ce__target_http2(target) ? find(shares, target->transport) : NULL;
  transfer->port = 0;
  if(transfer->share)
    transfer->share->running++;
  else
    shares->alone++;
}

static void take_back(struct ce__transfer *transfer) {
  struct ce__share *share = transfer->share;
  if(transfer->port && transfer->port == share->port && share->calls)
    share->calls--;
  transfer->port = 0;
}

void ce__share_sent(struct ce__transfer *transfer, int port) {
  struct ce__share *share = transfer->share;
  if(!share)
    return;
  take_back(transfer); /* sent before, on a connection that broke */
  transfer->port = port;
  if(port == share->port) {
    share->calls++;
    if(share->calls > 1)
      share->habit = CE__HABIT_SHARED;
    if(share->room && share->calls > share->room)
      share->room = share->calls; /* it was not full when another connection was taken */
    return;
  }
  if(share->habit == CE__HABIT_SHARED && !share->room)
    share->room = share->calls;
  else if(share->habit == CE__HABIT_UNKNOWN && share->calls)
    share->habit = CE__HABIT_SERIAL;
  share->port = port;
  share->calls = 1;
}

void ce__share_leave(struct ce__shares *shares, struct ce__transfer *transfer) {
  if(!transfer->share) {
    shares->alone--;
    return;
  }
  take_back(transfer);
  transfer->share->running--;
  transfer->share = NULL;
}

size_t ce__share_connections(const struct ce__shares *shares) {
  const struct ce__share *share;
  size_t alone = shares->alone;
  size_t enough = FEW_CONNECTIONS;
  for(share = shares->all; share; share = share->next) {
    size_t room = share->room && share->room < FEW_STREAMS ? share->room : FEW_STREAMS;
    if(share->habit == CE__HABIT_SERIAL)
      alone += share->running;
    else if(share->running / room > enough)
      enough = share->running / room;
  }
  return alone * SPARE > enough ? alone * SPARE : enough;
}

void ce__share_drop(struct ce__shares *shares) {
  while(shares->all) {
    struct ce__share *share = shares->all;
    shares->all = share->next;
    ce__free(share);
  }
  shares->alone = 0;
}
