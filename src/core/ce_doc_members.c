/* Keys that stand twice. All members are sorted when the document has ended, so that no document
 * makes it slow. */
#include "ce_alloc.h"
#include "ce_diagnose.h"

#include <string.h>

celements_status ce__members_add(struct ce__members *members, const struct ce__member *member) {
  if(members->count == members->capacity) {
    size_t capacity = members->capacity ? members->capacity * 2 : 64;
    struct ce__member *list = ce__realloc(members->list, capacity * sizeof *list);
    if(!list)
      return CELEMENTS_NOMEM;
    members->list = list;
    members->capacity = capacity;
  }
  members->list[members->count++] = *member;
  return CELEMENTS_OK;
}

/* Compares the keys as they are meant: "a" is "\u0061". */
static int compare_keys(const char *text, const struct ce__member *a, const struct ce__member *b) {
  size_t at = a->key;
  size_t other_at = b->key;
  uint32_t pending = 0;
  uint32_t other_pending = 0;
  for(;;) {
    int c = ce__next_byte(text, &at, a->key_end, &pending);
    int other = ce__next_byte(text, &other_at, b->key_end, &other_pending);
    if(c != other)
      return c < other ? -1 : 1;
    if(c < 0)
      return 0;
  }
}

static bool is_before(const char *text, const struct ce__member *a, const struct ce__member *b) {
  int order;
  if(a->object != b->object)
    return a->object < b->object;
  order = compare_keys(text, a, b);
  return order ? order < 0 : a->key < b->key;
}

/* Lets the member at `root` sink to its place in the heap of `count`. */
static void sink(const char *text, struct ce__member *list, size_t root, size_t count) {
  struct ce__member member = list[root];
  for(;;) {
    size_t child = root * 2 + 1;
    if(child >= count)
      break;
    if(child + 1 < count && is_before(text, &list[child], &list[child + 1]))
      child++;
    if(!is_before(text, &member, &list[child]))
      break;
    list[root] = list[child];
    root = child;
  }
  list[root] = member;
}

static void sort(const char *text, struct ce__member *list, size_t count) {
  size_t i;
  for(i = count / 2; i > 0; i--)
    sink(text, list, i - 1, count);
  for(i = count; i > 1; i--) {
    struct ce__member last = list[i - 1];
    list[i - 1] = list[0];
    list[0] = last;
    sink(text, list, 0, i - 1);
  }
}

static bool same_values(const char *text, const struct ce__member *a, const struct ce__member *b) {
  size_t length = a->value_end - a->value;
  return length == b->value_end - b->value && memcmp(text + a->value, text + b->value, length) == 0;
}

void ce__members_compare(struct ce__members *members, struct ce__scan *scan) {
  size_t i;
  sort(scan->text, members->list, members->count);
  for(i = 1; i < members->count && !ce__is_full(scan); i++) {
    const struct ce__member *member = &members->list[i];
    const struct ce__member *first = member - 1;
    struct ce__span key = {member->key, member->key_end};
    char shown[100];
    size_t count = scan->findings->count;
    if(first->object != member->object || !first->value_end || !member->value_end ||
       compare_keys(scan->text, first, member) != 0 || same_values(scan->text, first, member))
      continue;
    ce__show_key(scan, &key, "a key", shown, sizeof shown);
    ce__report(scan, CELEMENTS_FAULT_DUPLICATE, key.start - 1, shown);
    if(scan->findings->count > count)
      scan->findings->list[count].first = first->key - 1;
  }
}
