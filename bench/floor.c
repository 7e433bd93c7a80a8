/*
 * The floor: what libcurl in plain C costs for the calls that the other benchmarks make, with or
 * without what lua-cjson needs to encode each request and decode each answer. Nothing else is done
 * with either. What would stay the same from call to call is said to libcurl once; the URL would
 * not.
 *
 * usage: floor URL CALLS IN_FLIGHT BODY_FILE CA_FILE 1|2 curl|cjson easy|poll|epoll|flight
 *   1|2     HTTP/1.1 or HTTP/2; HTTP/2 shares as few connections as the server allows
 *   easy    the easy interface, one call after another
 *   poll    the multi interface, waiting with curl_multi_poll
 *   epoll   the multi interface, waiting with epoll; a kept connection stays registered
 *   flight  epoll, every call begun at once; prints seconds, the memory that the calls took in KiB,
 *           and the longest time in milliseconds that a timer of 10 ms had to wait
 * All but flight print for each call the microseconds of CPU and of wall time, then the peak memory
 * in KiB. With 0 calls everything is set up, nothing is called and nothing printed.
 */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 65536
#define TICK_MS 10

enum stack { ENCODE = 1, DECODE, REQUEST, BODIES }; /* what lies where on Lua's stack */

struct transfer {
  CURL *easy;
  int number;
  char *answer;
  size_t answered;
  size_t room;
};

struct clock {
  double cpu;
  double wall;
};

static struct {
  const char *url;
  const char *body;
  const char *ca_file;
  bool http2;
  bool epoll;
  bool flight;
  lua_State *L; /* NULL without lua-cjson */
  struct curl_slist *headers;
  struct transfer *transfers;
  long in_flight;
  long warm_up; /* the clock runs from this answer to the one that is `calls` later, */
  long calls;   /* while as many calls as ever are in flight */
  long total;
  long begun;
  long ended;
  struct clock start;
  struct clock end;
} floor_;

static struct {
  CURLM *multi;
  int epoll;
  double due;               /* when libcurl wants to be called by the clock; 0 for never */
  uint8_t wanted[MAX_FDS];  /* what libcurl waits for */
  uint8_t watched[MAX_FDS]; /* what the kernel was told */
  double tick;
  double gap;
} loop;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "floor: %s: %s\n", what, why);
  exit(1);
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct clock read_clock(void) {
  struct clock now = {seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC)};
  return now;
}

/* A line of this process's status. What getrusage says begins with the memory of whoever ran it. */
static long memory_kib(const char *name) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;
  while(file && fgets(line, sizeof line, file)) {
    if(strncmp(line, name, strlen(name)) == 0)
      kib = strtol(line + strlen(name) + 1, NULL, 10);
  }
  if(file)
    fclose(file);
  return kib;
}

/* ---------------------------------------------------------------- a call */

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  struct transfer *transfer = data;
  size_t length = size * count;
  if(transfer->answered + length > transfer->room) {
    transfer->room = transfer->answered + length;
    transfer->answer = realloc(transfer->answer, transfer->room);
    if(!transfer->answer)
      return 0;
  }
  memcpy(transfer->answer + transfer->answered, bytes, length);
  transfer->answered += length;
  return length;
}

static curl_socket_t on_open(void *unused, curlsocktype purpose, struct curl_sockaddr *address) {
  int fd = socket(address->family, address->socktype, address->protocol);
  (void)unused;
  (void)purpose;
  return fd < MAX_FDS ? fd : CURL_SOCKET_BAD;
}

static int on_close(void *unused, curl_socket_t fd) {
  (void)unused;
  loop.wanted[fd] = loop.watched[fd] = 0; /* the kernel forgets a closed one by itself */
  return close(fd);
}

static void set_up(struct transfer *transfer, int number) {
  CURL *easy = curl_easy_init();
  transfer->easy = easy;
  transfer->number = number;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, floor_.headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "celements-floor");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 60000L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, floor_.flight ? 60000L : 10000L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   (long)(floor_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, floor_.http2 ? 1L : 0L);
  if(*floor_.ca_file)
    curl_easy_setopt(easy, CURLOPT_CAINFO, floor_.ca_file);
  if(floor_.epoll) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  }
}

static void begin(struct transfer *transfer) {
  const char *body = floor_.body;
  size_t length = strlen(body);
  lua_State *L = floor_.L;
  if(L) {
    lua_pushvalue(L, ENCODE);
    lua_pushvalue(L, REQUEST);
    lua_call(L, 1, 1);
    body = lua_tolstring(L, -1, &length);
    lua_rawseti(L, BODIES, transfer->number); /* libcurl sends it from where it lies */
  }
  transfer->answered = 0;
  curl_easy_setopt(transfer->easy, CURLOPT_URL, floor_.url);
  curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, body);
  floor_.begun++;
}

static void end(struct transfer *transfer, CURLcode code) {
  lua_State *L = floor_.L;
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  if(code != CURLE_OK || status != 200)
    fail(floor_.url, code != CURLE_OK ? curl_easy_strerror(code) : "not answered with 200");
  if(L) {
    lua_pushvalue(L, DECODE);
    lua_pushlstring(L, transfer->answer, transfer->answered);
    lua_call(L, 1, 1);
    lua_settop(L, BODIES);
  }
  floor_.ended++;
  if(floor_.ended == floor_.warm_up)
    floor_.start = read_clock();
  if(floor_.ended == floor_.warm_up + floor_.calls)
    floor_.end = read_clock();
}

/* ---------------------------------------------------------------- ways to wait */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *unused, void *unused_too) {
  struct epoll_event event = {0};
  uint8_t wanted = (what == CURL_POLL_IN || what == CURL_POLL_INOUT ? EPOLLIN : 0) |
                   (what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? EPOLLOUT : 0);
  (void)easy;
  (void)unused;
  (void)unused_too;
  loop.wanted[fd] = wanted;
  if(!wanted || wanted == loop.watched[fd])
    return 0;
  event.events = wanted;
  event.data.fd = fd;
  epoll_ctl(loop.epoll, loop.watched[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  loop.watched[fd] = wanted;
  return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *unused) {
  (void)multi;
  (void)unused;
  loop.due = timeout_ms < 0 ? 0 : seconds(CLOCK_MONOTONIC) + (double)timeout_ms / 1e3;
  return 0;
}

static void tick(void) {
  double now = seconds(CLOCK_MONOTONIC);
  if(now - loop.tick < TICK_MS / 1e3)
    return;
  if(now - loop.tick > loop.gap)
    loop.gap = now - loop.tick;
  loop.tick = now;
}

static void act(const struct epoll_event *event) {
  int fd = event->data.fd;
  int running;
  int what = ((event->events & EPOLLIN) ? CURL_CSELECT_IN : 0) |
             ((event->events & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
             ((event->events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
  if(loop.wanted[fd]) {
    curl_multi_socket_action(loop.multi, fd, what, &running);
    return;
  }
  epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, NULL);
  loop.watched[fd] = 0;
}

static void turn_epoll(void) {
  struct epoll_event events[64];
  double left = loop.due ? loop.due - seconds(CLOCK_MONOTONIC) : 1;
  int limit = floor_.flight ? TICK_MS : 1000;
  int wait = left <= 0 ? 0 : left * 1e3 < limit ? (int)(left * 1e3) + 1 : limit;
  int count = epoll_wait(loop.epoll, events, sizeof events / sizeof events[0], wait);
  int running;
  int i;
  for(i = 0; i < count; i++)
    act(&events[i]);
  if(loop.due && seconds(CLOCK_MONOTONIC) >= loop.due) {
    loop.due = 0;
    curl_multi_socket_action(loop.multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
  if(floor_.flight)
    tick();
}

static void turn_poll(void) {
  int running;
  curl_multi_poll(loop.multi, NULL, 0, 1000, NULL);
  curl_multi_perform(loop.multi, &running);
}

static void open_loop(void) {
  loop.multi = curl_multi_init();
  if(floor_.http2) /* above its 100 streams libcurl would open one for each call */
    curl_multi_setopt(loop.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (floor_.in_flight + 99) / 100);
  if(!floor_.epoll)
    return;
  loop.epoll = epoll_create1(EPOLL_CLOEXEC);
  curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, on_timer);
}

/* ---------------------------------------------------------------- all calls */

static void run_easy(void) {
  while(floor_.ended < floor_.total) {
    begin(floor_.transfers);
    end(floor_.transfers, curl_easy_perform(floor_.transfers->easy));
  }
}

static void add(struct transfer *transfer) {
  begin(transfer);
  curl_multi_add_handle(loop.multi, transfer->easy);
}

static void collect(void) {
  CURLMsg *message;
  int left;
  while((message = curl_multi_info_read(loop.multi, &left))) {
    struct transfer *transfer = NULL;
    CURL *easy = message->easy_handle;
    CURLcode code = message->data.result;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(loop.multi, easy);
    end(transfer, code);
    if(floor_.begun < floor_.total)
      add(transfer);
  }
}

static void run_multi(void) {
  long i;
  int running;
  loop.tick = seconds(CLOCK_MONOTONIC);
  for(i = 0; i < floor_.in_flight; i++)
    add(&floor_.transfers[i]);
  if(!floor_.epoll)
    curl_multi_perform(loop.multi, &running);
  while(floor_.ended < floor_.total) {
    if(floor_.epoll)
      turn_epoll();
    else
      turn_poll();
    collect();
  }
}

/* ---------------------------------------------------------------- the program */

static lua_State *open_lua(const char *body) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if(luaL_dostring(L, "local cjson = require 'cjson' return cjson.encode, cjson.decode") != 0)
    fail("lua-cjson", lua_tostring(L, -1));
  lua_pushvalue(L, DECODE);
  lua_pushstring(L, body);
  lua_call(L, 1, 1);
  lua_newtable(L);
  return L;
}

static const char *read_file(const char *path) {
  static char text[65536];
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if(!length)
    fail(path, "cannot be read");
  fclose(file);
  text[length] = '\0';
  return text;
}

static void parse(char **argv) {
  const char *how = argv[8];
  floor_.url = argv[1];
  floor_.calls = strtol(argv[2], NULL, 10);
  floor_.in_flight = strtol(argv[3], NULL, 10);
  floor_.body = read_file(argv[4]);
  floor_.ca_file = argv[5];
  floor_.http2 = strcmp(argv[6], "2") == 0;
  floor_.flight = strcmp(how, "flight") == 0;
  floor_.epoll = floor_.flight || strcmp(how, "epoll") == 0;
  floor_.warm_up = floor_.flight ? 0 : 100 + 4 * floor_.in_flight;
  floor_.total = floor_.calls + (floor_.flight ? 0 : floor_.warm_up + floor_.in_flight);
  if(strcmp(argv[7], "cjson") == 0)
    floor_.L = open_lua(floor_.body);
}

static void open_transfers(void) {
  static const char *const headers[] = {
      "Content-Type: application/json", "Accept: application/json",
      "Authorization: User bench-user, Organization bench-organization"};
  size_t i;
  for(i = 0; i < sizeof headers / sizeof headers[0]; i++)
    floor_.headers = curl_slist_append(floor_.headers, headers[i]);
  floor_.transfers = calloc((size_t)floor_.in_flight, sizeof *floor_.transfers);
  for(i = 0; floor_.transfers && i < (size_t)floor_.in_flight; i++)
    set_up(&floor_.transfers[i], (int)i + 1);
}

static void report(long before) {
  double calls = (double)floor_.calls;
  if(floor_.flight)
    printf("%.3f %ld %.1f\n", floor_.end.wall - floor_.start.wall, memory_kib("VmHWM:") - before,
           loop.gap * 1e3);
  else
    printf("%.3f %.3f %ld\n", (floor_.end.cpu - floor_.start.cpu) / calls * 1e6,
           (floor_.end.wall - floor_.start.wall) / calls * 1e6, memory_kib("VmHWM:"));
}

int main(int argc, char **argv) {
  long before;
  if(argc != 9) {
    fprintf(stderr, "usage: floor URL CALLS IN_FLIGHT BODY_FILE CA_FILE 1|2 curl|cjson "
                    "easy|poll|epoll|flight\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  parse(argv);
  open_loop();
  before = memory_kib("VmRSS:");
  floor_.start = read_clock();
  open_transfers();
  if(floor_.calls > 0) {
    if(strcmp(argv[8], "easy") == 0)
      run_easy();
    else
      run_multi();
    report(before);
  }
  return 0;
}
