#include "celements.h"

#ifdef __APPLE__
#include <sys/random.h>
#endif
#include <unistd.h>

/* Not the C library's generator: its state is the user's, and the same in every process. */
double celements_random(void) {
  uint32_t bits;
  if(getentropy(&bits, sizeof bits) != 0)
    bits = (uint32_t)celements_now() * 2654435761U ^ (uint32_t)getpid();
  return (double)bits / 4294967296.0;
}
