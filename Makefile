# celements: `make demo` and `make test` start from nothing; `make help` lists the rest.

LUA_V ?= 5.4
LUA_VERSIONS := luajit 5.4 5.3 5.2 5.1

# The user's own: never changed here.
CC ?= cc
CFLAGS ?= -O2 -g
LDFLAGS ?=
PREFIX ?= /usr/local
DESTDIR ?=
PKG_CONFIG ?= pkg-config

LUA_PC := $(if $(filter luajit,$(LUA_V)),luajit,$(firstword $(foreach n,lua$(LUA_V) lua-$(LUA_V),\
  $(shell $(PKG_CONFIG) --exists $(n) 2>/dev/null && echo $(n)))))
LUA_CFLAGS ?= $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell $(PKG_CONFIG) --cflags $(LUA_PC) 2>/dev/null))
LUA ?= $(if $(filter luajit,$(LUA_V)),luajit,lua$(LUA_V))
LUA_ABI := $(if $(filter luajit,$(LUA_V)),5.1,$(LUA_V))
CURL_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libcurl 2>/dev/null || curl-config --cflags)
CURL_LIBS ?= $(shell $(PKG_CONFIG) --libs libcurl 2>/dev/null || curl-config --libs)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
FLAGS := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -MMD -MP $(WARNINGS)
AS_MODULE := $(if $(filter Darwin,$(shell uname -s)),-bundle -undefined dynamic_lookup,-shared)

BUILD ?= build
CORE_OBJECTS := $(patsubst src/core/%.c,$(BUILD)/core/%.o,$(wildcard src/core/*.c))
BINDING_OBJECTS := $(patsubst src/binding/%.c,$(BUILD)/$(LUA_V)/%.o,$(wildcard src/binding/*.c))
MODULE := $(BUILD)/$(LUA_V)/celements/core.so
C_TESTS := $(patsubst spec/c/%.c,$(BUILD)/c/%,$(wildcard spec/c/*_test.c))

all: $(MODULE)

help:
	@echo "make [LUA_V=5.5|5.4|5.3|5.2|5.1|luajit]  build the module into build/"
	@echo "make deps       install what is missing (Debian packages)"
	@echo "make demo       provision an instance from the sandbox, from nothing"
	@echo "make test       run every spec on every Lua, and the C tests, from nothing"
	@echo "make sandbox    run the sandbox in the foreground (PORT= to choose)"
	@echo "make openresty  an application in nginx against a sandbox, in the foreground (PORT= to choose)"
	@echo "make lint       formatters and linters"
	@echo "make install    into PREFIX=$(PREFIX) (LUA_V chooses the Lua)"
	@echo "make spec       the specs on one Lua (SPECS=spec/client chooses)"
	@echo "make c-test     the C tests"
	@echo "make crash      processes that provision are killed 1,000 times: nothing lost, nothing twice"
	@echo "make bench      a call, one at a time and many, against libcurl in plain C and other clients"
	@echo "                also bench-flight, bench-bulk, bench-list, bench-startup, bench-files, bench-nginx,"
	@echo "                bench-endurance, bench-outage; bench-deps installs"
	@echo "make catalogue  regenerate the catalogue from src/catalogue/elements.tsv"
	@echo "make api        regenerate lua/celements/API.md from the doc comments"
	@echo "make clean"

# ---------------------------------------------------------------- build

# No Lua include path here: that the core needs no Lua is checked by every build.
$(BUILD)/core/%.o: src/core/%.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(CURL_CFLAGS) -c $< -o $@

$(BUILD)/libcelements.a: $(CORE_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/$(LUA_V)/%.o: src/binding/%.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) -Isrc/core $(LUA_CFLAGS) -c $< -o $@

$(MODULE): $(BINDING_OBJECTS) $(BUILD)/libcelements.a
	@mkdir -p $(@D)
	$(CC) $(AS_MODULE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CURL_LIBS) -pthread

-include $(CORE_OBJECTS:.o=.d) $(BINDING_OBJECTS:.o=.d) $(C_TESTS:=.d)

# ---------------------------------------------------------------- packages

# Alternatives are separated by |: any of them will do, the first is installed.
DEMO_PACKAGES := gcc|clang make pkg-config|pkgconf libcurl4-openssl-dev|libcurl4-gnutls-dev|libcurl4-nss-dev \
  lua5.4 liblua5.4-dev lua-cjson lua-dkjson nginx libnginx-mod-http-lua openssl ca-certificates
TEST_PACKAGES := gcc clang clang-format clang-tidy lua5.1 liblua5.1-0-dev lua5.2 liblua5.2-dev lua5.3 liblua5.3-dev luajit2 \
  libluajit2-5.1-dev lua-busted lua-check luarocks valgrind curl lua-cqueues lua-luv lua-copas lua-socket lua-http \
  lua-luaossl lua-sql-sqlite3 lua-redis lua-nginx-redis redis-server locales
BENCH_PACKAGES := util-linux luajit2 libluajit2-5.1-dev lua-socket curl lua5.1 lua5.3 lua-curl lua-http lua-cqueues lua-sec nodejs wrk

# Installs what is missing of the packages in $(1); does nothing, and needs no root, when nothing is.
define need
@missing=; for names in $(foreach p,$(1),'$(p)'); do \
  found=; for name in $$(echo "$$names" | tr '|' ' '); do \
    [ "$$(dpkg-query -W -f='$${db:Status-Status}' "$$name" 2>/dev/null)" = installed ] && found=1; \
  done; \
  [ -n "$$found" ] || missing="$$missing $${names%%|*}"; \
done; \
[ -n "$$missing" ] || exit 0; \
command -v apt-get >/dev/null || { echo "make: no apt-get here: install by your system's means:$$missing" >&2; exit 1; }; \
sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; \
  command -v sudo >/dev/null || { echo "make: run 'make deps' as root, to install:$$missing" >&2; exit 1; }; fi; \
echo "installing:$$missing"; \
$$sudo apt-get update -q >/dev/null && \
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --no-remove $$missing >/dev/null && \
echo "installed"
endef

deps:
	$(call need,$(DEMO_PACKAGES) $(TEST_PACKAGES))

demo-deps:
	$(call need,$(DEMO_PACKAGES))

bench-deps:
	$(call need,$(DEMO_PACKAGES) $(BENCH_PACKAGES))

# ---------------------------------------------------------------- use

# What a Lua needs to find the module in the source tree.
RUN = LUA_PATH="$(CURDIR)/?.lua;$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" LUA_CPATH="$(abspath $(BUILD))/$(LUA_V)/?.so;;"

# A second make reads what the packages have brought: pkg-config, headers.
demo: demo-deps
	@$(MAKE) --no-print-directory -s all
	@$(RUN) $(LUA) examples/demo.lua

sandbox: $(MODULE)
	@$(RUN) PORT="$(PORT)" $(LUA) -e 'os.exit(require("celements.sandbox").serve())'

# nginx's Lua is LuaJIT.
openresty: deps
	@$(MAKE) --no-print-directory -s all
	@$(MAKE) --no-print-directory -s LUA_V=luajit all
	@$(RUN) PORT="$(PORT)" CORE="$(BUILD)/luajit/celements/core.so" $(LUA) examples/openresty/start.lua

STAGE = $(abspath $(DESTDIR)/$(PREFIX))
install: $(MODULE)
	install -d "$(STAGE)/lib/lua/$(LUA_ABI)/celements"
	install -m 755 $(MODULE) "$(STAGE)/lib/lua/$(LUA_ABI)/celements/core.so"
	cd lua && for file in $$(find celements -name '*.lua'); do \
	  install -D -m 644 $$file "$(STAGE)/share/lua/$(LUA_ABI)/$$file" || exit 1; done

catalogue:
	$(LUA) src/catalogue/generate.lua src/catalogue/elements.tsv lua/celements/catalogue/data.lua

api:
	@$(RUN) $(LUA) src/api/generate.lua lua/celements/API.md

clean:
	rm -rf $(BUILD)

# ---------------------------------------------------------------- tests

test: deps
	@$(MAKE) --no-print-directory -s c-test
	@set -e; for v in $(LUA_VERSIONS); do $(MAKE) --no-print-directory -s LUA_V=$$v all; done
	@$(MAKE) --no-print-directory -s -j2 --output-sync=target $(LUA_VERSIONS:%=spec-on-%)
	@$(MAKE) --no-print-directory -s crash KILLS=40 SHARED=4 SEALED=1

SPECS ?= spec
spec: $(MODULE)
	@echo "specs on $(LUA)"
	@$(RUN) $(LUA) $$(command -v busted) $(SPECS)

# They wait more than they work, so that two at once take little longer than one.
spec-on-%:
	@$(MAKE) --no-print-directory -s LUA_V=$* spec

$(BUILD)/c/%: spec/c/%.c $(BUILD)/libcelements.a $(wildcard spec/c/*.h)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(CURL_CFLAGS) -Isrc/core -Ispec/c $(LDFLAGS) -o $@ $< $(BUILD)/libcelements.a $(CURL_LIBS) -pthread

c-test: $(C_TESTS)
	@set -e; for t in $(C_TESTS); do $$t; done

C_FILES := $(wildcard src/core/*.[ch] src/binding/*.[ch] spec/c/*.[ch] bench/*.c)
BANNED := \b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|alloca)[(]|^[^"]*\b(malloc|realloc|calloc|free|strdup)[(]

lint:
	clang-format --dry-run --Werror $(C_FILES)
	clang-tidy --quiet $(wildcard src/core/*.c) -- -std=c11 -D_GNU_SOURCE $(CURL_CFLAGS)
	clang-tidy --quiet $(wildcard src/binding/*.c) -- -std=c11 -D_GNU_SOURCE -Isrc/core $(LUA_CFLAGS)
	luacheck --quiet lua spec examples bench src/catalogue src/api *.rockspec
	@! grep -nE '$(BANNED)' $(filter-out src/core/ce_alloc.%,$(wildcard src/core/*.c src/binding/*.c)) || \
	  { echo "lint: banned calls; the core allocates through ce_alloc.h" >&2; exit 1; }
	@! nm -u $(BUILD)/libcelements.a 2>/dev/null | grep -w 'lua[L]*_[a-z]*' || \
	  { echo "lint: the core needs Lua" >&2; exit 1; }

# Processes killed at random; KILLS, SHARED, PAUSED, REDIS, SEALED, BROKEN, SEED: see spec/crash/init.lua.
export KILLS SHARED PAUSED REDIS SEALED BROKEN SEED
crash: $(MODULE)
	@$(RUN) $(LUA) spec/crash/init.lua

# ---------------------------------------------------------------- benchmarks

$(BUILD)/$(LUA_V)/floor: bench/floor.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) $(LUA_CFLAGS) $(CURL_CFLAGS) -o $@ $< $(CURL_LIBS) \
	  $(shell $(PKG_CONFIG) --libs $(LUA_PC) 2>/dev/null)

$(BUILD)/measure: bench/measure.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) -o $@ $<

BENCH = $(RUN) $(LUA)
FLOOR := $(BUILD)/$(LUA_V)/floor
MEASURE := $(BUILD)/measure
export ROUNDS CALLS ITEMS MIB ONLY SECONDS RELOADS RESTY_HTTP

bench: $(MODULE) $(FLOOR) $(MEASURE)
	@$(MAKE) --no-print-directory -s LUA_V=luajit all
	@$(BENCH) bench/calls.lua $(FLOOR) $(MEASURE) $(LUA) "$(abspath $(BUILD))/luajit/?.so;;"

bench-flight: $(MODULE) $(FLOOR)
	@$(BENCH) bench/flight.lua $(FLOOR) $(LUA)

bench-startup: $(MODULE) $(FLOOR) $(MEASURE)
	@$(BENCH) bench/startup.lua $(FLOOR) $(MEASURE) $(LUA)

bench-bulk: $(MODULE) $(FLOOR)
	@$(BENCH) bench/bulk.lua $(FLOOR) $(LUA)

bench-files: $(MODULE) $(MEASURE)
	@$(BENCH) bench/files.lua $(MEASURE) $(LUA)

bench-list: $(MODULE)
	@$(BENCH) bench/list.lua $(LUA)

# nginx's Lua is LuaJIT.
bench-nginx:
	@$(MAKE) --no-print-directory -s LUA_V=luajit all
	@$(BENCH) bench/nginx/calls.lua $(BUILD)/luajit/celements/core.so

# Nobody is measured here, only counted: what a platform that fails is sent.
bench-outage: $(MODULE)
	@$(BENCH) bench/outage.lua

bench-endurance:
	@$(MAKE) --no-print-directory -s LUA_V=luajit all
	@$(BENCH) bench/nginx/endurance.lua $(BUILD)/luajit/celements/core.so

.PHONY: all help deps demo-deps bench-deps demo sandbox openresty install catalogue api clean test spec c-test crash lint bench \
  bench-flight bench-startup bench-bulk bench-list bench-files bench-nginx bench-endurance bench-outage
