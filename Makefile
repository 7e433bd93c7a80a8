# celements: `make demo` and `make test` start from nothing; `make help` lists the rest.

LUA_V ?= 5.4
LUA_VERSIONS := 5.1 5.3 5.4 luajit

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
LUA := $(if $(filter luajit,$(LUA_V)),luajit,lua$(LUA_V))
LUA_ABI := $(if $(filter luajit,$(LUA_V)),5.1,$(LUA_V))
CURL_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libcurl 2>/dev/null || curl-config --cflags)
CURL_LIBS ?= $(shell $(PKG_CONFIG) --libs libcurl 2>/dev/null || curl-config --libs)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
FLAGS := -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -MMD -MP $(WARNINGS)
SHARED := $(if $(filter Darwin,$(shell uname -s)),-bundle -undefined dynamic_lookup,-shared)

BUILD ?= build
CORE_OBJECTS := $(patsubst src/core/%.c,$(BUILD)/core/%.o,$(wildcard src/core/*.c))
BINDING_OBJECTS := $(patsubst src/binding/%.c,$(BUILD)/$(LUA_V)/%.o,$(wildcard src/binding/*.c))
MODULE := $(BUILD)/$(LUA_V)/celements/core.so
C_TESTS := $(patsubst spec/c/%.c,$(BUILD)/c/%,$(wildcard spec/c/*_test.c))

all: $(MODULE)

help:
	@echo "make [LUA_V=5.4|5.3|5.2|5.1|luajit]  build the module into build/"
	@echo "make deps       install what is missing (Debian packages)"
	@echo "make demo       provision an instance from the sandbox, from nothing"
	@echo "make test       run every spec on every Lua, and the C tests, from nothing"
	@echo "make sandbox    run the sandbox in the foreground (PORT= to choose)"
	@echo "make lint       formatters and linters"
	@echo "make install    into PREFIX=$(PREFIX) (LUA_V chooses the Lua)"
	@echo "make catalogue  regenerate the catalogue from src/catalogue/elements.tsv"
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
	$(CC) $(SHARED) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CURL_LIBS) -pthread

-include $(CORE_OBJECTS:.o=.d) $(BINDING_OBJECTS:.o=.d) $(C_TESTS:=.d)

# ---------------------------------------------------------------- C tests

$(BUILD)/c/%: spec/c/%.c $(BUILD)/libcelements.a $(wildcard spec/c/*.h)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(CURL_CFLAGS) -Isrc/core -Ispec/c $(LDFLAGS) -o $@ $< $(BUILD)/libcelements.a $(CURL_LIBS) -pthread

c-test: $(C_TESTS)
	@set -e; for t in $(C_TESTS); do $$t; done

.PHONY: all help c-test
