/* Outcomes made by hand: an answer that came, and a call that broke. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "celements.h"

static inline struct celements_outcome answer(long status) {
  struct celements_outcome outcome = {0};
  outcome.status = status;
  outcome.json = true;
  outcome.sent = true;
  return outcome;
}

static inline struct celements_outcome broken(celements_kind transport, bool sent) {
  struct celements_outcome outcome = {0};
  outcome.transport = transport;
  outcome.json = true;
  outcome.sent = sent;
  return outcome;
}

#endif
