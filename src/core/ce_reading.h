/* The reading of a document: where it is, what may come next, and the readers of its tokens. */
#ifndef CE_READING_H
#define CE_READING_H

#include "ce_diagnose.h"

#pragma GCC visibility push(hidden)

enum ce__expected {
  CE__VALUE,
  CE__VALUE_OR_END,
  CE__KEY,
  CE__KEY_OR_END,
  CE__COLON,
  CE__COMMA,
  CE__NOTHING
};

struct ce__reading {
  struct ce__scan scan;
  struct ce__shape shape;
  struct ce__members members;
  struct ce__level levels[CELEMENTS_MAX_DEPTH];
  size_t depth;
  uint32_t objects;
  enum ce__expected expected;
  size_t end;             /* of the token before */
  size_t colon;           /* the last one's offset */
  size_t comma;           /* the last one's offset */
  bool comma_is_none;     /* it was reported as something else */
  bool doubtful_key;      /* the key at hand was reported */
  bool ended;             /* nothing more is to be read */
  struct ce__span string; /* the string before */
  size_t string_at;       /* where it begins, with its quotes */
  size_t string_end;      /* and ends */
  int shell_quote;        /* stands before the document */
  celements_status status;
};

static inline struct ce__level *ce__level_of(struct ce__reading *reading) {
  return reading->depth ? &reading->levels[reading->depth - 1] : NULL;
}

static inline bool ce__in_object(const struct ce__reading *reading) {
  return reading->depth > 0 && reading->levels[reading->depth - 1].object;
}

static inline void ce__report_at(struct ce__reading *reading, celements_fault fault, size_t at) {
  ce__report(&reading->scan, fault, at, NULL);
}

/* Reports, and reads no further. */
static inline void ce__stop(struct ce__reading *reading, celements_fault fault, size_t at) {
  ce__report_at(reading, fault, at);
  reading->ended = true;
}

/* ---------------------------------------------------------------- ce_doc_value.c */

/* A value or a key begins: reports what should stand before it. False if it cannot be read. */
bool ce__begin_value(struct ce__reading *reading, char kind);
/* A value is complete. */
void ce__end_value(struct ce__reading *reading);
/* After a comma. */
void ce__expect_next(struct ce__reading *reading);
void ce__read_string(struct ce__reading *reading);
void ce__read_word(struct ce__reading *reading);

/* ---------------------------------------------------------------- ce_doc_structure.c */

void ce__read_opening(struct ce__reading *reading, bool object);
void ce__read_closing(struct ce__reading *reading, bool object);
void ce__read_comma(struct ce__reading *reading);
void ce__read_colon(struct ce__reading *reading);
/* What was typed for a comma or a colon; false if it is something else. */
bool ce__read_wrong_separator(struct ce__reading *reading, int c);
/* Reports that the levels from the innermost down to `depth` are not closed. */
void ce__report_unclosed(struct ce__reading *reading, size_t depth);

#pragma GCC visibility pop

#endif
