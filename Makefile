# SPDX-License-Identifier: GPL-2.0-only
#
# make            build build/memmap
# make run        the main job: every strategy on this host's memory
# make check      all tests; the last line counts them
# make install    below PREFIX, /usr/local
# make help       the rest
#
# Every flavour (gcc, clang, sanitizers) has its own folder under build/ and
# compiles the same sources: the overlay unmodified, and what stands in sim/.

# V=1 shows the commands.
Q	:= $(if $(V),,@)
BUILD	:= build
FLAVOUR	:= gcc
OUT	:= $(BUILD)/$(FLAVOUR)

DEPS	:= gcc libc6-dev make pkg-config libhwloc-dev libnuma-dev libjansson-dev \
	   libsmartcols-dev libcmocka-dev
DEPS_MAN := help2man
DEPS_DEB := $(DEPS_MAN) debhelper dpkg-dev lintian git
DEPS_CHECK := $(DEPS_MAN) clang libclang-rt-14-dev libomp-dev clang-format shellcheck hwloc-nox \
	      python3 python3-docutils python3-jsonschema man-db groff-base \
	      bash-completion zsh \
	      git quilt patch xz-utils linux-source-$(file <patches/linux) flex bison bc \
	      libelf-dev libssl-dev ccache

# Where make install puts things; below DESTDIR, if given.
PREFIX	?= /usr/local
DESTDIR	?=
DATADIR	:= $(PREFIX)/share/memmap
ZSHDIR	?= $(PREFIX)/share/zsh/site-functions

CFLAGS_gcc	:= -O2
CFLAGS_clang	:= -O2
CFLAGS_asan	:= -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_tsan	:= -O1 -fsanitize=thread
# For libFuzzer; sim/tests/fuzz_test.sh runs what is built so.
CFLAGS_fuzz	:= -O1 -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow -fno-sanitize-recover=undefined,float-cast-overflow
CC_gcc		:= gcc
CC_clang	:= clang
CC_asan		:= gcc
CC_tsan		:= clang
CC_fuzz		:= clang

CC	:= $(CC_$(FLAVOUR))
ifeq ($(CC),)
$(error FLAVOUR=$(FLAVOUR): want gcc, clang, asan, tsan or fuzz)
endif
CFLAGS	:= -std=gnu11 -g -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter \
	   -Wno-missing-field-initializers -fopenmp -fno-strict-aliasing \
	   $(CFLAGS_$(FLAVOUR)) $(WERROR)
# The overlay's "../internal.h", which is mm's in Linux, is found beside
# sim/shim/linux.
INCLUDES := -iquote sim -iquote sim/shim/linux -Isim/shim -Iinclude -Iarch/x86/include
LIBS	:= -lhwloc -lnuma -ljansson -lsmartcols -lpthread -lm

# What kernel and host share; mm/memmap/kernel/ is the kernel's alone.
OVERLAY	:= $(wildcard mm/memmap/*.c mm/memmap/strategies/*.c mm/dnuma/*.c mm/page_numa/*.c \
		     mm/ptreloc/*.c)
ROOMS	:= base log shim machine host model check cli
LIB	:= $(OVERLAY) $(filter-out sim/cli/main.c,$(wildcard $(ROOMS:%=sim/%/*.c)))
KUNIT	:= $(wildcard mm/*/tests/*_kunit.c)
TESTS	:= $(wildcard sim/tests/*_test.c)
FUZZERS	:= $(wildcard sim/tests/fuzz_*.c)
HEADERS	:= $(wildcard include/*/*.h arch/x86/include/asm/*.h mm/*/*.h \
		      mm/*/*/*.h sim/*/*.h sim/shim/*/*.h)

LIB_OBJS   := $(LIB:%.c=$(OUT)/%.o)
KUNIT_BINS := $(KUNIT:%.c=$(OUT)/%)
TEST_BINS  := $(TESTS:%.c=$(OUT)/%)
FUZZ_BINS  := $(FUZZERS:%.c=$(OUT)/%)
FUZZ_OBJS  := $(patsubst %.c,$(OUT)/%.o,$(wildcard sim/tests/fuzzing*.c)) \
	      $(OUT)/sim/tests/fuzzing_main.o

# The program that is used is gcc's; each other flavour has its own.
MEMMAP	:= $(if $(filter gcc,$(FLAVOUR)),$(BUILD),$(OUT))/memmap
all: $(MEMMAP) ## build build/memmap, or build/FLAVOUR/memmap

$(MEMMAP): $(OUT)/sim/cli/main.o $(OUT)/libmemmap.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The kernel has no vector registers to spare, so neither has what runs as it.
$(OVERLAY:%.c=$(OUT)/%.o) $(OUT)/sim/host/mainline.o: CFLAGS += -mgeneral-regs-only

$(OUT)/libmemmap.a: $(LIB_OBJS)
	@rm -f $@
	$(Q)ar rcs $@ $^

# Where the machine library is if it is not near the program.
$(OUT)/sim/base/datadir.o: CFLAGS += -DMEMMAP_DATADIR='"$(DATADIR)"'
$(OUT)/sim/base/datadir.o: $(BUILD)/datadir
$(BUILD)/datadir: FORCE
	@mkdir -p $(@D)
	@echo '$(DATADIR)' | cmp -s - $@ || echo '$(DATADIR)' >$@

$(OUT)/%.o: %.c $(HEADERS) Makefile | $(BUILD)/deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) $(INCLUDES) -c -o $@ $<

$(KUNIT_BINS) $(TEST_BINS): $(OUT)/%: $(OUT)/%.o $(OUT)/libmemmap.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

# It counts these calls.
$(OUT)/sim/tests/scale_test: LDFLAGS += -Wl,--wrap=route_walk -Wl,--wrap=route_latency_ns

# It includes sources of the core, to leave out a lock of theirs.
$(OUT)/sim/tests/page_numa_race_test.o: $(wildcard mm/page_numa/*.c)

# The model of a process whose page tables move.
$(OUT)/sim/tests/ptreloc_model_test: \
	$(patsubst %,$(OUT)/sim/tests/ptreloc_%.o,actors explore machine ops removal uffd)

# Needs libsimgrid-dev and a C++ compiler; neither is asked for.
$(OUT)/sim/tests/flow_simgrid: sim/tests/flow_simgrid.cc $(OUT)/libmemmap.a
	@echo "  CXX     $@"
	$(Q)g++ -O1 -g -Wall -Wextra $(WERROR) -iquote sim -o $@ $^ -lsimgrid -lm

test-bins: $(KUNIT_BINS) $(TEST_BINS) ## the unit tests, below build/FLAVOUR/

$(FUZZ_BINS): $(OUT)/%: $(OUT)/%.o $(FUZZ_OBJS) $(OUT)/libmemmap.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(WRAPPED:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

# The whole command as a function, and where it would take memory or time.
WRAPPED := host_create simulation_run settle_run
$(OUT)/sim/tests/fuzzing_main.o: $(OUT)/sim/cli/main.o
	$(Q)objcopy --redefine-sym main=memmap_main $< $@

fuzz-bins: $(FUZZ_BINS) ## readers under libFuzzer (FLAVOUR=fuzz)

$(BUILD)/deps: scripts/deps.sh Makefile
	@mkdir -p $(BUILD)
	scripts/deps.sh $(DEPS)
	@touch $@

$(BUILD)/deps-check: scripts/deps.sh Makefile
	@mkdir -p $(BUILD)
	scripts/deps.sh $(DEPS_CHECK)
	@touch $@

$(BUILD)/deps-man: scripts/deps.sh Makefile
	@mkdir -p $(BUILD)
	scripts/deps.sh $(DEPS_MAN)
	@touch $@

$(BUILD)/deps-deb: scripts/deps.sh Makefile
	@mkdir -p $(BUILD)
	scripts/deps.sh $(DEPS) $(DEPS_DEB)
	@touch $@

ARGS ?=
run: $(MEMMAP) ## the main job: every strategy on this host's memory (ARGS="--mem 64G")
	$(MEMMAP) time --verify $(ARGS)

check: all $(BUILD)/deps-check ## all tests, every flavour; last line: N passed, N failed
	scripts/check.sh

man: $(BUILD)/man/memmap.1
$(BUILD)/man/memmap.1: $(BUILD)/memmap $(BUILD)/datadir scripts/man.sh doc/memmap.h2m | $(BUILD)/deps-man
	@echo "  MAN     $(@D)"
	$(Q)scripts/man.sh $< $(@D) $(DATADIR)

SHARE	 := $(DESTDIR)$(PREFIX)/share
INSTALL	 := install
INSTALL_DATA := $(INSTALL) -m 644 -D
install: $(BUILD)/memmap $(BUILD)/man/memmap.1 ## program, machines, manual, completion: PREFIX DESTDIR
	$(Q)$(INSTALL) -D -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/memmap
	$(Q)$(INSTALL_DATA) -t $(SHARE)/memmap/machines sim/machine/library/*.json
	$(Q)$(INSTALL_DATA) -t $(SHARE)/memmap/data sim/check/data/*.csv
	$(Q)$(INSTALL_DATA) -t $(SHARE)/man/man1 $(BUILD)/man/*.1
	$(Q)$(INSTALL_DATA) -t $(SHARE)/doc/memmap README.md CHANGELOG.md
	$(Q)$(INSTALL_DATA) -t $(SHARE)/doc/memmap/doc doc/*.md doc/*.json
	$(Q)$(INSTALL_DATA) -t $(DESTDIR)$(ZSHDIR) completions/_memmap
	$(Q)$(INSTALL_DATA) -T completions/memmap.bash $(SHARE)/bash-completion/completions/memmap

uninstall: ## what install put there: PREFIX DESTDIR
	rm -f $(DESTDIR)$(PREFIX)/bin/memmap $(SHARE)/man/man1/memmap.1 $(SHARE)/man/man1/memmap-*.1 \
		$(DESTDIR)$(ZSHDIR)/_memmap $(SHARE)/bash-completion/completions/memmap
	rm -rf $(SHARE)/memmap $(SHARE)/doc/memmap

# A copy of what git knows is built: a package holds nothing that lies about.
deb: $(BUILD)/deps-deb ## a Debian package, unsigned: build/memmap_VERSION_amd64.deb
	rm -rf $(BUILD)/deb $(BUILD)/memmap_*.deb
	mkdir -p $(BUILD)/deb/memmap-init
	git ls-files -co --exclude-standard -z | xargs -0 cp --parents -P -t $(BUILD)/deb/memmap-init
	cd $(BUILD)/deb/memmap-init && DEB_BUILD_OPTIONS="noautodbgsym $(DEB_BUILD_OPTIONS)" \
		dpkg-buildpackage -b -us -uc
	mv $(BUILD)/deb/memmap_*.deb $(BUILD)
	lintian --info --fail-on error,warning $(BUILD)/memmap_*.deb

deb-test: ## the same in a fresh Debian 12, installed, used and purged in another (root)
	scripts/deb_test.sh

clean: ## remove build/ but for the kernel trees
	rm -rf $(filter-out $(BUILD)/kernel,$(wildcard $(BUILD)/*))

help: ## this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | sort | expand -t 20
	@echo "Knobs: ARGS (run), PREFIX DESTDIR (install), FLAVOUR=gcc|clang|asan|tsan (test-bins), CHECK_QUICK=1 (check with gcc alone),"
	@echo "       MEM NODES CPUS CMDLINE KERNEL=patched|deferred|nodeferred|debug TIMEOUT ACCEL=tcg|kvm|auto (boot),"
	@echo "       MACHINE=q35|microvm RUNS JSON SEED ONLY PASSES (boot-compare), BENCH_FILTER BENCH_ARGS (bench), BASE (bench-compare),"
	@echo "       LINUX=$(file <patches/linux)$(patsubst patches/%/series,|%,$(wildcard patches/*/series)) (kernels, boots, patches-lint, patches-bisect), PART=a|b|c (its pieces), JOBS FORCE=1 (kernels), V=1 (commands)"

.PHONY: all run check man install uninstall deb deb-test clean help test-bins \
	fuzz-bins FORCE
.DELETE_ON_ERROR:

-include guest/guest.mk
-include bench/bench.mk
