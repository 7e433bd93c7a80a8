/* The part of celements.h that says what is wrong with a document. Include celements.h. */
#ifndef CELEMENTS_DOCUMENT_H
#define CELEMENTS_DOCUMENT_H

#include "celements.h"

#pragma GCC visibility push(hidden)

/* A longer document is not read. */
#define CELEMENTS_MAX_DOCUMENT ((size_t)4 << 20)
/* Nested deeper, it is refused. */
#define CELEMENTS_MAX_DEPTH 128
/* More of its faults are not looked for. */
#define CELEMENTS_MAX_FINDINGS 20

/*
 * What can be wrong with a document that is to hold the request of a creation: name, message, mend.
 * A % stands for what the single finding knows better.
 */
#define CELEMENTS_FAULT_MAP(X)                                                                 \
  X(ENCODING, "the text is not UTF-8", "save it as UTF-8")                                     \
  X(BYTE_ORDER_MARK, "there is a byte-order mark before the text",                             \
    "save it as UTF-8 without byte-order mark")                                                \
  X(EMPTY, "there is nothing in it", "write { \"element\": { \"key\": … }, … }")               \
  X(NO_OBJECT, "there is no JSON object in it", "write { \"element\": { \"key\": … }, … }")    \
  X(NO_BRACES, "the braces around the document are missing", "put { before it and } after it") \
  X(TEXT_BEFORE, "there is text before the document", "delete what stands before its {")       \
  X(TEXT_AFTER, "there is text after the end of the document", "delete it")                    \
  X(SHELL_QUOTES, "a shell's quotes are left around the document", "delete them at both ends") \
  X(SHELL_ESCAPE, "a shell's quoting is left in", "write %")                                   \
  X(COMMENT, "JSON has no comments", "delete the comment")                                     \
  X(CONTINUATION, "a backslash does not continue a line", "delete the backslash")              \
  X(BLANK, "this blank is none in JSON", "type an ordinary space")                             \
  X(CONTROL, "there is a control character", "delete it")                                      \
  X(MISSING_COMMA, "a comma is missing", "put a comma here")                                   \
  X(TRAILING_COMMA, "nothing follows this comma", "delete the comma")                          \
  X(EXTRA_COMMA, "there is a comma too many", "delete the comma")                              \
  X(WRONG_COMMA, "this should be a comma", "type a comma")                                     \
  X(MISSING_COLON, "a colon is missing after the key", "put a colon here")                     \
  X(WRONG_COLON, "this should be a colon", "type a colon")                                     \
  X(MISSING_VALUE, "the key has no value", "give it one")                                      \
  X(MISSING_KEY, "the value has no key", "put a key and a colon here")                         \
  X(UNQUOTED, "there is text without quotes", "put it between double quotes")                  \
  X(WORD, "JSON does not know this word", "write %")                                           \
  X(NUMBER, "JSON does not write numbers so",                                                  \
    "put it between double quotes, or write it without +, leading zeros and bare points")      \
  X(SINGLE_QUOTES, "the quotes are single", "type double quotes")                              \
  X(CURLY_QUOTES, "the quotes are curly", "type straight quotes")                              \
  X(INNER_QUOTE, "there is a double quote inside a string", "write \\\" for it")               \
  X(LINE_END, "there is a line end inside a string", "write \\n for it")                       \
  X(TAB, "there is a tab inside a string", "write \\t for it")                                 \
  X(ESCAPE, "this backslash begins no escape", "write \\\\ for a backslash")                   \
  X(SURROGATE, "this is half of a surrogate pair", "write the other half, too")                \
  X(UNOPENED_STRING, "the string is not opened", "put a double quote here")                    \
  X(UNCLOSED_STRING, "the string is not closed", "put a double quote at its end")              \
  X(UNCLOSED, "the bracket is not closed", "put % where it ends")                              \
  X(EXTRA_BRACKET, "there is a closing bracket too many", "delete it")                         \
  X(WRONG_BRACKET, "this is the wrong closing bracket", "type %")                              \
  X(UNEXPECTED, "this cannot stand here", "delete it")                                         \
  X(DEPTH, "it is nested too deeply", "nest it at most 128 deep")                              \
  X(TOP, "the document is not an object", "write { \"element\": { \"key\": … }, … }")          \
  X(QUOTED, "the document is quoted as a string",                                              \
    "write it without the outer quotes and the backslashes")                                   \
  X(DUPLICATE, "% stands twice with different values", "delete one of the two")                \
  X(ELEMENT, "element must be an object", "write { \"key\": … }")                              \
  X(CONFIGURATION, "configuration must be an object of keys and values", "write { \"…\": … }") \
  X(KEY_PLACE, "key belongs inside element", "write \"element\": { \"key\": … }")              \
  X(ENTRY_PLACE, "% belongs inside configuration", "write \"configuration\": { \"%\": … }")    \
  X(ELEMENT_PLACE, "element belongs at the top of the document", "move it there")              \
  X(CONFIGURATION_PLACE, "configuration belongs at the top of the document", "move it there")  \
  X(PLACEHOLDER, "placeholder left in %", "put the real value here")

typedef enum celements_fault {
#define X(name, message, mend) CELEMENTS_FAULT_##name,
  CELEMENTS_FAULT_MAP(X)
#undef X
      CELEMENTS_FAULT_COUNT
} celements_fault;

struct celements_finding {
  celements_fault fault;
  size_t offset;    /* in bytes, from 0 */
  size_t line;      /* from 1 */
  size_t column;    /* in characters, from 1 */
  size_t first;     /* the line where a duplicate key stands first; 0 for other faults */
  char detail[128]; /* what the text's % stands for: where the fault is, or what to write */
};

/* In the order of the text. */
struct celements_findings {
  struct celements_finding list[CELEMENTS_MAX_FINDINGS];
  size_t count;
  bool more;    /* there may be others */
  size_t steps; /* how often a byte of the text was looked at */
};

/*
 * Says what is wrong with `text`, where, and how to mend it: nothing for a JSON object that can be
 * a request, however unusual. It goes on after a fault as far as it can tell what was meant. Never
 * does a finding hold a value of the document. TOO_BIG for more than CELEMENTS_MAX_DOCUMENT bytes.
 */
celements_status celements_diagnose(const char *text, size_t length,
                                    struct celements_findings *out);
/* Puts what is wrong, or how to mend it, into `out` as one line with a NUL at its end. */
void celements_finding_message(const struct celements_finding *finding, char *out, size_t size);
void celements_finding_mend(const struct celements_finding *finding, char *out, size_t size);

#pragma GCC visibility pop

#endif
