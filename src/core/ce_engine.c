/* The engine: libcurl's multi handle driven by its socket and timer callbacks, calls in slots. */
#include "ce_alloc.h"
#include "ce_poller.h"
#include "ce_transfer.h"

#include <limits.h>

#define MAX_IDLE_TRANSFERS 128
#define MAX_SLOTS (1u << 24)
#define NONE ((size_t)-1)

/* A ticket is a slot and how often the slot was used, so that an old ticket finds nothing. */
#define SLOT_BITS 24

enum state { FREE, RUNNING, DONE };

struct slot {
  enum state state;
  uint64_t uses;
  struct ce__transfer *transfer; /* while RUNNING */
  celements_response *response;  /* while DONE */
  bool queued;                   /* in the list of done calls not yet named */
  size_t previous;               /* in that list */
  size_t next;                   /* in that list, or in the list of free slots */
};

struct celements_engine {
  CURLM *multi;
  struct ce__poller *poller;
  unsigned forks;           /* ce__fork_count when the two above were made */
  int64_t timer;            /* when libcurl wants to be called by the clock; -1 for never */
  celements_status failure; /* of a callback, for the step that it happened in */
  bool broken;              /* the multi handle must not be used again */
  struct slot *slots;
  size_t slot_count;
  size_t free_slot;
  size_t first_done;
  size_t last_done;
  size_t in_flight;
  struct ce__transfer *idle;
  size_t idle_count;
};

/* Multi handles that belong to the parent of a fork. They cannot be freed (that would speak on the
 * parent's connections), only kept where a leak checker finds them. */
struct abandoned {
  CURLM *multi;
  struct abandoned *next;
};
static struct abandoned *abandoned;

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *unused) {
  celements_engine *engine = data;
  int events = 0;
  celements_status status;
  (void)easy;
  (void)unused;
  if(what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    events |= CE__POLL_IN;
  if(what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    events |= CE__POLL_OUT;
  status = ce__poller_want(engine->poller, fd, events);
  if(status)
    engine->failure = status;
  return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *data) {
  celements_engine *engine = data;
  (void)multi;
  engine->timer = timeout_ms < 0 ? -1 : ce__now() + timeout_ms;
  return 0;
}

static celements_status open_multi(celements_engine *engine) {
  if(!engine->poller) {
    celements_status status = ce__poller_new(&engine->poller);
    if(status)
      return status;
  }
  engine->multi = curl_multi_init();
  if(!engine->multi)
    return CELEMENTS_NOMEM;
  curl_multi_setopt(engine->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(engine->multi, CURLMOPT_SOCKETDATA, engine);
  curl_multi_setopt(engine->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(engine->multi, CURLMOPT_TIMERDATA, engine);
  engine->timer = -1;
  engine->forks = ce__fork_count();
  return CELEMENTS_OK;
}

celements_status celements_engine_new(celements_engine **out) {
  celements_status status = celements_init(NULL);
  celements_engine *engine;
  if(status)
    return status;
  engine = ce__calloc(1, sizeof *engine);
  if(!engine)
    return CELEMENTS_NOMEM;
  engine->free_slot = engine->first_done = engine->last_done = NONE;
  status = open_multi(engine);
  if(status) {
    ce__poller_free(engine->poller);
    ce__free(engine);
    return status;
  }
  *out = engine;
  return CELEMENTS_OK;
}

/* ---------------------------------------------------------------- slots */

static celements_ticket ticket_of(const celements_engine *engine, size_t at) {
  return (engine->slots[at].uses << SLOT_BITS) | at;
}

static struct slot *find(const celements_engine *engine, celements_ticket ticket) {
  size_t at = (size_t)(ticket & (MAX_SLOTS - 1));
  if(at >= engine->slot_count || engine->slots[at].state == FREE ||
     engine->slots[at].uses != ticket >> SLOT_BITS)
    return NULL;
  return &engine->slots[at];
}

static celements_status grow_slots(celements_engine *engine) {
  size_t count = engine->slot_count ? engine->slot_count * 2 : 16;
  struct slot *slots;
  size_t i;
  if(count > MAX_SLOTS)
    return CELEMENTS_TOO_BIG;
  slots = ce__realloc(engine->slots, count * sizeof *slots);
  if(!slots)
    return CELEMENTS_NOMEM;
  for(i = engine->slot_count; i < count; i++)
    slots[i] = (struct slot){.next = i + 1 < count ? i + 1 : engine->free_slot};
  engine->free_slot = engine->slot_count;
  engine->slots = slots;
  engine->slot_count = count;
  return CELEMENTS_OK;
}

static void release_slot(celements_engine *engine, size_t at) {
  engine->slots[at].state = FREE;
  engine->slots[at].next = engine->free_slot;
  engine->free_slot = at;
}

static void queue_done(celements_engine *engine, size_t at) {
  struct slot *slot = &engine->slots[at];
  slot->queued = true;
  slot->previous = engine->last_done;
  slot->next = NONE;
  if(engine->last_done == NONE)
    engine->first_done = at;
  else
    engine->slots[engine->last_done].next = at;
  engine->last_done = at;
}

static void unqueue_done(celements_engine *engine, struct slot *slot) {
  if(!slot->queued)
    return;
  slot->queued = false;
  if(slot->previous == NONE)
    engine->first_done = slot->next;
  else
    engine->slots[slot->previous].next = slot->next;
  if(slot->next == NONE)
    engine->last_done = slot->previous;
  else
    engine->slots[slot->next].previous = slot->previous;
}

static void complete(celements_engine *engine, size_t at, celements_response *response) {
  struct slot *slot = &engine->slots[at];
  slot->state = DONE;
  slot->transfer = NULL;
  slot->response = response;
  engine->in_flight--;
  queue_done(engine, at);
}

/* ---------------------------------------------------------------- transfers */

static celements_status idle_transfer(celements_engine *engine, struct ce__transfer **out) {
  if(!engine->idle)
    return ce__transfer_new(out, &engine->poller);
  *out = engine->idle;
  engine->idle = engine->idle->next;
  engine->idle_count--;
  return CELEMENTS_OK;
}

static void keep_transfer(celements_engine *engine, struct ce__transfer *transfer) {
  if(engine->idle_count >= MAX_IDLE_TRANSFERS) {
    ce__transfer_free(transfer);
    return;
  }
  transfer->next = engine->idle;
  engine->idle = transfer;
  engine->idle_count++;
}

static void stop(celements_engine *engine, size_t at, celements_kind why) {
  struct ce__transfer *transfer = engine->slots[at].transfer;
  curl_multi_remove_handle(engine->multi, transfer->easy);
  complete(engine, at,
           ce__transfer_stop(transfer, why,
                             why == CELEMENTS_KIND_CLOSED    ? "the client was closed"
                             : why == CELEMENTS_KIND_NETWORK ? "libcurl ran out of memory"
                                                             : "the call was cancelled"));
  keep_transfer(engine, transfer);
}

/* A multi handle that ran out of memory is not to be trusted: 7.88 crashes when it meets the same
 * socket again. What is in flight ends, and the next step begins with a new one. */
static void drop_multi(celements_engine *engine) {
  size_t at;
  for(at = 0; at < engine->slot_count; at++) {
    if(engine->slots[at].state == RUNNING)
      stop(engine, at, CELEMENTS_KIND_NETWORK);
  }
  curl_multi_cleanup(engine->multi);
  engine->multi = NULL;
  engine->broken = false;
}

static void collect(celements_engine *engine) {
  CURLMsg *message;
  int left;
  while((message = curl_multi_info_read(engine->multi, &left))) {
    struct ce__transfer *transfer = NULL;
    CURLcode code = message->data.result;
    if(message->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(engine->multi, transfer->easy);
    complete(engine, transfer->slot, ce__transfer_finish(transfer, code));
    keep_transfer(engine, transfer);
  }
}

/* ---------------------------------------------------------------- fork */

/* In a child of fork() the connections and the epoll set are the parent's: speaking on them or
 * taking them down would break the parent's calls. What is in flight goes on there; here everything
 * begins anew. */
static void abandon(celements_engine *engine) {
  struct abandoned *kept = ce__malloc(sizeof *kept);
  size_t at;
  for(at = 0; at < engine->slot_count; at++) {
    struct ce__transfer *transfer = engine->slots[at].transfer;
    if(engine->slots[at].state != RUNNING)
      continue;
    transfer->easy = NULL; /* the abandoned multi handle holds it */
    complete(engine, at,
             ce__transfer_stop(transfer, CELEMENTS_KIND_CANCELLED,
                               "the process forked: the call goes on in its parent"));
    ce__free(transfer);
  }
  if(kept) {
    kept->multi = engine->multi;
    kept->next = abandoned;
    abandoned = kept;
  }
  engine->multi = NULL;
  ce__poller_abandon(engine->poller);
  engine->poller = NULL;
}

static celements_status ready(celements_engine *engine) {
  if(engine->forks != ce__fork_count()) {
    abandon(engine);
    engine->forks = ce__fork_count();
  }
  return engine->multi ? CELEMENTS_OK : open_multi(engine);
}

/* For what needs no multi handle, but must know that a fork ended the calls. */
static void notice_fork(celements_engine *engine) {
  if(engine->forks != ce__fork_count())
    (void)ready(engine);
}

/* ---------------------------------------------------------------- the public face */

void celements_engine_free(celements_engine *engine) {
  size_t at;
  if(!engine)
    return;
  if(engine->forks != ce__fork_count())
    abandon(engine);
  for(at = 0; at < engine->slot_count; at++) {
    if(engine->slots[at].state == RUNNING)
      stop(engine, at, CELEMENTS_KIND_CLOSED);
    if(engine->slots[at].state == DONE)
      celements_response_free(engine->slots[at].response);
  }
  while(engine->idle) {
    struct ce__transfer *transfer = engine->idle;
    engine->idle = transfer->next;
    ce__transfer_free(transfer);
  }
  if(engine->multi)
    curl_multi_cleanup(
        engine->multi); /* closes the connections, so the poller must still be there */
  ce__poller_free(engine->poller);
  ce__free(engine->slots);
  ce__free(engine);
}

celements_status celements_engine_submit(celements_engine *engine, celements_request *request,
                                         celements_ticket *ticket) {
  struct ce__transfer *transfer;
  struct slot *slot;
  CURLMcode code;
  size_t at;
  celements_status status = ready(engine);
  if(status)
    return status;
  if(!request->target)
    return CELEMENTS_CLOSED;
  if(engine->free_slot == NONE) {
    status = grow_slots(engine);
    if(status)
      return status;
  }
  status = idle_transfer(engine, &transfer);
  if(status)
    return status;
  status = ce__transfer_start(transfer, request);
  if(status) {
    keep_transfer(engine, transfer);
    return status;
  }
  at = engine->free_slot;
  transfer->slot = at;
  code = curl_multi_add_handle(engine->multi, transfer->easy);
  if(code != CURLM_OK) {
    celements_response_free(ce__transfer_stop(transfer, CELEMENTS_KIND_CANCELLED, ""));
    keep_transfer(engine, transfer);
    return code == CURLM_OUT_OF_MEMORY ? CELEMENTS_NOMEM : CELEMENTS_LIBCURL;
  }
  slot = &engine->slots[at];
  engine->free_slot = slot->next;
  slot->state = RUNNING;
  slot->uses++;
  slot->transfer = transfer;
  slot->queued = false;
  engine->in_flight++;
  *ticket = ticket_of(engine, at);
  return CELEMENTS_OK;
}

static celements_status act(celements_engine *engine, curl_socket_t fd, int what) {
  int running;
  CURLMcode code = curl_multi_socket_action(engine->multi, fd, what, &running);
  if(code == CURLM_OK || code == CURLM_BAD_SOCKET)
    return CELEMENTS_OK;
  engine->broken = true;
  return code == CURLM_OUT_OF_MEMORY ? CELEMENTS_NOMEM : CELEMENTS_LIBCURL;
}

static celements_status act_on_timer(celements_engine *engine) {
  if(engine->timer < 0 || ce__now() < engine->timer)
    return CELEMENTS_OK;
  engine->timer = -1;
  return act(engine, CURL_SOCKET_TIMEOUT, 0);
}

static long until_timer(const celements_engine *engine) {
  int64_t left;
  if(engine->timer < 0)
    return -1;
  left = engine->timer - ce__now();
  return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (long)left;
}

static celements_status act_on_events(celements_engine *engine, long timeout_ms) {
  struct ce__poll_event events[64];
  int count = 0;
  int i;
  celements_status status =
      ce__poller_wait(engine->poller, events, sizeof events / sizeof events[0], timeout_ms, &count);
  for(i = 0; i < count && !status; i++) {
    int what = ((events[i].ready & CE__POLL_IN) ? CURL_CSELECT_IN : 0) |
               ((events[i].ready & CE__POLL_OUT) ? CURL_CSELECT_OUT : 0) |
               ((events[i].ready & CE__POLL_ERROR) ? CURL_CSELECT_ERR : 0);
    status = act(engine, events[i].fd, what);
  }
  return status;
}

celements_status celements_engine_step(celements_engine *engine, long timeout_ms) {
  size_t last_done = engine->last_done; /* a fork noticed now ends calls, too */
  celements_status status = ready(engine);
  long wait;
  if(status)
    return status;
  engine->failure = CELEMENTS_OK;
  status = act_on_timer(engine);
  collect(engine);
  if(!status && engine->last_done == last_done) { /* a call can end inside one timer action */
    wait = until_timer(engine);
    if(wait < 0 || (timeout_ms >= 0 && timeout_ms < wait))
      wait = timeout_ms;
    status = act_on_events(engine, wait);
    if(!status)
      status = act_on_timer(engine);
    collect(engine);
  }
  if(engine->broken)
    drop_multi(engine);
  return status ? status : engine->failure;
}

bool celements_engine_done(celements_engine *engine, celements_ticket ticket) {
  const struct slot *slot;
  notice_fork(engine);
  slot = find(engine, ticket);
  return !slot || slot->state == DONE;
}

celements_ticket celements_engine_next_done(celements_engine *engine) {
  size_t at;
  notice_fork(engine);
  at = engine->first_done;
  if(at == NONE)
    return 0;
  unqueue_done(engine, &engine->slots[at]);
  return ticket_of(engine, at);
}

celements_status celements_engine_take(celements_engine *engine, celements_ticket ticket,
                                       celements_response **out) {
  struct slot *slot;
  notice_fork(engine);
  slot = find(engine, ticket);
  if(!slot)
    return CELEMENTS_CLOSED;
  if(slot->state != DONE)
    return CELEMENTS_PENDING;
  unqueue_done(engine, slot);
  *out = slot->response;
  slot->response = NULL;
  release_slot(engine, (size_t)(slot - engine->slots));
  return CELEMENTS_OK;
}

void celements_engine_cancel(celements_engine *engine, celements_ticket ticket,
                             celements_kind why) {
  struct slot *slot;
  if(ready(engine))
    return;
  slot = find(engine, ticket);
  if(slot && slot->state == RUNNING)
    stop(engine, (size_t)(slot - engine->slots), why);
}

void celements_engine_cancel_target(celements_engine *engine, const celements_target *target,
                                    celements_kind why) {
  size_t at;
  if(ready(engine))
    return;
  for(at = 0; at < engine->slot_count; at++) {
    if(engine->slots[at].state == RUNNING && engine->slots[at].transfer->target == target)
      stop(engine, at, why);
  }
}

size_t celements_engine_in_flight(celements_engine *engine) {
  notice_fork(engine);
  return engine->in_flight;
}

int celements_engine_pollfd(celements_engine *engine) {
  if(ready(engine))
    return -1;
  if(engine->timer >= 0 && ce__poller_arm(engine->poller, engine->timer))
    return -1;
  return ce__poller_fd(engine->poller);
}

long celements_engine_timeout(celements_engine *engine) {
  notice_fork(engine);
  if(engine->first_done != NONE)
    return 0;
  return until_timer(engine);
}
