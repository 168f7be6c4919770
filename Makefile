# make            the module, the command and the test programs
# make test       what .ci/run runs
# O=DIR builds elsewhere; CC=clang, SAN=1 (address and undefined sanitizers)

O       ?= build
ifeq ($(origin CC),default)
CC      := gcc
endif
PREFIX  ?= /usr
DESTDIR ?=
NGX_SRC ?= /usr/share/nginx/src

S       := ngx_ai_router_module

WARN    := -std=gnu11 -Wall -Wextra -Werror
OPT     ?= -O2 -g
CFLAGS  += $(WARN) $(OPT) -fPIC -fno-omit-frame-pointer -MMD -MP \
           -D_GNU_SOURCE -D_FORTIFY_SOURCE=2

ifeq ($(SAN),1)
OPT     := -O1 -g
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=all \
           -U_FORTIFY_SOURCE
LDFLAGS += -fsanitize=address,undefined
endif

ROOMS   := core store fetch cli

core_C  := $(wildcard $(S)/core/*.c)
store_C := $(wildcard $(S)/store/*.c)
fetch_C := $(wildcard $(S)/fetch/*.c)
cli_C   := $(wildcard $(S)/cli/*.c)
unit_C  := $(wildcard t/unit/test_*.c)
fuzz_C  := $(wildcard t/fuzz/fuzz_*.c)

obj      = $(patsubst %.c,$(O)/%.o,$(1))

LIBS    := -lyajl -lpcre2-8 -llmdb -lcurl -lcrypto -lz -lpthread

.PHONY: all module cli core store fetch unit fuzz test bench timing check \
        run install deb clean

all: module cli unit

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

# each room compiles without any nginx header, on every check
core: $(call obj,$(core_C))
store: core $(call obj,$(store_C))
fetch: core $(call obj,$(fetch_C))
cli: $(O)/ai-router

$(O)/ai-router: $(call obj,$(core_C) $(store_C) $(fetch_C) $(cli_C))
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# one program a unit file; the rooms it tests are linked whole
$(O)/t/unit/%: $(O)/t/unit/%.o $(call obj,$(core_C) $(store_C) $(fetch_C))
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

unit: $(patsubst t/unit/%.c,$(O)/t/unit/%,$(unit_C)) $(O)/t/unit/convert \
      $(O)/t/unit/seed

# libFuzzer targets need clang; what they test is compiled once for all
FUZZ_CC := clang $(WARN) -O1 -g -D_GNU_SOURCE \
           -fno-omit-frame-pointer -fno-sanitize-recover=all
fuzz_O  := $(patsubst %.c,$(O)/fuzz/%.o,$(core_C) $(store_C))

$(O)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -MMD -MP -fsanitize=fuzzer-no-link,address,undefined -c \
	  -o $@ $<

$(O)/fuzz/libair.a: $(fuzz_O)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/t/fuzz/%: $(O)/fuzz/t/fuzz/%.o $(O)/fuzz/libair.a
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

.PRECIOUS: $(O)/fuzz/t/fuzz/%.o

fuzz: $(patsubst t/fuzz/%.c,$(O)/t/fuzz/%,$(fuzz_C))

module: $(O)/ngx_ai_router_module.so

$(O)/ngx_ai_router_module.so: $(core_C) $(store_C) $(fetch_C) \
    $(wildcard $(S)/*/*.h) $(wildcard $(S)/ngx/*.c) $(wildcard $(S)/ui/*) \
    config scripts/module.sh scripts/embed.sh
	CC="$(CC)" SAN="$(SAN)" NGX_SRC="$(NGX_SRC)" scripts/module.sh $(O)

test: all
	scripts/test.sh $(O)

bench: all
	scripts/bench --build $(O)

# whether time tells which keys are good
timing: scripts/bench.d/keys.c $(call obj,$(core_C))
	$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(LDFLAGS) -o $(O)/timing $^ $(LIBS) -lm
	$(O)/timing

check:
	scripts/check.sh $(O)

run: module cli
	scripts/quickstart.sh

install: module cli
	install -D -m 644 $(O)/ngx_ai_router_module.so \
	  $(DESTDIR)$(PREFIX)/lib/nginx/modules/ngx_ai_router_module.so
	install -D -m 755 $(O)/ai-router $(DESTDIR)$(PREFIX)/bin/ai-router

# Debian packages, into $(O)/deb
deb:
	scripts/deb.sh $(O)

clean:
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
