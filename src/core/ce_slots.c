#include "ce_slots.h"

#include "ce_alloc.h"

#define MAX_SLOTS ((size_t)1 << CELEMENTS_PLACE_BITS)

void ce__slots_init(struct ce__slots *slots) {
  *slots =
      (struct ce__slots){.free = CE__NO_SLOT, .first_done = CE__NO_SLOT, .last_done = CE__NO_SLOT};
}

void ce__slots_drop(struct ce__slots *slots) {
  ce__free(slots->all);
  ce__slots_init(slots);
}

static celements_status grow(struct ce__slots *slots) {
  size_t count = slots->count ? slots->count * 2 : 16;
  struct ce__slot *all;
  size_t i;
  if(count > MAX_SLOTS)
    return CELEMENTS_TOO_BIG;
  all = ce__realloc(slots->all, count * sizeof *all);
  if(!all)
    return CELEMENTS_NOMEM;
  for(i = slots->count; i < count; i++)
    all[i] = (struct ce__slot){.next = i + 1 < count ? i + 1 : CE__NO_SLOT};
  slots->free = slots->count;
  slots->all = all;
  slots->count = count;
  return CELEMENTS_OK;
}

static celements_ticket ticket_of(const struct ce__slots *slots, size_t at) {
  return (slots->all[at].uses << CELEMENTS_PLACE_BITS) | at;
}

celements_status ce__slots_reserve(struct ce__slots *slots, celements_ticket *ticket) {
  if(slots->free == CE__NO_SLOT) {
    celements_status status = grow(slots);
    if(status)
      return status;
  }
  *ticket = ((slots->all[slots->free].uses + 1) << CELEMENTS_PLACE_BITS) | slots->free;
  return CELEMENTS_OK;
}

celements_ticket ce__slots_start(struct ce__slots *slots, struct ce__transfer *transfer) {
  size_t at = slots->free;
  struct ce__slot *slot = &slots->all[at];
  slots->free = slot->next;
  slot->state = CE__SLOT_RUNNING;
  slot->uses++;
  slot->transfer = transfer;
  transfer->slot = at;
  slots->running++;
  return ticket_of(slots, at);
}

static void enqueue(struct ce__slots *slots, size_t at) {
  struct ce__slot *slot = &slots->all[at];
  slots->news++;
  if(slot->queued)
    return;
  slot->queued = true;
  slot->previous = slots->last_done;
  slot->next = CE__NO_SLOT;
  if(slots->last_done == CE__NO_SLOT)
    slots->first_done = at;
  else
    slots->all[slots->last_done].next = at;
  slots->last_done = at;
}

static void dequeue(struct ce__slots *slots, struct ce__slot *slot) {
  if(!slot->queued)
    return;
  slot->queued = false;
  if(slot->previous == CE__NO_SLOT)
    slots->first_done = slot->next;
  else
    slots->all[slot->previous].next = slot->next;
  if(slot->next == CE__NO_SLOT)
    slots->last_done = slot->previous;
  else
    slots->all[slot->next].previous = slot->previous;
}

void ce__slots_finish(struct ce__slots *slots, size_t at, celements_response *response) {
  struct ce__slot *slot = &slots->all[at];
  slot->state = CE__SLOT_DONE;
  slot->transfer = NULL;
  slot->response = response;
  slots->running--;
  enqueue(slots, at);
}

void ce__slots_stir(struct ce__slots *slots, size_t at) { enqueue(slots, at); }

void ce__slots_calm(struct ce__slots *slots, size_t at) { dequeue(slots, &slots->all[at]); }

celements_response *ce__slots_take(struct ce__slots *slots, struct ce__slot *slot) {
  celements_response *response = slot->response;
  dequeue(slots, slot);
  slot->response = NULL;
  slot->state = CE__SLOT_FREE;
  slot->next = slots->free;
  slots->free = (size_t)(slot - slots->all);
  return response;
}

struct ce__slot *ce__slots_find(const struct ce__slots *slots, celements_ticket ticket) {
  size_t at = celements_ticket_place(ticket);
  if(at >= slots->count || slots->all[at].state == CE__SLOT_FREE ||
     slots->all[at].uses != ticket >> CELEMENTS_PLACE_BITS)
    return NULL;
  return &slots->all[at];
}

celements_ticket ce__slots_next_done(struct ce__slots *slots) {
  size_t at = slots->first_done;
  if(at == CE__NO_SLOT)
    return 0;
  dequeue(slots, &slots->all[at]);
  return ticket_of(slots, at);
}
