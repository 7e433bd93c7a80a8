/*
 * An allocator that counts its blocks, can be told to fail, and shows each block to a spy before it
 * is given back. Handed to the core, and by it to libcurl, with heap_install.
 */
#ifndef HEAP_H
#define HEAP_H

#include "celements.h"
#include "check.h"

#include <stdatomic.h>
#include <stdint.h>

/* In front of every block; as large as any alignment asks for. */
union heap_head {
  size_t size;
  max_align_t align;
};

static atomic_long heap_live;      /* blocks */
static atomic_long heap_count;     /* allocations since heap_fail */
static atomic_long heap_fail_from; /* the first that fails; 0 for none */
static atomic_long heap_fail_to;   /* the last that fails */
static void (*heap_spy)(const char *block, size_t size);

/* Makes the allocations from the `from`th on, counted from now, fail up to the `to`th. */
static inline void heap_fail(long from, long to) {
  atomic_store(&heap_fail_from, from);
  atomic_store(&heap_fail_to, to);
  atomic_store(&heap_count, 0);
}

static inline bool heap_refuses(void) {
  long nth = atomic_fetch_add(&heap_count, 1) + 1;
  long from = atomic_load(&heap_fail_from);
  return from && nth >= from && nth <= atomic_load(&heap_fail_to);
}

static inline void *heap_malloc(size_t size) {
  union heap_head *head;
  if(heap_refuses() || size > SIZE_MAX / 2)
    return NULL;
  head = malloc(sizeof *head + size);
  if(!head)
    return NULL;
  head->size = size;
  if(heap_spy)
    memset(head + 1, 0, size); /* it looks at bytes that nobody has written */
  atomic_fetch_add(&heap_live, 1);
  return head + 1;
}

static inline void heap_free(void *block) {
  union heap_head *head = block;
  if(!block)
    return;
  head--;
  if(heap_spy)
    heap_spy(block, head->size);
  atomic_fetch_sub(&heap_live, 1);
  free(head);
}

/* Always to another place, so that what stays behind at the old one is seen. */
static inline void *heap_realloc(void *block, size_t size) {
  void *copy = heap_malloc(size);
  if(copy && block) {
    size_t kept = ((union heap_head *)block - 1)->size;
    memcpy(copy, block, kept < size ? kept : size);
    heap_free(block);
  }
  return copy;
}

static inline void *heap_calloc(size_t count, size_t size) {
  void *block = size && count > SIZE_MAX / size ? NULL : heap_malloc(count * size);
  if(block)
    memset(block, 0, count * size);
  return block;
}

static inline char *heap_strdup(const char *text) {
  char *copy = heap_malloc(strlen(text) + 1);
  if(copy)
    memcpy(copy, text, strlen(text) + 1);
  return copy;
}

static inline void heap_install(void) {
  static const struct celements_allocator allocator = {heap_malloc, heap_realloc, heap_free,
                                                       heap_calloc, heap_strdup};
  REQUIRE_INT(celements_init(&allocator), CELEMENTS_OK);
}

#endif
