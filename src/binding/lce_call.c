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

void lce_drop_anchors(lua_State *L, celements_ticket ticket) {
  lua_pushboolean(L, 0);
  lua_rawseti(L, -2, lce_call_anchor(ticket));
  lua_pushboolean(L, 0);
  lua_rawseti(L, -2, lce_body_anchor(ticket));
  lua_pushboolean(L, 0);
  lua_rawseti(L, -2, lce_owner_anchor(ticket));
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

/* Pushes a table of them, or nil. */
static void push_times(lua_State *L, const struct celements_times *times) {
  if(!times) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 0, 7);
  lua_pushnumber(L, times->dns);
  lua_setfield(L, -2, "dns");
  lua_pushnumber(L, times->connect);
  lua_setfield(L, -2, "connect");
  lua_pushnumber(L, times->tls);
  lua_setfield(L, -2, "tls");
  lua_pushnumber(L, times->first_byte);
  lua_setfield(L, -2, "first_byte");
  lua_pushnumber(L, times->total);
  lua_setfield(L, -2, "total");
  lua_pushinteger(L, (lua_Integer)times->sent);
  lua_setfield(L, -2, "sent");
  lua_pushinteger(L, (lua_Integer)times->received);
  lua_setfield(L, -2, "received");
}

static int push_retry(lua_State *L, const char *method, const struct celements_outcome *outcome,
                      unsigned attempt) {
  struct celements_retry retry = celements_retry(method, outcome, attempt, celements_random());
  lua_pushboolean(L, celements_maybe_sent(outcome));
  lua_pushstring(L, celements_reason_name(retry.reason));
  if(retry.delay < 0)
    lua_pushnil(L);
  else
    lua_pushnumber(L, retry.delay);
  if(outcome->retry_after)
    lua_pushnumber(L, outcome->wait);
  else
    lua_pushnil(L);
  return 4;
}

unsigned lce_attempt(lua_State *L) {
  lua_Number attempt = lua_tonumber(L, 2);
  return attempt >= 1 && attempt < (lua_Number)INT_MAX ? (unsigned)attempt : 1;
}

int lce_push_response(lua_State *L, const celements_response *response, const char *method,
                      unsigned attempt) {
  struct celements_outcome outcome = celements_response_outcome(response);
  celements_kind kind;
  const char *headers;
  size_t headers_length;
  push_body(L, response, &outcome);
  kind = celements_classify(&outcome);
  if(kind)
    lua_pushstring(L, celements_kind_name(kind));
  else
    lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)outcome.status);
  headers = celements_response_headers(response, &headers_length);
  lua_pushlstring(L, headers, headers_length);
  lua_pushnumber(L, celements_response_duration(response));
  push_times(L, celements_response_times(response));
  return kind ? 7 + push_retry(L, method, &outcome, attempt) : 7;
}

int lce_push_closed(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "the engine was closed, or the response was taken before");
  lua_pushstring(L, celements_kind_name(CELEMENTS_KIND_CLOSED));
  lua_pushinteger(L, 0);
  lua_pushliteral(L, "");
  return 5;
}

/*
 * call:take([attempt]) hands over what came of a call that is done, and spends the call: the
 * decoded body (nil when empty or not JSON), what went wrong in the transport or the JSON (nil if
 * nothing did), the kind of failure (nil for success), the HTTP status (0 if no answer began), the
 * header block, the duration in seconds, and the times of its phases (nil unless the target is
 * timed). After a failure there follow whether the platform may have done the work all the same,
 * why it is to be tried again or not after so many attempts (1 by default), in how many seconds
 * (nil: not), and what Retry-After says (nil for nothing).
 */
static int take(lua_State *L) {
  struct lce_call *call = lce_check_call(L, 1);
  struct lce_engine *owner = call->owner;
  celements_status status;
  const unsigned attempt = lce_attempt(L);
  int results;
  lua_settop(L, 1);
  if(!owner)
    return lce_push_closed(L);
  status = celements_engine_take(owner->engine, call->ticket, &call->response);
  if(status)
    return lce_raise(L, status);
  lce_unlink_call(call);
  lce_getuservalue(L, 1);
  lce_drop_anchors(L, call->ticket);
  results = lce_push_response(L, call->response, call->method, attempt);
  if(owner->engine) /* a finaliser may have closed it meanwhile */
    celements_engine_recycle(owner->engine, call->response);
  else
    celements_response_free(call->response);
  call->response = NULL;
  lua_pushvalue(L, 1);
  lua_rawseti(L, 2, LCE_ANCHOR_SPARE);
  return results;
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
