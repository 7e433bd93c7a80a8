/* What else an engine can wait for, beside its calls. */
#ifndef CE_ENGINE_H
#define CE_ENGINE_H

#include "ce_poller.h"

#pragma GCC visibility push(hidden)

struct ce__watcher {
  void *data;
  bool (*ready)(void *data, int fd); /* false if the descriptor is not the watcher's */
};

/* Makes the engine tell the watcher, within a step, of descriptors that it registered with the
 * engine's poller, and sees to more events in a step, for an engine that has its thread for itself.
 * The poller is another one in a child of fork(). */
struct ce__poller *ce__engine_watch(celements_engine *engine, const struct ce__watcher *watcher);

#pragma GCC visibility pop

#endif
