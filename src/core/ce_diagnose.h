/* What the files of the diagnosis share: the text being read, and what was found in it. */
#ifndef CE_DIAGNOSE_H
#define CE_DIAGNOSE_H

#include "celements.h"

#pragma GCC visibility push(hidden)

/* A member of an object whose key is written as JSON has it: offsets of the key without its quotes,
 * and of the value. */
struct ce__member {
  uint32_t object;
  uint32_t key;
  uint32_t key_end;
  uint32_t value;
  uint32_t value_end; /* 0 while it is not known */
};

struct ce__members {
  struct ce__member *list;
  size_t count;
  size_t capacity;
};

struct ce__span {
  size_t start;
  size_t end;
};

struct ce__scan {
  const char *text;
  size_t length;
  size_t at;
  struct celements_findings *findings;
  bool lost;    /* what was a key and what a value is a guess from here on */
  bool escaped; /* \" outside of strings was reported */
};

/* An object or array that is open. */
struct ce__level {
  size_t open;
  bool object;
  bool braceless;      /* the { is not there */
  uint32_t id;         /* of the object */
  struct ce__span key; /* of the member at hand, without quotes */
  size_t key_at;       /* where it begins, with them */
  size_t index;        /* of the item at hand, from 1 */
  size_t member;       /* its place among the members, + 1; 0 for none */
};

/* What the shape of a request depends on. */
struct ce__shape {
  size_t top;     /* offset of the document's value */
  bool is_object; /* that value */
  bool has_element;
  bool names_element;
  bool has_key;
  size_t key; /* offset of a `key` at the top */
  bool has_nested_element;
  size_t nested_element;
};

/* ---------------------------------------------------------------- ce_doc_findings.c */

/* The byte at an offset; -1 at the end. Every look at the text goes through here. */
static inline int ce__byte(struct ce__scan *scan, size_t at) {
  scan->findings->steps++;
  return at < scan->length ? (unsigned char)scan->text[at] : -1;
}

static inline bool ce__is_full(const struct ce__scan *scan) { return scan->findings->more; }

/* Adds a finding; `detail` may be NULL. When there is no room, it is `more`. */
void ce__report(struct ce__scan *scan, celements_fault fault, size_t offset, const char *detail);
/* The key of a span if it can be shown, or `otherwise`. */
void ce__show_key(const struct ce__scan *scan, const struct ce__span *key, const char *otherwise,
                  char *out, size_t size);
/* Sorts the findings and gives them lines and columns. */
void ce__place_findings(const struct ce__scan *scan);

/* ---------------------------------------------------------------- ce_doc_blanks.c */

/* Moves on to the next token. What JSON forbids between tokens is reported. */
void ce__skip_blanks(struct ce__scan *scan);
/* The offset after spaces and tabs, and after all of JSON's blanks. */
size_t ce__after_spaces(struct ce__scan *scan, size_t at);
size_t ce__after_blanks(struct ce__scan *scan, size_t at);
/* Whether a comment begins there; and whether only spaces follow on the line. */
bool ce__is_comment(struct ce__scan *scan, size_t at);
bool ce__ends_line(struct ce__scan *scan, size_t at);

/* ---------------------------------------------------------------- ce_doc_encoding.c */

bool ce__is_utf16(const struct ce__scan *scan);
/* Reports the first byte that is not UTF-8. */
void ce__check_encoding(struct ce__scan *scan);

/* ---------------------------------------------------------------- ce_doc_string.c */

/* Whether a string begins there, in whatever quotes. */
bool ce__is_quote(struct ce__scan *scan, size_t at);
/* Moves past the string that begins here and gives its content. True if it is one as JSON has it,
 * up to what it holds. */
bool ce__pass_string(struct ce__scan *scan, bool is_key, struct ce__span *content);
/* Whether what follows this double quote looks as if a string ended here. */
bool ce__closes_string(struct ce__scan *scan, size_t at);

/* ---------------------------------------------------------------- ce_doc_content.c */

/* The next byte of a string's content, its escapes undone; -1 at the end. `at` and `pending`
 * (starts as 0) move on. */
int ce__next_byte(const char *text, size_t *at, size_t end, uint32_t *pending);
/* Whether the content is `word`. */
bool ce__is_text(const struct ce__scan *scan, const struct ce__span *content, const char *word);

/* ---------------------------------------------------------------- ce_doc_word.c */

/* The first byte of the word or number that stands here, as JSON has it or was meant; 0 for others.
 */
char ce__word_kind(struct ce__scan *scan);
/* Moves past what stands here without quotes. */
void ce__pass_word(struct ce__scan *scan, bool is_key, struct ce__span *content);

/* ---------------------------------------------------------------- ce_doc_members.c */

celements_status ce__members_add(struct ce__members *members, const struct ce__member *member);
/* Reports keys that stand twice in an object with different values. */
void ce__members_compare(struct ce__members *members, struct ce__scan *scan);

/* ---------------------------------------------------------------- ce_doc_shape.c */

/* A value begins: `kind` is its first byte, or 0. `levels` are the `depth` that it stands in. */
void ce__shape_value(struct ce__shape *shape, struct ce__scan *scan, const struct ce__level *levels,
                     size_t depth, char kind);
/* A string has been read. */
void ce__shape_string(struct ce__scan *scan, const struct ce__level *levels, size_t depth,
                      size_t offset, const struct ce__span *content);
/* The end of the document. */
void ce__shape_end(const struct ce__shape *shape, struct ce__scan *scan);

#pragma GCC visibility pop

#endif
