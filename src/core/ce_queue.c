#include "ce_queue.h"

#include "ce_alloc.h"
#include "ce_target.h"

/* What another engine holds of a limit is given back without a word: then the limit is asked again
 * after so many milliseconds. */
#define ASK_AGAIN_MS 10

static celements_status find_lane(struct ce__queue *queue, struct ce__limit *limit,
                                  struct ce__lane **out) {
  struct ce__lane *lane = queue->lanes;
  while(lane && lane->limit != limit)
    lane = lane->next;
  if(!lane) {
    lane = ce__calloc(1, sizeof *lane);
    if(!lane)
      return CELEMENTS_NOMEM;
    lane->limit = ce__limit_ref(limit);
    lane->expires = CE__NEVER;
    lane->next = queue->lanes;
    queue->lanes = lane;
  }
  *out = lane;
  return CELEMENTS_OK;
}

static void drop_if_empty(struct ce__queue *queue, struct ce__lane *lane) {
  struct ce__lane **at = &queue->lanes;
  if(lane->running || lane->head)
    return;
  while(*at != lane)
    at = &(*at)->next;
  *at = lane->next;
  ce__limit_unref(lane->limit);
  ce__free(lane);
}

/* Whether the limit lets one more call begin; if not, the lane knows when to ask again. */
static bool ask(struct ce__lane *lane, int64_t now) {
  int64_t wait = ce__limit_take(lane->limit, now);
  if(wait == 0) {
    lane->running++;
    return true;
  }
  if(wait != CE__LIMIT_FULL)
    lane->ask_at = now + wait;
  else if(lane->running < ce__limit_max_in_flight(lane->limit))
    lane->ask_at = now + ASK_AGAIN_MS;
  else
    lane->ask_at = CE__NEVER;
  return false;
}

static void append(struct ce__lane *lane, struct ce__transfer *transfer) {
  transfer->waits = true;
  transfer->next = NULL;
  transfer->previous = lane->tail;
  if(lane->tail)
    lane->tail->next = transfer;
  else
    lane->head = transfer;
  lane->tail = transfer;
  if(transfer->deadline < lane->expires)
    lane->expires = transfer->deadline;
}

static void take_out(struct ce__lane *lane, struct ce__transfer *transfer) {
  if(transfer->previous)
    transfer->previous->next = transfer->next;
  else
    lane->head = transfer->next;
  if(transfer->next)
    transfer->next->previous = transfer->previous;
  else
    lane->tail = transfer->previous;
  transfer->next = NULL;
}

celements_status ce__queue_join(struct ce__queue *queue, struct ce__transfer *transfer,
                                int64_t now) {
  struct ce__lane *lane;
  celements_status status = find_lane(queue, transfer->target->limit, &lane);
  if(status)
    return status;
  transfer->lane = lane;
  transfer->since = now;
  transfer->deadline = transfer->timeout_ms > 0 ? now + transfer->timeout_ms : CE__NEVER;
  if(lane->head || !ask(lane, now))
    append(lane, transfer);
  return CELEMENTS_OK;
}

void ce__queue_refused(const struct ce__transfer *transfer, int64_t now, double seconds) {
  ce__limit_refused(transfer->lane->limit, now, (int64_t)(seconds * 1000));
}

void ce__queue_leave(struct ce__queue *queue, struct ce__transfer *transfer) {
  struct ce__lane *lane = transfer->lane;
  transfer->lane = NULL;
  if(transfer->waits) {
    take_out(lane, transfer);
  } else {
    lane->running--;
    lane->ask_at = 0;
    ce__limit_release(lane->limit);
  }
  drop_if_empty(queue, lane);
}

struct ce__transfer *ce__queue_admit(struct ce__queue *queue, int64_t now) {
  struct ce__lane *lane;
  for(lane = queue->lanes; lane; lane = lane->next) {
    struct ce__transfer *transfer = lane->head;
    if(transfer && lane->ask_at <= now && ask(lane, now)) {
      take_out(lane, transfer);
      transfer->waits = false;
      return transfer;
    }
  }
  return NULL;
}

/* Links what is expired to `end`; returns the new end. */
static struct ce__transfer **expire(struct ce__lane *lane, int64_t now, struct ce__transfer **end) {
  struct ce__transfer *transfer = lane->head;
  lane->expires = CE__NEVER;
  while(transfer) {
    struct ce__transfer *next = transfer->next;
    if(transfer->deadline <= now) {
      take_out(lane, transfer);
      transfer->lane = NULL;
      *end = transfer;
      end = &transfer->next;
    } else if(transfer->deadline < lane->expires) {
      lane->expires = transfer->deadline;
    }
    transfer = next;
  }
  return end;
}

struct ce__transfer *ce__queue_expire(struct ce__queue *queue, int64_t now) {
  struct ce__transfer *list = NULL;
  struct ce__transfer **end = &list;
  struct ce__lane *lane = queue->lanes;
  while(lane) {
    struct ce__lane *next = lane->next;
    if(lane->expires <= now) {
      end = expire(lane, now, end);
      drop_if_empty(queue, lane);
    }
    lane = next;
  }
  return list;
}

int64_t ce__queue_due(const struct ce__queue *queue) {
  int64_t due = CE__NEVER;
  const struct ce__lane *lane;
  for(lane = queue->lanes; lane; lane = lane->next) {
    if(lane->expires < due)
      due = lane->expires;
    if(lane->head && lane->ask_at < due)
      due = lane->ask_at;
  }
  return due;
}
