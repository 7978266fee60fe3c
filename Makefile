# SPDX-License-Identifier: MIT
#
# The one Makefile.  `make help` lists what it does; everything it makes is in
# build/.  CFLAGS, CPPFLAGS, LDFLAGS, PREFIX and DESTDIR belong to whoever
# packages this: we only append.

B          ?= build
PREFIX     ?= /usr/local
CC         ?= cc
PYTHON     ?= python3
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
INSTALL    ?= install

# Every file that is there is built: a new one needs no line here.
SRCS := $(wildcard src/*/*.c src/*/*/*.c)
HDRS := $(wildcard src/*/*.h src/*/*/*.h)
INCS := $(wildcard src/*/*.inc)
OFFSETS := $(wildcard offsets/*.txt)
TESTS := $(wildcard tests/test_*.c)
TEST_SCRIPTS := $(wildcard tests/test_*.sh)
TEST_HELPERS := $(filter-out $(TESTS),$(wildcard tests/*.c))
FUZZ_HELPERS := $(wildcard tests/fake*.c)	# the others need cmocka
FUZZERS := $(wildcard tests/fuzz/fuzz_*.c)

# Libraries that only one folder needs come along once it is there.
PKGS := libelf libdw libbsd libzstd liblz4 liblzma zlib \
	$(if $(wildcard src/attach/unwind.c),libunwind-ptrace) \
	$(if $(wildcard src/tui/term.h),ncursesw)

# Demangles the newer names of Rust, too, where it is installed.
IBERTY ?= $(wildcard /usr/include/libiberty/demangle.h)

# Looked up when first used, and once: `deps` may install them on the way.
# A variable is nothing but its `once`: what stood beside it would be lost.
once = $(eval $(1) := $(shell $(2)))$($(1))
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(PKG_CONFIG) --cflags $(PKGS))
PKG_LIBS = $(call once,PKG_LIBS,$(PKG_CONFIG) $(if $(STATIC),--static) \
	--libs $(PKGS))
CMOCKA = $(call once,CMOCKA,$(PKG_CONFIG) --libs cmocka)
LIBS = $(if $(STATIC),-Wl$(comma)--start-group) $(PKG_LIBS) \
	$(if $(IBERTY),-liberty,$(if $(STATIC),-lsupc++)) -lm -ldl $(LDLIBS) \
	$(if $(STATIC),-Wl$(comma)--end-group)
comma := ,

C = $(CC) -std=gnu11 -D_GNU_SOURCE -iquote src -Wall -Wextra -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes $(if $(DEVELOPER),-Werror) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
		-fno-omit-frame-pointer) \
	-pthread $(PKG_CFLAGS) $(if $(IBERTY),-DHAVE_LIBIBERTY) \
	$(if $(STATIC),-DSTATIC_PROGRAM) $(CPPFLAGS) $(CFLAGS)
# Symbols are bound at the start: each by itself costs a short run more.
LINK = $(CC) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) -pthread $(CFLAGS) \
	$(if $(STATIC),-static) -Wl,-z,now $(LDFLAGS)

# A short line for each command; V=1 shows all of it.
run = $(if $(V),,@echo '  $(1)	$(2)';)

OBJS := $(SRCS:%.c=$(B)/%.o) $(if $(OFFSETS),$(B)/offsets_builtin.o) \
	$(B)/terminals_builtin.o
LIB := $(B)/pyheapspy.a
PROGRAM := $(B)/pyheapspy

# What integration/check asks, in C.
HELPERS := $(B)/integration/code-lines $(B)/integration/rows \
	$(B)/integration/malloc-chunks

all: $(PROGRAM) $(B)/pyheapspy.1 $(if $(DEVELOPER),$(HELPERS)) ## the program and its manual page (default)

.DELETE_ON_ERROR:
.SECONDARY:
FORCE:
.PHONY: FORCE all deps deps-check demo demo-live check check-layers \
	check-headers check-addresses check-offsets check-unit check-seeds \
	check-cli check-hostile check-builds check-packages check-integration \
	update-golden \
	offsets fuzz fuzz-programs fuzz-hostile hostile-programs \
	lint format-diff install uninstall static wheel deb clean help

# --- compile -----------------------------------------------------------------

# Changes when how we compile and link does, the other when a file is gone.
$(B)/flags: NOW = $(subst ','\'',$(C) $(LINK) $(LIBS))
$(B)/sources: NOW = $(SRCS) $(OFFSETS)
$(B)/flags $(B)/sources: FORCE | deps
	@mkdir -p $(@D)
	@printf '%s\n' '$(NOW)' | cmp -s - $@ || printf '%s\n' '$(NOW)' >$@

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call run,cc,$<)$(C) $(if $(filter tests/%,$<),-iquote tests) \
		$(if $(filter src/report/% src/tui/%,$<),-DRESULTS_ONLY) \
		-MMD -MP -c $< -o $@

$(B)/%.o: $(B)/%.c $(B)/flags
	$(call run,cc,$<)$(C) -MMD -MP -c $< -o $@

-include $(OBJS:.o=.d)
-include $(patsubst %.c,$(B)/%.d,$(TESTS) $(TEST_HELPERS) $(FUZZERS) \
	$(wildcard offsets/*.c integration/*.c))

# Everything but main(), so that a test links just what it needs.
$(LIB): $(filter-out $(B)/src/cli/main.o,$(OBJS)) $(B)/sources
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)

$(PROGRAM): $(B)/src/cli/main.o $(LIB)
	$(call run,link,$@)$(LINK) $^ $(LIBS) -o $@

# A CPython version is data: the files under offsets/ go into the program.
$(B)/offsets_builtin.c: offsets/builtin.awk $(OFFSETS) $(B)/sources
	@mkdir -p $(@D)
	$(call run,awk,$@)awk -f offsets/builtin.awk $(OFFSETS) >$@

# A static program draws on these terminals where the host describes none.
TERMINALS := $(if $(STATIC),xterm xterm-256color screen screen-256color tmux \
	tmux-256color linux vt100 vt220 rxvt rxvt-256color)
$(B)/terminals_builtin.c: packaging/terminals.sh $(B)/flags
	@mkdir -p $(@D)
	$(call run,sh,$@)packaging/terminals.sh $(TERMINALS) >$@

# --- what it takes -----------------------------------------------------------

# Where we may, `make demo` and `make check` install what is missing.
NEED := tests/need.sh $(if $(filter demo demo-live check \
	deps,$(MAKECMDGOALS)),--install)

# These two run a Python, besides.
deps: ## check for compiler and libraries; as root on Debian, install them
	@$(NEED) '$(CC)' '$(PKG_CONFIG)' $(PKGS) \
		$(if $(filter demo demo-live check,$(MAKECMDGOALS)),'$(PYTHON)')

deps-check: | deps
	@$(NEED) '$(CC)' '$(PKG_CONFIG)' cmocka

# --- demo --------------------------------------------------------------------

demo: $(PROGRAM) ## start a sample service, look into its heap, explain
	@demo/run.sh '$(PROGRAM)' '$(PYTHON)'

demo-live: $(PROGRAM) ## start the sample service, and watch it grow
	@demo/run.sh '$(PROGRAM)' '$(PYTHON)' --live

# --- checks ------------------------------------------------------------------

# Each with what it stands on: that and all below it may be included.
LAYERS := base: result:base attach:base pyabi:attach,result heap:pyabi \
	stacks:pyabi account:heap graph:heap traces:heap grow:heap,stacks \
	report:result tui:result \
	cli:heap,account,graph,traces,grow,stacks,report,tui

# What makes a target one: nobody above may tell which it is, but who looks for
# processes.
INNER := $(addprefix src/attach/,live.h process.h procfs.h procmem.h \
	target_live.h target_core.h corefile.h untouched.h foreignfile.h)

CHECKS := check-layers check-headers check-addresses check-offsets check-unit \
	check-seeds check-cli check-hostile check-builds check-packages \
	check-integration

# WITHOUT= names those that are left out: .ci/run has the long one of the last.
check: $(filter-out $(WITHOUT),$(CHECKS)) ## all of the below; what CI runs
	@echo 'check: all is well'

check-layers: ## who may include whom, through headers too
	@awk -v layers='$(LAYERS)' -v inner='$(INNER)' -f tests/layers.awk \
		$(SRCS) $(HDRS) $(INCS)

ALONE := $(HDRS:%=$(B)/%.alone)
check-headers: $(ALONE) ## every header compiles by itself
$(ALONE): $(B)/%.alone: % $(B)/flags $(HDRS)
	@mkdir -p $(@D)
	@$(C) -fsyntax-only -x c $< && touch $@

check-addresses: ## only live.c may make a pointer of an address
	@! grep -nE '\*\) *\(?uintptr_t' /dev/null \
		$(filter-out src/attach/live.c,$(SRCS) $(HDRS))

check-offsets: $(B)/dwarf-offsets ## offsets/ is what DWARF says, if there is any
	@tests/run-offsets.sh $< '$(PYTHON)'

UNITS := $(TESTS:%.c=$(B)/%)
$(UNITS): $(B)/tests/%: $(B)/tests/%.o $(TEST_HELPERS:%.c=$(B)/%.o) $(LIB)
	$(call run,link,$@)$(LINK) $^ $(CMOCKA) $(LIBS) -o $@
$(UNITS:=.o): | deps-check

check-unit: $(UNITS) ## unit tests, over memory that is made up
	@tests/run-units.sh $(UNITS)

# A fuzz target without libFuzzer: main() replays the files it is given.
REPLAYS := $(FUZZERS:%.c=$(B)/%)
$(REPLAYS): $(B)/%: $(B)/%.o $(B)/tests/fuzz/replay.o \
		$(FUZZ_HELPERS:%.c=$(B)/%.o) $(LIB)
	$(call run,link,$@)$(LINK) $^ $(LIBS) -o $@

check-seeds: $(REPLAYS) ## replay the seeds of all fuzz targets
	@tests/run-seeds.sh $(REPLAYS)

check-cli: $(PROGRAM) $(B)/pyheapspy.1 ## the command line, from outside
	@PYHEAPSPY=$(abspath $(PROGRAM)) B=$(abspath $(B)) PYTHON=$(PYTHON) \
		tests/run-scripts.sh $(TEST_SCRIPTS)

check-builds: | deps ## other compilers and flags; a second build is silent
	@tests/run-builds.sh

$(HELPERS): $(B)/%: $(B)/%.o $(LIB)
	$(call run,link,$@)$(LINK) $^ $(LIBS) -o $@

check-integration: $(PROGRAM) $(HELPERS) ## real interpreters, those found here
	@PYHEAPSPY=$(abspath $(PROGRAM)) PYTHON=$(PYTHON) \
		tests/run-integration.sh

update-golden: $(UNITS) $(PROGRAM) ## rewrite tests/golden; review the diff
	@UPDATE_GOLDEN=1 tests/run-units.sh $(filter %_golden,$(UNITS))
	@UPDATE_GOLDEN=1 PYHEAPSPY=$(abspath $(PROGRAM)) \
		tests/run-scripts.sh tests/test_cli_help.sh

# --- offsets -----------------------------------------------------------------

$(B)/dwarf-offsets: $(B)/offsets/dwarf-offsets.o $(LIB)
	$(call run,link,$@)$(LINK) $^ $(LIBS) -o $@

offsets: $(B)/dwarf-offsets ## print a file for offsets/ from the DWARF of PYTHON=
	@offsets/dwarf-offsets.sh print $< '$(PYTHON)'

# --- fuzzing -----------------------------------------------------------------

FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -O1 -g -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION

fuzz: ## libFuzzer with clang, FUZZ_SECONDS=60 for each target; fuzz-hostile
	@$(NEED) clang '$(PKG_CONFIG)' $(PKGS)
	@$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang \
		SANITIZE=fuzzer-no-link,address,undefined \
		CFLAGS='$(FUZZ_FLAGS)' fuzz-programs
	@tests/run-fuzz.sh $(FUZZ_SECONDS) $(FUZZERS:%.c=$(B)/fuzz/%.fuzz)
	@$(MAKE) --no-print-directory fuzz-hostile

fuzz-programs: $(FUZZERS:%.c=$(B)/%.fuzz)
$(B)/%.fuzz: $(B)/%.o $(FUZZ_HELPERS:%.c=$(B)/%.o) $(LIB)
	$(call run,link,$@)$(LINK) -fsanitize=fuzzer $^ $(LIBS) -o $@

# The program itself looks at real interpreters, and what is preloaded lies about
# their memory (torn), or lets allocations fail (starved).
SHIMS := $(B)/tests/fuzz/torn.so $(B)/tests/fuzz/starved.so
$(SHIMS): $(B)/%.so: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call run,cc,$<)$(CC) -std=gnu11 -O2 -Wall -Wextra -fPIC -shared $< -o $@

HOSTILE = '$(PYTHON)' tests/fuzz/hostile.py
HOSTILE_PYTHON ?= all
hostile-programs: $(PROGRAM) $(SHIMS)

check-hostile: hostile-programs ## memory that lies, memory that runs out: some runs
	@$(HOSTILE) torn $(PROGRAM) $(B)/tests/fuzz/torn.so --runs 20 \
		--python pyenv-3.12
	@$(HOSTILE) starved $(PROGRAM) $(B)/tests/fuzz/starved.so --runs 20 \
		--python pyenv-3.12

fuzz-hostile: ## the same on all interpreters, FUZZ_SECONDS each, with sanitizers
	@$(MAKE) --no-print-directory B=$(B)/hostile SANITIZE=address,undefined \
		CFLAGS='-O1 -g' hostile-programs
	@for kind in torn starved; do \
		$(HOSTILE) $$kind $(B)/hostile/pyheapspy \
			$(B)/hostile/tests/fuzz/$$kind.so \
			--seconds $(FUZZ_SECONDS) --seed $$(date +%s) \
			--python $(HOSTILE_PYTHON) || exit; \
	done

# --- lint --------------------------------------------------------------------

lint: ## clang-tidy; few checks, all fatal
	@clang-tidy --quiet $(SRCS) -- -std=gnu11 -D_GNU_SOURCE -iquote src \
		$(PKG_CFLAGS)

format-diff: ## what clang-format would change; it proposes
	@for f in $(SRCS) $(HDRS); do \
		clang-format "$$f" | diff -u --label "$$f" --label "$$f" \
			"$$f" -; \
	done; true

# --- install -----------------------------------------------------------------

VERSION := $(shell sed -n 's/.*_VERSION "\(.*\)"/\1/p' src/report/version.h)

# The option list of the manual page is printed by the program.
$(B)/pyheapspy.1: src/cli/pyheapspy.1.in $(PROGRAM)
	@$(PROGRAM) help --man-options >$(B)/options.man
	@sed -e 's/@VERSION@/$(VERSION)/g' -e '/@OPTIONS@/{' \
		-e 'r $(B)/options.man' -e 'd' -e '}' $< >$@

install: all ## into $(DESTDIR)$(PREFIX)
	$(INSTALL) -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/pyheapspy
	$(INSTALL) -D -m 644 $(B)/pyheapspy.1 \
		$(DESTDIR)$(PREFIX)/share/man/man1/pyheapspy.1
	$(INSTALL) -D -m 644 src/cli/pyheapspy.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pyheapspy
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/pyheapspy/offsets
	$(INSTALL) -m 644 $(OFFSETS) $(DESTDIR)$(PREFIX)/share/pyheapspy/offsets
	$(INSTALL) -m 644 src/report/*.schema.json \
		$(DESTDIR)$(PREFIX)/share/pyheapspy

uninstall: ## take it away again
	rm -f $(DESTDIR)$(PREFIX)/bin/pyheapspy \
		$(DESTDIR)$(PREFIX)/share/man/man1/pyheapspy.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/pyheapspy
	rm -rf $(DESTDIR)$(PREFIX)/share/pyheapspy

# --- packages ----------------------------------------------------------------

STATIC_PROGRAM := $(B)/pyheapspy-static

static: ## one file that needs nothing of its host: build/pyheapspy-static
	@$(MAKE) --no-print-directory B=$(B)/static STATIC=1 DEVELOPER= \
		$(B)/static/pyheapspy
	@strip -o $(STATIC_PROGRAM) $(B)/static/pyheapspy
	@ls -s -h $(STATIC_PROGRAM)

wheel: static ## a wheel of that file, for pip, pipx and uvx
	@'$(PYTHON)' packaging/wheel.py $(STATIC_PROGRAM) $(VERSION) README.md $(B)

deb: | deps ## a package for Debian and what comes from it
	@packaging/deb.sh $(VERSION) $(B)/deb

# What makes a Debian package is not asked of everybody.
check-packages: static wheel $(if $(shell command -v dh),deb) ## what others install, each tried alone
	@tests/run-packages.sh '$(B)' '$(VERSION)' '$(PYTHON)'

clean: ## remove build/
	rm -rf $(B)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' \
		Makefile
	@echo
	@echo 'Variables: SANITIZE=address,undefined  DEVELOPER=1  CC=clang  V=1'
	@echo '           PREFIX=/usr/local  DESTDIR=  FUZZ_SECONDS=60  PYTHON=python3'
