/*
 * Many sockets and a deadline behind one descriptor.
 *
 * Sockets that are known to be announced when they close (`opened`/`closed`) are deregistered
 * lazily: a kept connection that is idle stays registered, so that its next call costs no system
 * call. It is deregistered when it wakes us while nobody wants it, or forgotten when it closes.
 */
#ifndef CE_POLLER_H
#define CE_POLLER_H

#include "ce_pollset.h"
#include "celements.h"

#pragma GCC visibility push(hidden)

struct ce__poller;

celements_status ce__poller_new(struct ce__poller **out);
/* Closes the poller's own descriptors. Registered sockets are left as they are. */
void ce__poller_free(struct ce__poller *poller);
/* The same in the child of a fork: the announced sockets are closed without a word to their peers.
 * A child may have closed everything and opened other things since, so only what is still the very
 * socket that was announced is closed; the poller's own descriptors, which nothing identifies, stay
 * open. */
void ce__poller_abandon(struct ce__poller *poller);

/* Announces that closing `fd` will be told by ce__poller_closed. */
celements_status ce__poller_opened(struct ce__poller *poller, int fd);
void ce__poller_closed(struct ce__poller *poller, int fd);
/* Says what is wanted of `fd`: CE__POLL_IN, CE__POLL_OUT, both, or 0 for nothing any more. */
celements_status ce__poller_want(struct ce__poller *poller, int fd, int events);

/* Waits at most `timeout_ms` (-1: for ever). `*count` events of sockets somebody wants, 0 also when
 * a signal came. */
celements_status ce__poller_wait(struct ce__poller *poller, struct ce__poll_event *events, int max,
                                 long timeout_ms, int *count);

/* Descriptor for an outside loop. */
int ce__poller_fd(const struct ce__poller *poller);
/* Makes the descriptor readable at `deadline`, in milliseconds of celements_now, or earlier: a
 * later deadline than the armed one costs nothing and leaves a spurious wake-up. For outside loops
 * only: a wait of our own takes its timeout as an argument, which is cheaper. */
celements_status ce__poller_arm(struct ce__poller *poller, int64_t deadline);

#pragma GCC visibility pop

#endif
