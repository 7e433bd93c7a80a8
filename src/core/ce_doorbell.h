/*
 * Where the owner of a service waits until something is done: a Unix socket that only this process
 * can reach. One visitor stands at the door, the one who came last, and gets a byte when it is
 * rung. To be used by one thread; `path` by any.
 */
#ifndef CE_DOORBELL_H
#define CE_DOORBELL_H

#include "ce_poller.h"

#pragma GCC visibility push(hidden)

struct ce__doorbell;

/* SYSTEM if the system refuses a socket. */
celements_status ce__doorbell_new(struct ce__doorbell **out);
/* Closes the door, also on who stands there. */
void ce__doorbell_free(struct ce__doorbell *doorbell);
/* For connect(). Where the system allows it, no file is left behind, whatever ends the process. */
const char *ce__doorbell_path(const struct ce__doorbell *doorbell);

/* Lets the poller tell of visitors. */
celements_status ce__doorbell_open(struct ce__doorbell *doorbell, struct ce__poller *poller);
/* What the poller said of `fd`; false if that is none of the doorbell's. */
bool ce__doorbell_event(struct ce__doorbell *doorbell, int fd);
/* True while somebody stands at the door. */
bool ce__doorbell_visited(const struct ce__doorbell *doorbell);
/* Rings. With nobody there, the next visitor is rung for at once. */
void ce__doorbell_ring(struct ce__doorbell *doorbell);

#pragma GCC visibility pop

#endif
