/* What calls have left behind for the next ones: transfers and responses. */
#ifndef CE_SPARES_H
#define CE_SPARES_H

#include "ce_transfer.h"

#pragma GCC visibility push(hidden)

struct ce__spares {
  struct ce__transfer *transfers;
  size_t transfer_count;
  celements_response *responses;
  size_t response_count;
};

/* A spare one; NULL for none. */
struct ce__transfer *ce__spares_transfer(struct ce__spares *spares);
/* A spare one, or a new one; NULL when there is no memory. */
celements_response *ce__spares_response(struct ce__spares *spares, size_t max_body);
/* Keep what is not needed any more, or free it where there is enough. */
void ce__spares_keep_transfer(struct ce__spares *spares, struct ce__transfer *transfer);
void ce__spares_keep_response(struct ce__spares *spares, celements_response *response);
/* Frees all. */
void ce__spares_drop(struct ce__spares *spares);

#pragma GCC visibility pop

#endif
