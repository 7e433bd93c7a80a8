/*
 * The fuzz entries over the files kept for them, in the normal run. Each folder of the corpus is
 * named like the entry that it is for: CORPUS (default spec/c/corpus) says where they are.
 *
 * To look for more:
 *   clang -g -O1 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -Isrc/core spec/c/fuzz_json.c \
 *     src/core/ce_?*.c -lcurl -pthread -o fuzz_json && ./fuzz_json new/ spec/c/corpus/json
 */
#define LLVMFuzzerTestOneInput fuzz_json
#include "fuzz_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_diagnose
#include "fuzz_diagnose.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_headers
#include "fuzz_headers.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_request
#include "fuzz_request.c"
#undef LLVMFuzzerTestOneInput

#include "check.h"

#include <dirent.h>

typedef int entry(const uint8_t *data, size_t size);

static void run_file(entry *run, const char *path) {
  FILE *file = fopen(path, "rb");
  uint8_t *data = malloc(1 << 20);
  size_t size;
  uint8_t *copy;
  REQUIRE(file != NULL && data != NULL);
  size = fread(data, 1, 1 << 20, file);
  fclose(file);
  copy = malloc(size ? size : 1); /* of exactly this size */
  REQUIRE(copy != NULL);
  memcpy(copy, data, size);
  CHECK_INT(run(copy, size), 0);
  free(copy);
  free(data);
}

static void run_folder(const char *corpus, const char *name, entry *run) {
  char path[1000];
  DIR *directory;
  const struct dirent *file;
  int count = 0;
  snprintf(path, sizeof path, "%s/%s", corpus, name);
  directory = opendir(path);
  if(!CHECK(directory != NULL)) {
    fprintf(stderr, "  no folder %s: is CORPUS set?\n", path);
    return;
  }
  while((file = readdir(directory))) {
    if(file->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s/%s", corpus, name, file->d_name);
    run_file(run, path);
    count++;
  }
  closedir(directory);
  CHECK(count > 0);
}

int main(void) {
  const char *corpus = getenv("CORPUS");
  if(!corpus)
    corpus = "spec/c/corpus";
  run_folder(corpus, "json", fuzz_json);
  run_folder(corpus, "diagnose", fuzz_diagnose);
  run_folder(corpus, "headers", fuzz_headers);
  run_folder(corpus, "request", fuzz_request);
  return check_done("corpus");
}
