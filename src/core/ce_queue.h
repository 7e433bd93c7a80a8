/*
 * Calls whose client has a limit, while they wait for it and while they are in flight: a lane for
 * each limit. A lane is first come, first served, and knows nothing of the others.
 */
#ifndef CE_QUEUE_H
#define CE_QUEUE_H

#include "ce_limit.h"
#include "ce_transfer.h"

#pragma GCC visibility push(hidden)

#define CE__NEVER INT64_MAX

struct ce__lane {
  struct ce__limit *limit;
  size_t running;            /* calls in flight that the limit counts */
  struct ce__transfer *head; /* calls that wait */
  struct ce__transfer *tail;
  int64_t ask_at;  /* when to ask the limit again; CE__NEVER when only a call that ends can help */
  int64_t expires; /* no call's deadline is earlier; CE__NEVER for none */
  struct ce__lane *next;
};

struct ce__queue {
  struct ce__lane *lanes; /* those with a call; NULL: nobody's calls are limited */
};

/* Puts a prepared transfer, whose target has a limit, into its lane. It `waits` then, or may begin
 * at once. */
celements_status ce__queue_join(struct ce__queue *queue, struct ce__transfer *transfer,
                                int64_t now);
/* The platform refused the call of a transfer that is in its lane, and said to wait so long. */
void ce__queue_refused(const struct ce__transfer *transfer, int64_t now, double seconds);
/* Takes a transfer out, whether it waits or is in flight: its call ends. */
void ce__queue_leave(struct ce__queue *queue, struct ce__transfer *transfer);

/* The next transfer that may begin now, which waits no longer; NULL for none. */
struct ce__transfer *ce__queue_admit(struct ce__queue *queue, int64_t now);
/* Takes out all that waited until their deadline, linked by `next`; NULL for none. */
struct ce__transfer *ce__queue_expire(struct ce__queue *queue, int64_t now);
/* When either of these two can have something to give: CE__NEVER if only a call that ends can. */
int64_t ce__queue_due(const struct ce__queue *queue);

#pragma GCC visibility pop

#endif
