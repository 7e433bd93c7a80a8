/* Findings: a short list, their places in the text, their words. */
#include "ce_diagnose.h"

#include <stdio.h>
#include <string.h>

#define KEY_MAX 64

/* The fault leaves open what was meant as a key and what as a value. */
static bool confuses(celements_fault fault) {
  switch(fault) {
  case CELEMENTS_FAULT_INNER_QUOTE:
  case CELEMENTS_FAULT_UNOPENED_STRING:
  case CELEMENTS_FAULT_UNCLOSED_STRING:
  case CELEMENTS_FAULT_UNQUOTED:
  case CELEMENTS_FAULT_MISSING_VALUE:
  case CELEMENTS_FAULT_MISSING_KEY:
  case CELEMENTS_FAULT_MISSING_COLON:
  case CELEMENTS_FAULT_UNEXPECTED:
  case CELEMENTS_FAULT_UNCLOSED:
  case CELEMENTS_FAULT_EXTRA_BRACKET:
  case CELEMENTS_FAULT_WRONG_BRACKET:
  case CELEMENTS_FAULT_TEXT_AFTER:
  case CELEMENTS_FAULT_DEPTH:
    return true;
  default:
    return false;
  }
}

void ce__report(struct ce__scan *scan, celements_fault fault, size_t offset, const char *detail) {
  struct celements_findings *findings = scan->findings;
  struct celements_finding *finding;
  if(confuses(fault))
    scan->lost = true;
  if(findings->count == CELEMENTS_MAX_FINDINGS) {
    findings->more = true;
    return;
  }
  finding = &findings->list[findings->count++];
  memset(finding, 0, sizeof *finding);
  finding->fault = fault;
  finding->offset = offset;
  if(detail) {
    size_t length = strnlen(detail, sizeof finding->detail - 1);
    memcpy(finding->detail, detail, length);
  }
}

void ce__show_key(const struct ce__scan *scan, const struct ce__span *key, const char *otherwise,
                  char *out, size_t size) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  size_t length = key->end - key->start;
  size_t i;
  bool shown = !scan->lost && length > 0 && length <= KEY_MAX && length < size;
  for(i = 0; shown && i < length; i++)
    shown = memchr(plain, scan->text[key->start + i], sizeof plain - 1) != NULL;
  if(!shown) {
    length = strnlen(otherwise, size - 1);
    memcpy(out, otherwise, length);
  } else {
    memcpy(out, scan->text + key->start, length);
  }
  out[length] = '\0';
}

/* ---------------------------------------------------------------- places */

static void sort(struct celements_findings *findings) {
  size_t i;
  for(i = 1; i < findings->count; i++) {
    struct celements_finding finding = findings->list[i];
    size_t to = i;
    while(to > 0 && findings->list[to - 1].offset > finding.offset) {
      findings->list[to] = findings->list[to - 1];
      to--;
    }
    findings->list[to] = finding;
  }
}

/* Where a walk through the text has got to. */
struct place {
  size_t at;
  size_t line;
  size_t column;
};

static void walk_to(struct place *place, const struct ce__scan *scan, size_t offset) {
  for(; place->at < offset; place->at++) {
    char c = scan->text[place->at];
    if(c == '\n' ||
       (c == '\r' && (place->at + 1 == scan->length || scan->text[place->at + 1] != '\n'))) {
      place->line++;
      place->column = 1;
    } else if(((unsigned char)c & 0xc0) != 0x80) {
      place->column++;
    }
  }
}

void ce__place_findings(const struct ce__scan *scan) {
  static const char mark[] = "\xef\xbb\xbf"; /* no editor shows it */
  struct celements_findings *findings = scan->findings;
  struct place start = {0, 1, 1};
  struct place place;
  size_t i;
  if(scan->length >= 3 && memcmp(scan->text, mark, 3) == 0)
    start.at = 3;
  sort(findings);
  place = start;
  for(i = 0; i < findings->count; i++) {
    struct celements_finding *finding = &findings->list[i];
    walk_to(&place, scan, finding->offset);
    finding->line = place.line;
    finding->column = place.column;
    if(finding->first) {
      struct place first = start;
      walk_to(&first, scan, finding->first);
      finding->first = first.line;
    }
  }
}

/* ---------------------------------------------------------------- words */

static void append(char *out, size_t size, size_t *length, const char *text, size_t count) {
  size_t room = size - 1 - *length;
  if(count > room)
    count = room;
  memcpy(out + *length, text, count);
  *length += count;
  out[*length] = '\0';
}

/* The text with the detail in place of each %. */
static void fill(const struct celements_finding *finding, const char *text, char *out,
                 size_t size) {
  size_t length = 0;
  out[0] = '\0';
  while(*text) {
    size_t count = strcspn(text, "%");
    append(out, size, &length, text, count);
    text += count;
    if(*text) {
      append(out, size, &length, finding->detail, strlen(finding->detail));
      text++;
    }
  }
}

static const struct {
  const char *message;
  const char *mend;
} texts[CELEMENTS_FAULT_COUNT] = {
#define X(name, message, mend) {message, mend},
    CELEMENTS_FAULT_MAP(X)
#undef X
};

void celements_finding_message(const struct celements_finding *finding, char *out, size_t size) {
  size_t length;
  fill(finding, texts[finding->fault].message, out, size);
  length = strlen(out);
  if(finding->first)
    snprintf(out + length, size - length, ", first on line %zu", finding->first);
}

void celements_finding_mend(const struct celements_finding *finding, char *out, size_t size) {
  fill(finding, texts[finding->fault].mend, out, size);
}
