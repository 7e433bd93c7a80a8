/* The multi handle: socket and timer callbacks, how many connections are kept, and forks. */
#include "ce_multi.h"

#include "ce_alloc.h"

#define MIN_CONNECTIONS 256
#define QUIET_MS 10000

/* Multi handles that belong to the parent of a fork. They cannot be freed (that would speak on the
 * parent's connections), only kept where a leak checker finds them. */
struct abandoned {
  CURLM *handle;
  struct abandoned *next;
};
static struct abandoned *abandoned;

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *unused) {
  struct ce__multi *multi = data;
  int events = 0;
  celements_status status;
  (void)easy;
  (void)unused;
  if(what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    events |= CE__POLL_IN;
  if(what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    events |= CE__POLL_OUT;
  status = ce__poller_want(multi->poller, fd, events);
  if(status)
    multi->broken = true; /* the call would wait for an event that nobody tells it of */
  return 0;
}

static int on_timer(CURLM *handle, long timeout_ms, void *data) {
  struct ce__multi *multi = data;
  (void)handle;
  multi->timer = timeout_ms < 0 ? -1 : celements_now() + timeout_ms;
  return 0;
}

static void keep_connections(struct ce__multi *multi, size_t connections) {
  multi->connections = connections;
  curl_multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, (long)connections);
}

/* Left to itself libcurl keeps four connections for each call in flight, and closes what a burst
 * has opened when a few calls come after it. So a good number is kept whatever is in flight, and
 * what a burst needed for a while after it: who takes what is done may be slow to begin the next.
 */
void ce__multi_size(struct ce__multi *multi, size_t running) {
  if(running > multi->connections)
    keep_connections(multi, multi->connections * 2);
  if(running >= multi->connections / 4 || multi->connections == MIN_CONNECTIONS)
    multi->quiet_since = -1;
  else if(multi->quiet_since < 0)
    multi->quiet_since = celements_now();
  else if(celements_now() - multi->quiet_since > QUIET_MS) {
    multi->quiet_since = -1;
    keep_connections(multi, multi->connections / 2);
  }
}

/* Calls that wait in libcurl for a connection are looked at when another one leaves, not when more
 * connections are allowed. */
static void nudge(struct ce__multi *multi) {
  if(!multi->nudge)
    multi->nudge = curl_easy_init();
  if(multi->nudge && curl_multi_add_handle(multi->handle, multi->nudge) == CURLM_OK)
    curl_multi_remove_handle(multi->handle, multi->nudge);
}

static void limit_connections(struct ce__multi *multi) {
  size_t enough = ce__share_connections(&multi->shares);
  size_t before = multi->host_connections;
  if(enough <= before && enough > before / 4) /* not for every call that begins or ends */
    return;
  multi->host_connections = enough;
  curl_multi_setopt(multi->handle, CURLMOPT_MAX_HOST_CONNECTIONS, (long)enough);
  if(enough > before && multi->shares.all)
    nudge(multi);
}

celements_status ce__multi_open(struct ce__multi *multi) {
  if(!multi->poller) {
    celements_status status = ce__poller_new(&multi->poller);
    if(status)
      return status;
  }
  multi->handle = curl_multi_init();
  if(!multi->handle)
    return CELEMENTS_NOMEM;
  curl_multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi);
  curl_multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
#if LIBCURL_VERSION_NUM >= 0x081400 /* closing does not wait for resolver threads to end */
  curl_multi_setopt(multi->handle, CURLMOPT_QUICK_EXIT, 1L);
#endif
  multi->quiet_since = -1;
  keep_connections(multi, MIN_CONNECTIONS);
  multi->host_connections = 0;
  limit_connections(multi);
  multi->timer = -1;
  multi->forks = ce__fork_count();
  return CELEMENTS_OK;
}

static void forget_transfers(struct ce__multi *multi) {
  ce__share_drop(&multi->shares);
  curl_easy_cleanup(multi->nudge);
  multi->nudge = NULL;
}

void ce__multi_close(struct ce__multi *multi) {
  curl_multi_cleanup(multi->handle);
  forget_transfers(multi);
  multi->handle = NULL;
  multi->broken = false;
}

void ce__multi_abandon(struct ce__multi *multi) {
  struct abandoned *kept = ce__malloc(sizeof *kept);
  if(kept) {
    kept->handle = multi->handle;
    kept->next = abandoned;
    abandoned = kept;
  }
  multi->handle = NULL;
  forget_transfers(multi);
  ce__poller_abandon(multi->poller);
  multi->poller = NULL;
}

static celements_status status_of(CURLMcode code) {
  return code == CURLM_OK              ? CELEMENTS_OK
         : code == CURLM_OUT_OF_MEMORY ? CELEMENTS_NOMEM
                                       : CELEMENTS_LIBCURL;
}

celements_status ce__multi_add(struct ce__multi *multi, struct ce__transfer *transfer) {
  CURLMcode code = curl_multi_add_handle(multi->handle, transfer->easy);
  if(code == CURLM_OK) {
    ce__share_join(&multi->shares, transfer);
    limit_connections(multi);
  }
  return status_of(code);
}

void ce__multi_remove(struct ce__multi *multi, struct ce__transfer *transfer) {
  curl_multi_remove_handle(multi->handle, transfer->easy);
  ce__share_leave(&multi->shares, transfer);
  limit_connections(multi);
}

celements_status ce__multi_act(struct ce__multi *multi, curl_socket_t fd, int what) {
  int running;
  CURLMcode code = curl_multi_socket_action(multi->handle, fd, what, &running);
  limit_connections(multi);
  if(code == CURLM_BAD_SOCKET)
    return CELEMENTS_OK;
  if(code != CURLM_OK)
    multi->broken = true;
  return status_of(code);
}

celements_status ce__multi_act_on_timer(struct ce__multi *multi) {
  if(multi->timer < 0 || celements_now() < multi->timer)
    return CELEMENTS_OK;
  multi->timer = -1;
  return ce__multi_act(multi, CURL_SOCKET_TIMEOUT, 0);
}
