/* Memory: the allocation seam, and the wiping of what must not stay behind. */
#ifndef CE_ALLOC_H
#define CE_ALLOC_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

void *ce__malloc(size_t size);
void *ce__calloc(size_t count, size_t size);
void *ce__realloc(void *pointer, size_t size);
void ce__free(void *pointer);

/* Overwrites memory in a way the compiler may not leave out. */
void ce__wipe(void *pointer, size_t length);

/* How often this process has forked since the library was loaded: another value than before means
 * that this is a child, and that descriptors made before are shared with the parent. */
unsigned ce__fork_count(void);

#pragma GCC visibility pop

#endif
