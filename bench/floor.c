/*
 * The floor: what libcurl in plain C costs for the same calls that bench/calls.lua makes, one after
 * another on one easy handle, with or without what lua-cjson needs to encode the request and decode
 * the answer. Nothing else is done with either.
 *
 * usage: floor URL CALLS BODY_FILE CA_FILE curl|cjson
 *   BODY_FILE is JSON; CA_FILE may be ""; prints CPU and wall microseconds per call
 */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char answer[1 << 20];
static size_t answered;

static size_t on_body(char *bytes, size_t size, size_t count, void *unused) {
  (void)unused;
  if(answered + count > sizeof answer)
    return 0;
  memcpy(answer + answered, bytes, size * count);
  answered += count;
  return size * count;
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct floor {
  CURL *easy;
  const char *url;
  const char *ca_file;
  struct curl_slist *headers;
  lua_State *L; /* NULL without lua-cjson; else encode, decode and the request's table are on it */
  const char *body;
};

static void call(const struct floor *floor) {
  CURL *easy = floor->easy;
  const char *body = floor->body;
  size_t length = strlen(body);
  CURLcode code;
  long status = 0;
  if(floor->L) {
    lua_pushvalue(floor->L, 1);
    lua_pushvalue(floor->L, 3);
    lua_call(floor->L, 1, 1);
    body = lua_tolstring(floor->L, -1, &length);
  }
  answered = 0;
  curl_easy_setopt(easy, CURLOPT_URL, floor->url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, floor->headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "celements-floor");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 60000L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  if(*floor->ca_file)
    curl_easy_setopt(easy, CURLOPT_CAINFO, floor->ca_file);
  code = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if(code != CURLE_OK || status != 200) {
    fprintf(stderr, "floor: %s, status %ld\n", curl_easy_strerror(code), status);
    exit(1);
  }
  if(floor->L) {
    lua_pushvalue(floor->L, 2);
    lua_pushlstring(floor->L, answer, answered);
    lua_call(floor->L, 1, 1);
    lua_settop(floor->L, 3);
  }
}

static lua_State *open_lua(const char *body) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if(luaL_dostring(L, "local cjson = require 'cjson' return cjson.encode, cjson.decode") != 0) {
    fprintf(stderr, "floor: %s\n", lua_tostring(L, -1));
    exit(1);
  }
  lua_pushvalue(L, 2);
  lua_pushstring(L, body);
  lua_call(L, 1, 1);
  return L;
}

static char *read_file(const char *path) {
  static char text[65536];
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if(!length) {
    fprintf(stderr, "floor: cannot read %s\n", path);
    exit(1);
  }
  fclose(file);
  text[length] = '\0';
  return text;
}

int main(int argc, char **argv) {
  long calls = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
  struct floor floor = {0};
  double cpu;
  double wall;
  long i;
  if(argc != 6 || calls < 1) {
    fprintf(stderr, "usage: floor URL CALLS BODY_FILE CA_FILE curl|cjson\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  floor.easy = curl_easy_init();
  floor.url = argv[1];
  floor.body = read_file(argv[3]);
  floor.ca_file = argv[4];
  floor.L = strcmp(argv[5], "cjson") == 0 ? open_lua(floor.body) : NULL;
  floor.headers = curl_slist_append(floor.headers, "Content-Type: application/json");
  floor.headers = curl_slist_append(floor.headers, "Expect:");
  floor.headers = curl_slist_append(floor.headers, "Accept: application/json");
  floor.headers = curl_slist_append(
      floor.headers, "Authorization: User bench-user, Organization bench-organization");
  for(i = 0; i < 100; i++)
    call(&floor);
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  wall = seconds(CLOCK_MONOTONIC);
  for(i = 0; i < calls; i++)
    call(&floor);
  printf("%.3f %.3f\n", (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)calls * 1e6,
         (seconds(CLOCK_MONOTONIC) - wall) / (double)calls * 1e6);
  curl_easy_cleanup(floor.easy);
  curl_slist_free_all(floor.headers);
  if(floor.L)
    lua_close(floor.L);
  curl_global_cleanup();
  return 0;
}
