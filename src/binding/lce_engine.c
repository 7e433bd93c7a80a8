/* The engine as userdata. A call in flight, and its body, are anchored in its table. */
#include "lce_call.h"
#include "lce_request.h"

static struct lce_engine *check(lua_State *L) {
  return lce_check(L, 1, LCE_ENGINE, LCE_SHARED_ENGINE);
}

static struct lce_engine *check_engine(lua_State *L) {
  struct lce_engine *self = check(L);
  luaL_argcheck(L, self->engine, 1, "closed");
  return self;
}

/* core.engine(): an engine, or nil, "engine" and why the system refuses one. */
int lce_engine(lua_State *L) {
  struct lce_engine *self = lce_new(L, sizeof *self, LCE_SHARED_ENGINE);
  celements_status status;
  lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, LCE_ANCHOR_ENGINE);
  lce_setuservalue(L, -2);
  status = celements_request_new(&self->request);
  if(!status)
    status = celements_engine_new(&self->engine);
  if(status == CELEMENTS_SYSTEM || status == CELEMENTS_LIBCURL)
    return lce_refuse(L, "engine", status);
  return status ? lce_raise(L, status) : 1;
}

static int close_engine(lua_State *L) {
  struct lce_engine *self = check(L);
  celements_engine *engine = self->engine;
  while(self->calls)
    lce_unlink_call(self->calls);
  self->engine = NULL;
  celements_engine_free(engine);
  celements_request_free(self->request);
  self->request = NULL;
  lua_newtable(L); /* the anchors go, and the bodies with them */
  lce_setuservalue(L, 1);
  return 0;
}

enum { ANCHORS = LCE_ARG_LAST + 1, CALL }; /* the engine's table, the new call */

static bool has_news(celements_engine *engine, celements_ticket ticket) {
  return celements_engine_done(engine, ticket) || celements_engine_stirs(engine, ticket);
}

/* Submits the call that the arguments describe. Returns 0, with the call at CALL, or how many
 * results say why it cannot. */
static int begin(lua_State *L, const struct lce_limits *limits) {
  struct lce_engine *self = check_engine(L);
  struct lce_call *call;
  celements_status status;
  int refused = lce_prepare(L);
  if(refused)
    return refused;
  lce_getuservalue(L, 1);
  /* This, and encoding, may run finalisers, which may submit or close: so before describing. */
  call = lce_idle_call(L);
  check_engine(L);
  refused = lce_describe(L, self->request, limits, call->method);
  if(refused)
    return refused;
  status = celements_engine_reserve(self->engine, &call->ticket);
  if(!status) {
    /* Anchored before it starts: this may raise, and a call in flight needs its body. */
    lua_pushvalue(L, CALL);
    lua_rawseti(L, ANCHORS, lce_call_anchor(call->ticket));
    lua_pushvalue(L, LCE_BODY);
    lua_rawseti(L, ANCHORS, lce_body_anchor(call->ticket));
    if(lua_toboolean(L, LCE_ARG_OWNER)) {
      lua_pushvalue(L, LCE_ARG_OWNER);
      lua_rawseti(L, ANCHORS, lce_owner_anchor(call->ticket));
    }
    status = celements_engine_submit(self->engine, self->request, &call->ticket);
    if(status)
      lce_drop_anchors(L, ANCHORS, call->ticket);
  }
  if(status) {
    celements_request_forget(self->request);
    return lce_refuse(L, "engine", status);
  }
  lce_link_call(self, call);
  return 0;
}

/* engine:submit(…) as in lce_request.h gives a call, or what is said there. `owner` is for
 * `next_done` to give back. */
static int submit(lua_State *L) {
  struct lce_limits limits;
  int refused;
  lce_check_options(L, &limits);
  refused = begin(L, &limits);
  if(refused)
    return refused;
  lua_pushvalue(L, LCE_BODY);
  return 2;
}

/* One step, unless the call is done or stirs. Returns whether it does. */
static bool wait_once(celements_engine *engine, celements_ticket ticket) {
  if(has_news(engine, ticket))
    return true;
  /* A system that refuses to wait is the call's failure, not the caller's. */
  if(celements_engine_step(engine, -1))
    celements_engine_cancel(engine, ticket, CELEMENTS_KIND_NETWORK);
  return has_news(engine, ticket);
}

/* Lets go of the calls that are done. Whoever holds one can still take it. */
static void drop_done(lua_State *L, const struct lce_engine *self) {
  celements_ticket ticket;
  while((ticket = celements_engine_next_done(self->engine))) {
    lce_getuservalue(L, 1);
    if(celements_engine_done(self->engine, ticket))
      lce_drop_anchors(L, lua_gettop(L), ticket);
    lua_pop(L, 1);
  }
}

/* engine:drop_strays(): an error (a hook's on Ctrl-C, say) may strike during a wait, and its call
 * then ends by its deadline. To be called where nobody waits for `next_done` to name a call. */
static int drop_strays(lua_State *L) {
  drop_done(L, check_engine(L));
  return 0;
}

/* engine:perform(target, method, path, options[, owner]) submits a call that needs nothing else.
 * Its results are nil, nil, the body as it is sent, and the call, which is to be waited for.
 *
 * Without an owner it drops strays before, and waits once: a signal that comes before that is
 * noticed after it. If that was enough, the results are those of the call's `take` instead; after
 * a failure, the body as it was sent follows.
 *
 * There are none, and nothing was sent, where `submit` must see to it: at other options, because it
 * would refuse, the engine is closed, or the owner cannot be suspended here. */
static int perform(lua_State *L) {
  const struct lce_engine *self = check(L);
  struct lce_limits limits;
  const struct lce_call *call;
  bool blocks; /* nobody is to be suspended */
  lua_settop(L, LCE_ARG_OWNER);
  blocks = lua_isnil(L, LCE_ARG_OWNER);
  if(!self->engine || !(blocks || lce_isyieldable(L)))
    return 0;
  if(blocks)
    drop_done(L, self);
  if(lce_read_options(L, &limits) != LCE_OPTIONS_READ || begin(L, &limits))
    return 0;
  call = lua_touserdata(L, CALL);
  if(blocks && wait_once(self->engine, call->ticket)) {
    int results = lce_take(L, CALL, ANCHORS, 1);
    if(results == LCE_RESULTS_OF_FAILURE) {
      lua_pushvalue(L, LCE_BODY);
      results++;
    }
    return results;
  }
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, LCE_BODY);
  lua_pushvalue(L, CALL);
  return 4;
}

/* engine:step([seconds]) waits so long (nil: as long as it takes) and moves every call along. It
 * returns early when something happened, or when a signal came. */
static int step(lua_State *L) {
  struct lce_engine *self = check_engine(L);
  celements_status status;
  long timeout_ms = -1;
  if(!lua_isnoneornil(L, 2)) {
    lua_Number seconds = luaL_checknumber(L, 2);
    luaL_argcheck(L, seconds >= 0, 2, "must not be negative");
    timeout_ms = lce_milliseconds(seconds);
  }
  status = celements_engine_step(self->engine, timeout_ms);
  return status ? lce_raise(L, status) : 0;
}

/* engine:wait(call): one step; true when the call is done or stirs. To be called in a loop, so that
 * Lua can run a signal's hook in between. */
static int wait_for(lua_State *L) {
  struct lce_engine *self = check_engine(L);
  const struct lce_call *call = lce_check_call(L, 2);
  luaL_argcheck(L, !call->owner || call->owner == self, 2, "a call of another engine");
  lua_pushboolean(L, !call->owner || wait_once(self->engine, call->ticket));
  return 1;
}

/* engine:next_done(): a call that is done and was not named before, or that stirs, and its owner;
 * or nil, also when the engine is closed. */
static int next_done(lua_State *L) {
  const struct lce_engine *self = check(L);
  celements_ticket ticket = self->engine ? celements_engine_next_done(self->engine) : 0;
  lua_settop(L, 1);
  if(!ticket) {
    lua_pushnil(L);
    return 1;
  }
  lce_getuservalue(L, 1);
  lua_rawgeti(L, 2, lce_call_anchor(ticket));
  lua_rawgeti(L, 2, lce_owner_anchor(ticket));
  if(celements_engine_done(self->engine, ticket))
    lce_drop_anchors(L, 2, ticket);
  return 2;
}

/* engine:pollfd(): the descriptor that is readable when a step is due. Ask before each wait. */
static int pollfd(lua_State *L) {
  lua_pushinteger(L, celements_engine_pollfd(check_engine(L)->engine));
  return 1;
}

/* engine:in_flight(): how many calls; nil when it is closed. */
static int in_flight(lua_State *L) {
  const struct lce_engine *self = check(L);
  if(self->engine)
    lua_pushinteger(L, (lua_Integer)celements_engine_in_flight(self->engine));
  else
    lua_pushnil(L);
  return 1;
}

/* engine:cancel_target(target): ends every call to it with kind "closed". Finalisers, which run in
 * any order, may have closed either. */
static int cancel_target(lua_State *L) {
  const struct lce_engine *self = check(L);
  const struct lce_target *target = lce_check(L, 2, LCE_TARGET, LCE_SHARED_TARGET);
  if(self->engine && target->target)
    celements_engine_cancel_target(self->engine, target->target, CELEMENTS_KIND_CLOSED);
  return 0;
}

static int engine_to_string(lua_State *L) {
  const struct lce_engine *self = check(L);
  if(self->engine)
    lua_pushfstring(L, LCE_ENGINE " (%d in flight)", (int)celements_engine_in_flight(self->engine));
  else
    lua_pushliteral(L, LCE_ENGINE " (closed)");
  return 1;
}

void lce_engine_open(lua_State *L) {
  static const luaL_Reg engine_functions[] = {{"submit", submit},
                                              {"perform", perform},
                                              {"step", step},
                                              {"wait", wait_for},
                                              {"next_done", next_done},
                                              {"drop_strays", drop_strays},
                                              {"pollfd", pollfd},
                                              {"in_flight", in_flight},
                                              {"cancel_target", cancel_target},
                                              {"close", close_engine},
                                              {"__gc", close_engine},
                                              {"__close", close_engine},
                                              {"__tostring", engine_to_string},
                                              {NULL, NULL}};
  lce_class(L, LCE_ENGINE, LCE_SHARED_ENGINE, engine_functions);
}
