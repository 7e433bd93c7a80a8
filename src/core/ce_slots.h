/*
 * The calls of an engine, by ticket: a ticket is a slot and how often the slot was used, so that an
 * old ticket finds nothing. Calls that are done wait in a queue until they are named or taken.
 */
#ifndef CE_SLOTS_H
#define CE_SLOTS_H

#include "ce_transfer.h"

#pragma GCC visibility push(hidden)

#define CE__NO_SLOT ((size_t)-1)

enum ce__slot_state { CE__SLOT_FREE, CE__SLOT_RUNNING, CE__SLOT_DONE };

struct ce__slot {
  enum ce__slot_state state;
  uint64_t uses;
  struct ce__transfer *transfer; /* while RUNNING, or waiting for a limit */
  celements_response *response;  /* while DONE */
  bool queued;                   /* in the queue of calls, done or stirring, not yet named */
  size_t previous;               /* in that queue */
  size_t next;                   /* in that queue, or in the list of free slots */
};

struct ce__slots {
  struct ce__slot *all;
  size_t count;
  size_t running;
  size_t free;
  size_t first_done;
  size_t last_done;
  uint64_t news; /* how often a call was done, or stirred */
};

void ce__slots_init(struct ce__slots *slots);
/* Frees the table, not what the slots hold. */
void ce__slots_drop(struct ce__slots *slots);

/* Makes sure that ce__slots_start finds a free slot, and says which ticket it will give. */
celements_status ce__slots_reserve(struct ce__slots *slots, celements_ticket *ticket);
/* Puts a transfer into a free slot, tells it where it is, and returns its ticket. */
celements_ticket ce__slots_start(struct ce__slots *slots, struct ce__transfer *transfer);
/* The call at `at` is done: its slot holds the response now. */
void ce__slots_finish(struct ce__slots *slots, size_t at, celements_response *response);
/* The owner of the stream of a running call has something to do; and has seen to it. */
void ce__slots_stir(struct ce__slots *slots, size_t at);
void ce__slots_calm(struct ce__slots *slots, size_t at);
/* Hands over the response of a done call; its slot is free. */
celements_response *ce__slots_take(struct ce__slots *slots, struct ce__slot *slot);

/* The slot of a ticket; NULL for an unknown one. */
struct ce__slot *ce__slots_find(const struct ce__slots *slots, celements_ticket ticket);
/* The oldest call of the queue, which it leaves; 0 for none. */
celements_ticket ce__slots_next_done(struct ce__slots *slots);

#pragma GCC visibility pop

#endif
