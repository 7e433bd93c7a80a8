#include "lce_call.h"

#include <limits.h>
#include <string.h>

struct lce_call *lce_check_call(lua_State *L, int index) {
  return lce_check(L, index, LCE_CALL, LCE_SHARED_CALL);
}

struct lce_call *lce_idle_call(lua_State *L) {
  struct lce_call *call;
  lua_rawgeti(L, -1, LCE_ANCHOR_SPARE);
  call = lua_touserdata(L, -1);
  if(call) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, -3, LCE_ANCHOR_SPARE);
    return call;
  }
  lua_pop(L, 1);
  call = lce_new(L, sizeof *call, LCE_SHARED_CALL);
  lua_pushvalue(L, -2);
  lce_setuservalue(L, -2); /* the call keeps its engine alive */
  return call;
}

void lce_link_call(struct lce_engine *owner, struct lce_call *call) {
  call->owner = owner;
  call->next = owner->calls;
  if(call->next)
    call->next->previous = call;
  owner->calls = call;
}

void lce_unlink_call(struct lce_call *call) {
  if(!call->owner)
    return;
  if(call->previous)
    call->previous->next = call->next;
  else
    call->owner->calls = call->next;
  if(call->next)
    call->next->previous = call->previous;
  call->owner = NULL;
  call->previous = call->next = NULL;
}

void lce_drop_anchors(lua_State *L, int anchors, celements_ticket ticket) {
  lua_pushboolean(L, 0);
  lua_rawseti(L, anchors, lce_call_anchor(ticket));
  lua_pushboolean(L, 0);
  lua_rawseti(L, anchors, lce_body_anchor(ticket));
  lua_pushboolean(L, 0);
  lua_rawseti(L, anchors, lce_owner_anchor(ticket));
}

/* True for an object that carries the provider's own text (API documentation). */
static bool has_provider_message(lua_State *L, int index) {
  bool found;
  if(!lua_istable(L, index))
    return false;
  lua_getfield(L, index, "providerMessage");
  found = lua_type(L, -1) == LUA_TSTRING && lce_rawlen(L, -1) > 0;
  lua_pop(L, 1);
  return found;
}

static bool is_blank(const char *text, size_t length) {
  while(length && strchr(" \t\r\n", text[length - 1]) && text[length - 1])
    length--;
  return length == 0;
}

/* Pushes the body's value and nil, or nil and why it is none. An empty body is nil. */
static void push_body(lua_State *L, const celements_response *response,
                      struct celements_outcome *outcome) {
  size_t length;
  const char *text = celements_response_body(response, &length);
  if(outcome->transport) {
    lua_pushnil(L);
    lua_pushstring(L, celements_response_detail(response));
  } else if(is_blank(text, length)) {
    lua_pushnil(L);
    lua_pushnil(L);
  } else if(lce_json_decode(L, text, length)) {
    outcome->provider_message = outcome->status >= 400 && has_provider_message(L, lua_gettop(L));
    lua_pushnil(L);
  } else {
    outcome->json = false;
    lua_pushfstring(L, "the answer is not JSON: %s", lua_tostring(L, -1));
    lua_pushnil(L);
    lua_replace(L, -3);
  }
}

/* Sets a field of the table on top. */
static void set_text(lua_State *L, const char *name, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, lua_Number number) {
  lua_pushnumber(L, number);
  lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, lua_Integer integer) {
  lua_pushinteger(L, integer);
  lua_setfield(L, -2, name);
}

/* Pushes a table of them, or nil. */
static void push_times(lua_State *L, const struct celements_times *times) {
  if(!times) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 0, 7);
  set_number(L, "dns", times->dns);
  set_number(L, "connect", times->connect);
  set_number(L, "tls", times->tls);
  set_number(L, "first_byte", times->first_byte);
  set_number(L, "total", times->total);
  set_integer(L, "sent", (lua_Integer)times->sent);
  set_integer(L, "received", (lua_Integer)times->received);
}

static void push_block(lua_State *L, const celements_response *response) {
  size_t length;
  const char *headers = celements_response_headers(response, &length);
  lua_pushlstring(L, headers, length);
}

static void set_retry(lua_State *L, const char *method, const struct celements_outcome *outcome,
                      unsigned attempt) {
  struct celements_retry retry = celements_retry(method, outcome, attempt, celements_random());
  lua_pushboolean(L, celements_maybe_sent(outcome));
  lua_setfield(L, -2, "maybe_sent");
  set_text(L, "reason", celements_reason_name(retry.reason));
  if(retry.delay >= 0)
    set_number(L, "delay", retry.delay);
  if(outcome->retry_after)
    set_number(L, "retry_after", outcome->wait);
}

unsigned lce_attempt(lua_State *L) {
  lua_Number attempt = lua_tonumber(L, 2);
  return attempt >= 1 && attempt < (lua_Number)INT_MAX ? (unsigned)attempt : 1;
}

/* The body's value, and why it is none, are on top. */
static int push_success(lua_State *L, const celements_response *response,
                        const struct celements_outcome *outcome) {
  lua_pop(L, 1);
  if(lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_pushinteger(L, (lua_Integer)outcome->status);
  push_block(L, response);
  lua_pushnumber(L, celements_response_duration(response));
  push_times(L, celements_response_times(response));
  return LCE_RESULTS_OF_SUCCESS;
}

/* The same are on top. */
static int push_failure(lua_State *L, const celements_response *response,
                        const struct celements_outcome *outcome, const char *kind,
                        const char *method, unsigned attempt) {
  lua_createtable(L, 0, 13);
  lua_insert(L, -3);
  lua_setfield(L, -3, "detail");
  lua_setfield(L, -2, "value");
  set_text(L, "kind", kind);
  set_integer(L, "status", (lua_Integer)outcome->status);
  if(outcome->cut) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "cut");
  }
  push_block(L, response);
  lua_setfield(L, -2, "block");
  set_number(L, "duration", celements_response_duration(response));
  push_times(L, celements_response_times(response));
  lua_setfield(L, -2, "times");
  set_retry(L, method, outcome, attempt);
  lua_pushnil(L);
  lua_insert(L, -2);
  return LCE_RESULTS_OF_FAILURE;
}

int lce_push_response(lua_State *L, const celements_response *response, const char *method,
                      unsigned attempt) {
  struct celements_outcome outcome = celements_response_outcome(response);
  celements_kind kind;
  push_body(L, response, &outcome);
  kind = celements_classify(&outcome);
  if(kind)
    return push_failure(L, response, &outcome, celements_kind_name(kind), method, attempt);
  return push_success(L, response, &outcome);
}

int lce_push_closed(lua_State *L) {
  lua_pushnil(L);
  lua_createtable(L, 0, 4);
  set_text(L, "kind", celements_kind_name(CELEMENTS_KIND_CLOSED));
  set_text(L, "detail", "the engine was closed, or the response was taken before");
  set_text(L, "block", "");
  set_integer(L, "status", 0);
  return LCE_RESULTS_OF_FAILURE;
}

int lce_take(lua_State *L, int index, int anchors, unsigned attempt) {
  struct lce_call *call = lua_touserdata(L, index);
  struct lce_engine *owner = call->owner;
  celements_status status = celements_engine_take(owner->engine, call->ticket, &call->response);
  int results;
  if(status)
    return lce_raise(L, status);
  lce_unlink_call(call);
  lce_drop_anchors(L, anchors, call->ticket);
  results = lce_push_response(L, call->response, call->method, attempt);
  if(owner->engine) /* a finaliser may have closed it meanwhile */
    celements_engine_recycle(owner->engine, call->response);
  else
    celements_response_free(call->response);
  call->response = NULL;
  lua_pushvalue(L, index);
  lua_rawseti(L, anchors, LCE_ANCHOR_SPARE);
  return results;
}

/*
 * call:take([attempt]) hands over what came of a call that is done, and spends the call.
 *
 * After a success: the decoded body, true for an empty one; the status; the header block; the
 * duration in seconds; and the times of its phases, a table, nil unless the target is timed.
 *
 * After a failure: nil, and a table with the `kind`; the `status`, 0 if no answer began; `value`,
 * the decoded body (nil when empty or not JSON); `detail`, what went wrong in the transport or the
 * JSON (nil if nothing did); `cut`, whether the answer broke off (nil: not); `block`, `duration`
 * and `times`; `maybe_sent`, whether the platform may have done the work all the same; `reason`,
 * why it is to be tried again or not after so many attempts (1 by default), and in how many
 * seconds, `delay` (nil: not); and `retry_after`, what that header says (nil for nothing).
 */
static int take(lua_State *L) {
  const struct lce_call *call = lce_check_call(L, 1);
  const unsigned attempt = lce_attempt(L);
  lua_settop(L, 1);
  if(!call->owner)
    return lce_push_closed(L);
  lce_getuservalue(L, 1);
  return lce_take(L, 1, 2, attempt);
}

/* call:done() */
static int done(lua_State *L) {
  const struct lce_call *call = lce_check_call(L, 1);
  lua_pushboolean(L, !call->owner || celements_engine_done(call->owner->engine, call->ticket));
  return 1;
}

/* call:resume(): the stream of the call was seen to; true when there is something to do again. */
static int resume(lua_State *L) {
  const struct lce_call *call = lce_check_call(L, 1);
  if(call->owner)
    celements_engine_resume(call->owner->engine, call->ticket);
  lua_pushboolean(L, call->owner && celements_engine_stirs(call->owner->engine, call->ticket));
  return 1;
}

/* call:cancel(): the call is done at once, with kind "cancelled". */
static int cancel(lua_State *L) {
  const struct lce_call *call = lce_check_call(L, 1);
  if(call->owner)
    celements_engine_cancel(call->owner->engine, call->ticket, CELEMENTS_KIND_CANCELLED);
  return 0;
}

static int free_call(lua_State *L) {
  struct lce_call *call = lce_check_call(L, 1);
  if(call->owner) {
    celements_engine *engine = call->owner->engine;
    celements_engine_cancel(engine, call->ticket, CELEMENTS_KIND_CANCELLED);
    if(celements_engine_take(engine, call->ticket, &call->response))
      call->response = NULL;
    lce_unlink_call(call);
  }
  celements_response_free(call->response);
  call->response = NULL;
  return 0;
}

void lce_call_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"take", take},     {"done", done},      {"resume", resume},
                                       {"cancel", cancel}, {"__gc", free_call}, {NULL, NULL}};
  lce_class(L, LCE_CALL, LCE_SHARED_CALL, functions);
}
