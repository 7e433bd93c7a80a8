/*
 * Where others wait until something is done: a Unix socket that only this process can reach. Who
 * connects sends a ticket of eight bytes, and gets one byte when it is rung. To be used by one
 * thread; `path` by any.
 */
#ifndef CE_DOORBELL_H
#define CE_DOORBELL_H

#include "ce_poller.h"

#pragma GCC visibility push(hidden)

struct ce__doorbell;

/* What the visitors want. Neither may free the doorbell. */
struct ce__doorbell_host {
  void *data;
  /* A visitor at `door` sent a ticket. */
  void (*asked)(void *data, int door, uint64_t ticket);
  /* The visitor went away before it was rung. */
  void (*left)(void *data, int door, uint64_t ticket);
};

/* The host is copied. SYSTEM if the system refuses a socket. */
celements_status ce__doorbell_new(struct ce__doorbell **out, const struct ce__doorbell_host *host);
/* Closes every door. */
void ce__doorbell_free(struct ce__doorbell *doorbell);
/* For connect(). Where the system allows it, no file is left behind, whatever ends the process. */
const char *ce__doorbell_path(const struct ce__doorbell *doorbell);

/* Lets the poller tell of visitors. */
celements_status ce__doorbell_open(struct ce__doorbell *doorbell, struct ce__poller *poller);
/* What the poller said of `fd`; false if that is none of the doorbell's. */
bool ce__doorbell_event(struct ce__doorbell *doorbell, int fd);
/* Rings at a door that asked. */
void ce__doorbell_ring(struct ce__doorbell *doorbell, int door);

#pragma GCC visibility pop

#endif
