/*
 * What `submit` takes, whoever carries the call:
 *
 *   carrier:submit(target, method, path, query, headers, body, timeout, connect_timeout, max_body,
 *                  owner, low_speed_limit, low_speed_time, stream)
 *
 * `query` is a flat list of names and values, `headers` a map, `body` a string, or a table to be
 * sent as JSON; each may be nil. Times are seconds. `owner` is any value. The low speed is whole
 * bytes a second (1 if only the time is given) and seconds (30 if only the limit is), nil and nil
 * for none. `stream` is a source or a sink, or nil. The results are the call and its body as it is
 * sent, a string or nil. What cannot be submitted gives nil, what is at fault ("path", "header X",
 * …) and why; for a "body" at fault the path to the value in it follows.
 */
#ifndef LCE_REQUEST_H
#define LCE_REQUEST_H

#include "lce.h"

#pragma GCC visibility push(hidden)

enum {
  LCE_ARG_TARGET = 2,
  LCE_ARG_METHOD,
  LCE_ARG_PATH,
  LCE_ARG_QUERY,
  LCE_ARG_HEADERS,
  LCE_ARG_BODY,
  LCE_ARG_TIMEOUT,
  LCE_ARG_CONNECT_TIMEOUT,
  LCE_ARG_MAX_BODY,
  LCE_ARG_OWNER,
  LCE_ARG_LOW_SPEED_LIMIT,
  LCE_ARG_LOW_SPEED_TIME,
  LCE_ARG_STREAM,
  LCE_ARG_LAST = LCE_ARG_STREAM
};

/* As much of a method's name as is kept, with a final NUL. */
#define LCE_METHOD_SIZE 8

/* Makes the body a string or nil. Returns 0, or how many results say why it cannot. */
int lce_encode_body(lua_State *L);
/* Describes the call in `request`, and notes its method. The same results; then the description is
 * forgotten. */
int lce_describe(lua_State *L, celements_request *request, celements_target *target, char *method);
/* nil, what is at fault, why. Misuse is the caller's to raise: it knows the argument's name. */
int lce_refuse(lua_State *L, const char *what, celements_status status);

#pragma GCC visibility pop

#endif
