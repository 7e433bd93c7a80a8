#include "celements.h"

const char *celements_status_text(celements_status status) {
  switch(status) {
#define X(name, text)    \
  case CELEMENTS_##name: \
    return text;
    CELEMENTS_STATUS_MAP(X)
#undef X
  }
  return "unknown status";
}

const char *celements_kind_name(celements_kind kind) {
  switch(kind) {
#define X(name, text, meaning) \
  case CELEMENTS_KIND_##name:  \
    return text;
    CELEMENTS_KIND_MAP(X)
#undef X
  case CELEMENTS_KIND_NONE:
  case CELEMENTS_KIND_COUNT:
    break;
  }
  return NULL;
}

const char *celements_kind_meaning(celements_kind kind) {
  switch(kind) {
#define X(name, text, meaning) \
  case CELEMENTS_KIND_##name:  \
    return meaning;
    CELEMENTS_KIND_MAP(X)
#undef X
  case CELEMENTS_KIND_NONE:
  case CELEMENTS_KIND_COUNT:
    break;
  }
  return NULL;
}
