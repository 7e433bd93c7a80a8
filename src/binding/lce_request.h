/*
 * What `submit` takes, whoever carries the call:
 *
 *   carrier:submit(target, method, path, options, owner, query, headers, stream)
 *
 * Of the options it reads `body`, a string, or a table to be sent as JSON, and the limits that are
 * the call's own (lce_limits.h). `owner` is any value, `query` a flat list of names and values,
 * `headers` a map, `stream` a source or a sink; all but the first three may be nil. The results are
 * the call and its body as it is sent, a string or nil. What cannot be submitted gives nil, what is
 * at fault ("path", "header X", …) and why; for a "body" at fault the path to the value in it
 * follows.
 */
#ifndef LCE_REQUEST_H
#define LCE_REQUEST_H

#include "lce_target.h"

#pragma GCC visibility push(hidden)

enum {
  LCE_ARG_TARGET = 2,
  LCE_ARG_METHOD,
  LCE_ARG_PATH,
  LCE_ARG_OPTIONS,
  LCE_ARG_OWNER,
  LCE_ARG_QUERY,
  LCE_ARG_HEADERS,
  LCE_ARG_STREAM,
  LCE_BODY, /* of the options, put there: a string, a table or nil */
  LCE_ARG_LAST = LCE_BODY
};

/* As much of a method's name as is kept, with a final NUL. */
#define LCE_METHOD_SIZE 8

/* Whether the options hold more than what is read here. */
enum lce_options { LCE_OPTIONS_READ, LCE_OPTIONS_MORE, LCE_OPTIONS_WRONG };
/* Reads body and limits from the options. WRONG when they, or one of these, have the wrong type. */
enum lce_options lce_read_options(lua_State *L, struct lce_limits *limits);
/* The same, but raises for what is wrong. */
void lce_check_options(lua_State *L, struct lce_limits *limits);
/* Looks at the types of the arguments, and makes the body a string or nil. Returns 0, or how many
 * results say why it cannot. Raises for what is no target. */
int lce_prepare(lua_State *L);
/* Describes the call in `request`, and notes its method. The same results; then the description is
 * forgotten. A closed target refuses as an engine does. */
int lce_describe(lua_State *L, celements_request *request, const struct lce_limits *limits,
                 char *method);
/* nil, what is at fault, why. Misuse is the caller's to raise: it knows the argument's name. */
int lce_refuse(lua_State *L, const char *what, celements_status status);

#pragma GCC visibility pop

#endif
