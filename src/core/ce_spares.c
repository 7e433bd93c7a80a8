/* Transfers and responses that wait for their next call. */
#include "ce_spares.h"

#define MAX_TRANSFERS 128
#define MAX_RESPONSES 128

struct ce__transfer *ce__spares_transfer(struct ce__spares *spares) {
  struct ce__transfer *transfer = spares->transfers;
  if(transfer) {
    spares->transfers = transfer->next;
    spares->transfer_count--;
  }
  return transfer;
}

celements_response *ce__spares_response(struct ce__spares *spares, size_t max_body) {
  celements_response *response = spares->responses;
  if(!response)
    return ce__response_new(max_body);
  spares->responses = response->next;
  spares->response_count--;
  ce__buf_limit(&response->body, max_body);
  return response;
}

void ce__spares_keep_transfer(struct ce__spares *spares, struct ce__transfer *transfer) {
  if(spares->transfer_count >= MAX_TRANSFERS) {
    ce__transfer_free(transfer);
    return;
  }
  transfer->next = spares->transfers;
  spares->transfers = transfer;
  spares->transfer_count++;
}

void ce__spares_keep_response(struct ce__spares *spares, celements_response *response) {
  if(!response || spares->response_count >= MAX_RESPONSES) {
    celements_response_free(response);
    return;
  }
  ce__response_reset(response, 0);
  response->next = spares->responses;
  spares->responses = response;
  spares->response_count++;
}

void ce__spares_drop(struct ce__spares *spares) {
  struct ce__transfer *transfer;
  while((transfer = ce__spares_transfer(spares)))
    ce__transfer_free(transfer);
  while(spares->responses) {
    celements_response *response = spares->responses;
    spares->responses = response->next;
    celements_response_free(response);
  }
}
