/* What an engine and its calls know of each other. A call in flight, and its body, are anchored in
 * the engine's table; a call that nobody holds any more after that is finalised, and its response
 * too. */
#ifndef LCE_CALL_H
#define LCE_CALL_H

#include "lce_request.h"

#pragma GCC visibility push(hidden)

struct lce_call;

/* How many results `take` has. */
enum { LCE_RESULTS_OF_FAILURE = 2, LCE_RESULTS_OF_SUCCESS = 5 };

struct lce_engine {
  celements_engine *engine; /* NULL when closed */
  celements_request *request;
  struct lce_call *calls; /* all that are alive and not taken */
};

struct lce_call {
  struct lce_engine *owner; /* NULL when taken, or when the engine is closed */
  struct lce_call *previous;
  struct lce_call *next;
  celements_ticket ticket;
  celements_response *response; /* between being taken from the engine and given to Lua */
  char method[LCE_METHOD_SIZE];
};

/* An anchor without use is false, not nil: a table whose keys come and go is made anew each time.
 *
 * Beside the calls in flight, the engine's table keeps the engine itself and a spent call, which
 * the next submit uses again: a finaliser for each call would cost more than the call's own
 * bookkeeping. */
enum { LCE_ANCHOR_ENGINE = 0, LCE_ANCHOR_SPARE = -1 };

/* Where the engine's table keeps a call in flight, its body, and whose it is. */
static inline int lce_call_anchor(celements_ticket ticket) {
  return 3 * (int)celements_ticket_place(ticket) + 1;
}

static inline int lce_body_anchor(celements_ticket ticket) { return lce_call_anchor(ticket) + 1; }

static inline int lce_owner_anchor(celements_ticket ticket) { return lce_call_anchor(ticket) + 2; }

struct lce_call *lce_check_call(lua_State *L, int index);
/* Pushes a call that belongs to no engine. The engine's table is on top. */
struct lce_call *lce_idle_call(lua_State *L);
void lce_link_call(struct lce_engine *owner, struct lce_call *call);
/* Does nothing for a call without an owner. */
void lce_unlink_call(struct lce_call *call);
/* Lets go of a call and what belongs to it. The engine's table is at `anchors`. */
void lce_drop_anchors(lua_State *L, int anchors, celements_ticket ticket);
/* Pushes the results of `take` for the call at `index`, which its engine has, and returns how many.
 * The engine's table is at `anchors`. Raises when the call is not done. */
int lce_take(lua_State *L, int index, int anchors, unsigned attempt);
/* Pushes what came of a call, as `take` gives it, and returns how much that is. The response stays
 * the caller's. */
int lce_push_response(lua_State *L, const celements_response *response, const char *method,
                      unsigned attempt);
/* The argument of `take`: which attempt of the call it was, from 1. */
unsigned lce_attempt(lua_State *L);
/* The same for a call whose carrier is closed. */
int lce_push_closed(lua_State *L);
/* Registers the class; the upvalues are on top and stay there. */
void lce_call_open(lua_State *L);

#pragma GCC visibility pop

#endif
