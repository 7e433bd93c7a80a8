#include "ce_alloc.h"

#include "ce_curl.h"
#include "celements.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static struct celements_allocator seam = {malloc, realloc, free, calloc, strdup};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct celements_allocator *wanted;
static celements_status outcome;
static atomic_uint forks;

static void count_fork(void) { atomic_fetch_add(&forks, 1); }

/* A resolver thread of libcurl's may outlive its call and its engine. The code it runs must then
 * still be there, although a Lua state that closes unloads its modules. */
static void stay_loaded(void) {
  Dl_info self;
  if(dladdr((const void *)&seam, &self) && self.dli_fname)
    (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

static void init(void) {
  CURLcode code;
  stay_loaded();
  if(wanted) {
    seam = *wanted;
    code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, seam.malloc, seam.free, seam.realloc,
                                seam.strdup, seam.calloc);
  } else {
    code = curl_global_init(CURL_GLOBAL_DEFAULT);
  }
  if(code != CURLE_OK)
    outcome = code == CURLE_OUT_OF_MEMORY ? CELEMENTS_NOMEM : CELEMENTS_LIBCURL;
  else if(pthread_atfork(NULL, NULL, count_fork) != 0)
    outcome = CELEMENTS_NOMEM;
}

celements_status celements_init(const struct celements_allocator *allocator) {
  if(allocator)
    wanted = allocator;
  pthread_once(&once, init);
  return outcome;
}

unsigned ce__fork_count(void) { return atomic_load_explicit(&forks, memory_order_relaxed); }

void *ce__malloc(size_t size) { return seam.malloc(size); }

void *ce__calloc(size_t count, size_t size) { return seam.calloc(count, size); }

void *ce__realloc(void *pointer, size_t size) { return seam.realloc(pointer, size); }

void ce__free(void *pointer) { seam.free(pointer); }

void ce__wipe(void *pointer, size_t length) {
  volatile unsigned char *byte = pointer;
  while(length--)
    *byte++ = 0;
}
