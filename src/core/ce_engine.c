/* The engine: calls in slots, carried by libcurl's multi handle. */
#include "ce_engine.h"

#include "ce_alloc.h"
#include "ce_multi.h"
#include "ce_queue.h"
#include "ce_slots.h"
#include "ce_spares.h"

#include <limits.h>

#define FEW_EVENTS 16 /* what else runs in the thread gets its turn after so many */
#define MANY_EVENTS 64

struct celements_engine {
  struct ce__multi multi;
  struct ce__slots slots;
  struct ce__queue queue;
  struct ce__spares spares;
  int max_events; /* to be seen to in one step */
  struct ce__watcher watcher;
};

celements_status celements_engine_new(celements_engine **out) {
  celements_status status = celements_init(NULL);
  celements_engine *engine;
  if(status)
    return status;
  engine = ce__calloc(1, sizeof *engine);
  if(!engine)
    return CELEMENTS_NOMEM;
  ce__slots_init(&engine->slots);
  engine->max_events = FEW_EVENTS;
  status = ce__multi_open(&engine->multi);
  if(status) {
    ce__poller_free(engine->multi.poller);
    ce__free(engine);
    return status;
  }
  *out = engine;
  return CELEMENTS_OK;
}

/* ---------------------------------------------------------------- transfers */

static celements_status idle_transfer(celements_engine *engine, struct ce__transfer **out) {
  *out = ce__spares_transfer(&engine->spares);
  return *out ? CELEMENTS_OK : ce__transfer_new(out, &engine->multi.poller, &engine->slots);
}

/* Ends a call whose transfer no multi handle has. */
static void end(celements_engine *engine, struct ce__transfer *transfer, celements_kind why) {
  if(transfer->lane)
    ce__queue_leave(&engine->queue, transfer);
  ce__slots_finish(
      &engine->slots, transfer->slot,
      ce__transfer_stop(transfer, why,
                        why == CELEMENTS_KIND_CLOSED    ? "the client or session was closed"
                        : why == CELEMENTS_KIND_NETWORK ? "out of memory or of descriptors"
                        : why == CELEMENTS_KIND_TIMEOUT
                            ? "the time was over before max_in_flight or rate let the call begin"
                            : "the call was cancelled"));
  ce__spares_keep_transfer(&engine->spares, transfer);
}

static void stop(celements_engine *engine, size_t at, celements_kind why) {
  struct ce__transfer *transfer = engine->slots.all[at].transfer;
  if(!transfer->waits)
    ce__multi_remove(&engine->multi, transfer);
  end(engine, transfer, why);
}

/* A multi handle that ran out of memory is not to be trusted: 7.88 crashes when it meets the same
 * socket again. What is in flight ends, and says why; the next step begins with a new one. */
static void drop_multi(celements_engine *engine) {
  size_t at;
  for(at = 0; at < engine->slots.count; at++) {
    if(engine->slots.all[at].state == CE__SLOT_RUNNING && !engine->slots.all[at].transfer->waits)
      stop(engine, at, CELEMENTS_KIND_NETWORK);
  }
  ce__multi_close(&engine->multi);
}

/* What an answer teaches about the limit that its call counted for. */
static void heed(struct ce__transfer *transfer, const celements_response *response) {
  struct celements_outcome outcome;
  if(response->status != 429)
    return;
  outcome = celements_response_outcome(response);
  if(celements_classify(&outcome) == CELEMENTS_KIND_RATE_LIMITED)
    ce__queue_refused(transfer, celements_now(), outcome.wait);
}

/* A call has ended by itself. */
static void complete(celements_engine *engine, struct ce__transfer *transfer, CURLcode code) {
  celements_response *response;
  ce__multi_remove(&engine->multi, transfer);
  response = ce__transfer_finish(transfer, code);
  if(transfer->lane) {
    heed(transfer, response);
    ce__queue_leave(&engine->queue, transfer);
  }
  ce__slots_finish(&engine->slots, transfer->slot, response);
  ce__spares_keep_transfer(&engine->spares, transfer);
  ce__multi_size(&engine->multi, engine->slots.running);
}

static void collect(celements_engine *engine) {
  CURLMsg *message;
  int left;
  while((message = curl_multi_info_read(engine->multi.handle, &left))) {
    struct ce__transfer *transfer = NULL;
    CURLcode code = message->data.result;
    if(message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    complete(engine, transfer, code);
  }
}

/* Begins the calls that waited for a limit, or ends them. */
static void begin_waiting(celements_engine *engine) {
  int64_t now;
  struct ce__transfer *transfer;
  if(!engine->queue.lanes || engine->multi.broken)
    return;
  now = celements_now();
  transfer = ce__queue_expire(&engine->queue, now);
  while(transfer) {
    struct ce__transfer *next = transfer->next;
    end(engine, transfer, CELEMENTS_KIND_TIMEOUT);
    transfer = next;
  }
  while((transfer = ce__queue_admit(&engine->queue, now))) {
    if(ce__transfer_resume(transfer, now) || ce__multi_add(&engine->multi, transfer))
      end(engine, transfer, CELEMENTS_KIND_NETWORK);
  }
}

/* ---------------------------------------------------------------- fork */

/* In a child of fork() the connections and the epoll set are the parent's: speaking on them or
 * taking them down would break the parent's calls. What is in flight goes on there; here everything
 * begins anew. */
static void abandon(celements_engine *engine) {
  size_t at;
  for(at = 0; at < engine->slots.count; at++) {
    struct ce__transfer *transfer = engine->slots.all[at].transfer;
    if(engine->slots.all[at].state != CE__SLOT_RUNNING)
      continue;
    if(!transfer->waits)
      transfer->easy = NULL; /* the abandoned multi handle holds it */
    if(transfer->lane)
      ce__queue_leave(&engine->queue, transfer);
    ce__slots_finish(&engine->slots, at,
                     ce__transfer_stop(transfer, CELEMENTS_KIND_CANCELLED,
                                       "the process forked: the call goes on in its parent"));
    ce__transfer_free(transfer);
  }
  ce__multi_abandon(&engine->multi);
}

static celements_status ready(celements_engine *engine) {
  if(engine->multi.forks != ce__fork_count()) {
    abandon(engine);
    engine->multi.forks = ce__fork_count();
  }
  return engine->multi.handle ? CELEMENTS_OK : ce__multi_open(&engine->multi);
}

/* For what needs no multi handle, but must know that a fork ended the calls. */
static void notice_fork(celements_engine *engine) {
  if(engine->multi.forks != ce__fork_count())
    (void)ready(engine);
}

/* ---------------------------------------------------------------- the public face */

void celements_engine_free(celements_engine *engine) {
  size_t at;
  if(!engine)
    return;
  if(engine->multi.forks != ce__fork_count())
    abandon(engine);
  for(at = 0; at < engine->slots.count; at++) {
    if(engine->slots.all[at].state == CE__SLOT_RUNNING)
      stop(engine, at, CELEMENTS_KIND_CLOSED);
    if(engine->slots.all[at].state == CE__SLOT_DONE)
      celements_response_free(engine->slots.all[at].response);
  }
  ce__spares_drop(&engine->spares);
  if(engine->multi.handle) /* this closes the connections, so the poller must still be there */
    ce__multi_close(&engine->multi);
  ce__poller_free(engine->multi.poller);
  ce__slots_drop(&engine->slots);
  ce__free(engine);
}

celements_status celements_engine_reserve(celements_engine *engine, celements_ticket *ticket) {
  celements_status status = ready(engine);
  return status ? status : ce__slots_reserve(&engine->slots, ticket);
}

celements_status celements_engine_submit(celements_engine *engine, celements_request *request,
                                         celements_ticket *ticket) {
  struct ce__transfer *transfer;
  celements_response *response;
  celements_ticket next;
  celements_status status = ready(engine);
  if(status)
    return status;
  if(!request->target)
    return CELEMENTS_CLOSED;
  status = ce__slots_reserve(&engine->slots, &next);
  if(status)
    return status;
  status = idle_transfer(engine, &transfer);
  if(status)
    return status;
  response = ce__spares_response(&engine->spares, request->max_body);
  status = response ? ce__transfer_start(transfer, request, response) : CELEMENTS_NOMEM;
  if(status) {
    ce__spares_keep_transfer(&engine->spares, transfer);
    ce__spares_keep_response(&engine->spares, response);
    return status;
  }
  if(transfer->target->limit)
    status = ce__queue_join(&engine->queue, transfer, celements_now());
  if(!status && !transfer->waits)
    status = ce__multi_add(&engine->multi, transfer);
  if(status) {
    if(transfer->lane)
      ce__queue_leave(&engine->queue, transfer);
    ce__spares_keep_response(&engine->spares,
                             ce__transfer_stop(transfer, CELEMENTS_KIND_CANCELLED, ""));
    ce__spares_keep_transfer(&engine->spares, transfer);
    return status;
  }
  *ticket = ce__slots_start(&engine->slots, transfer);
  ce__multi_size(&engine->multi, engine->slots.running);
  return CELEMENTS_OK;
}

/* When a step is due by the clock: libcurl's time or the queue's; -1 for never, and never 0. */
static int64_t next_due(const celements_engine *engine) {
  int64_t due = engine->queue.lanes ? ce__queue_due(&engine->queue) : CE__NEVER;
  if(engine->multi.timer >= 0 && engine->multi.timer < due)
    due = engine->multi.timer;
  return due == CE__NEVER ? -1 : due > 0 ? due : 1;
}

static long until_due(const celements_engine *engine) {
  int64_t due = next_due(engine);
  int64_t left;
  if(due < 0)
    return -1;
  left = due - celements_now();
  return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (long)left;
}

static celements_status act_on_events(celements_engine *engine, long timeout_ms) {
  struct ce__poll_event events[MANY_EVENTS];
  int count = 0;
  int i;
  celements_status status =
      ce__poller_wait(engine->multi.poller, events, engine->max_events, timeout_ms, &count);
  for(i = 0; i < count && !status; i++) {
    int what = ((events[i].ready & CE__POLL_IN) ? CURL_CSELECT_IN : 0) |
               ((events[i].ready & CE__POLL_OUT) ? CURL_CSELECT_OUT : 0) |
               ((events[i].ready & CE__POLL_ERROR) ? CURL_CSELECT_ERR : 0);
    if(engine->watcher.ready && engine->watcher.ready(engine->watcher.data, events[i].fd))
      continue;
    status = ce__multi_act(&engine->multi, events[i].fd, what);
  }
  return status;
}

celements_status celements_engine_step(celements_engine *engine, long timeout_ms) {
  uint64_t news = engine->slots.news; /* a fork noticed now ends calls, too */
  celements_status status = ready(engine);
  long wait;
  if(status)
    return status;
  status = ce__multi_act_on_timer(&engine->multi);
  collect(engine);
  begin_waiting(engine);
  if(!status && engine->slots.news == news) { /* a call can end inside one timer action */
    wait = until_due(engine);
    if(wait < 0 || (timeout_ms >= 0 && timeout_ms < wait))
      wait = timeout_ms;
    status = act_on_events(engine, wait);
    if(!status)
      status = ce__multi_act_on_timer(&engine->multi);
    collect(engine);
    begin_waiting(engine);
  }
  if(engine->multi.broken) {
    drop_multi(engine);
    return CELEMENTS_OK;
  }
  return status;
}

struct ce__poller *ce__engine_watch(celements_engine *engine, const struct ce__watcher *watcher) {
  engine->watcher = *watcher;
  engine->max_events = MANY_EVENTS;
  return engine->multi.poller;
}

bool celements_engine_done(celements_engine *engine, celements_ticket ticket) {
  const struct ce__slot *slot;
  notice_fork(engine);
  slot = ce__slots_find(&engine->slots, ticket);
  return !slot || slot->state == CE__SLOT_DONE;
}

static struct ce__transfer *streaming(celements_engine *engine, celements_ticket ticket) {
  struct ce__slot *slot = ce__slots_find(&engine->slots, ticket);
  return slot && slot->state == CE__SLOT_RUNNING && slot->transfer->stream ? slot->transfer : NULL;
}

bool celements_engine_stirs(celements_engine *engine, celements_ticket ticket) {
  struct ce__transfer *transfer;
  notice_fork(engine);
  transfer = streaming(engine, ticket);
  return transfer && ce__stream_is_ready(transfer->stream);
}

void celements_engine_resume(celements_engine *engine, celements_ticket ticket) {
  struct ce__transfer *transfer;
  CURLcode code;
  if(ready(engine))
    return;
  transfer = streaming(engine, ticket);
  if(!transfer)
    return;
  ce__slots_calm(&engine->slots, transfer->slot);
  if(!transfer->paused)
    return;
  transfer->paused = false;
  code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT); /* which hands over what it held back */
  if(code != CURLE_OK)
    complete(engine, transfer, code);
}

celements_ticket celements_engine_next_done(celements_engine *engine) {
  notice_fork(engine);
  return ce__slots_next_done(&engine->slots);
}

celements_status celements_engine_take(celements_engine *engine, celements_ticket ticket,
                                       celements_response **out) {
  struct ce__slot *slot;
  notice_fork(engine);
  slot = ce__slots_find(&engine->slots, ticket);
  if(!slot)
    return CELEMENTS_CLOSED;
  if(slot->state != CE__SLOT_DONE)
    return CELEMENTS_PENDING;
  *out = ce__slots_take(&engine->slots, slot);
  return CELEMENTS_OK;
}

void celements_engine_recycle(celements_engine *engine, celements_response *response) {
  ce__spares_keep_response(&engine->spares, response);
}

void celements_engine_cancel(celements_engine *engine, celements_ticket ticket,
                             celements_kind why) {
  struct ce__slot *slot;
  if(ready(engine))
    return;
  slot = ce__slots_find(&engine->slots, ticket);
  if(slot && slot->state == CE__SLOT_RUNNING)
    stop(engine, slot->transfer->slot, why);
}

void celements_engine_cancel_target(celements_engine *engine, const celements_target *target,
                                    celements_kind why) {
  size_t at;
  if(ready(engine))
    return;
  for(at = 0; at < engine->slots.count; at++) {
    if(engine->slots.all[at].state == CE__SLOT_RUNNING &&
       engine->slots.all[at].transfer->target == target)
      stop(engine, at, why);
  }
}

size_t celements_engine_in_flight(celements_engine *engine) {
  notice_fork(engine);
  return engine->slots.running;
}

int celements_engine_pollfd(celements_engine *engine) {
  int64_t due;
  if(ready(engine))
    return -1;
  due = next_due(engine);
  if(due >= 0 && ce__poller_arm(engine->multi.poller, due))
    return -1;
  return ce__poller_fd(engine->multi.poller);
}
