# SPDX-License-Identifier: GPL-2.0-only
#
# make            build build/memmap
# make run        the main job: every strategy on this host's memory
# make check      all tests; the last line counts them
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
	   libcmocka-dev
DEPS_CHECK := clang libomp-dev shellcheck hwloc-nox python3 git quilt patch \
	      xz-utils linux-source-6.12 flex bison bc libelf-dev libssl-dev ccache

CFLAGS_gcc	:= -O2
CFLAGS_clang	:= -O2
CFLAGS_asan	:= -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_tsan	:= -O1 -fsanitize=thread
CC_gcc		:= gcc
CC_clang	:= clang
CC_asan		:= gcc
CC_tsan		:= clang

CC	:= $(CC_$(FLAVOUR))
ifeq ($(CC),)
$(error FLAVOUR=$(FLAVOUR): want gcc, clang, asan or tsan)
endif
CFLAGS	:= -std=gnu11 -g -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter \
	   -Wno-missing-field-initializers -fopenmp -fno-strict-aliasing \
	   $(CFLAGS_$(FLAVOUR)) $(WERROR)
# The overlay's "../internal.h", which is mm's in Linux, is found beside
# sim/shim/linux.
INCLUDES := -iquote sim -iquote sim/shim/linux -Isim/shim -Iinclude -Iarch/x86/include
LIBS	:= -lhwloc -lnuma -ljansson -lpthread -lm

# What kernel and host share; mm/memmap/kernel/ is the kernel's alone.
OVERLAY	:= $(wildcard mm/memmap/*.c mm/memmap/strategies/*.c)
ROOMS	:= base shim machine host model check cli
LIB	:= $(OVERLAY) $(filter-out sim/cli/main.c,$(wildcard $(ROOMS:%=sim/%/*.c)))
KUNIT	:= $(wildcard mm/memmap/tests/*_kunit.c)
TESTS	:= $(wildcard sim/tests/*_test.c)
HEADERS	:= $(wildcard include/*/*.h arch/x86/include/asm/*.h mm/memmap/*/*.h \
		      sim/*/*.h sim/shim/*/*.h)

LIB_OBJS   := $(LIB:%.c=$(OUT)/%.o)
KUNIT_BINS := $(KUNIT:%.c=$(OUT)/%)
TEST_BINS  := $(TESTS:%.c=$(OUT)/%)

all: $(BUILD)/memmap ## build build/memmap

$(BUILD)/memmap: $(BUILD)/gcc/sim/cli/main.o $(BUILD)/gcc/libmemmap.a
	@echo "  LD      $@"
	$(Q)$(CC_gcc) $(CFLAGS) -o $@ $^ $(LIBS)

# The kernel has no vector registers to spare, so neither has what runs as it.
$(OVERLAY:%.c=$(OUT)/%.o) $(OUT)/sim/host/mainline.o: CFLAGS += -mgeneral-regs-only

$(OUT)/libmemmap.a: $(LIB_OBJS)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(OUT)/%.o: %.c $(HEADERS) Makefile | $(BUILD)/deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) $(INCLUDES) -c -o $@ $<

$(KUNIT_BINS) $(TEST_BINS): $(OUT)/%: $(OUT)/%.o $(OUT)/libmemmap.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcmocka $(LIBS)

# Needs libsimgrid-dev and a C++ compiler; neither is asked for.
$(OUT)/sim/tests/flow_simgrid: sim/tests/flow_simgrid.cc $(OUT)/sim/model/flow.o
	@echo "  CXX     $@"
	$(Q)g++ -O1 -g -Wall -Wextra $(WERROR) -iquote sim -o $@ $^ -lsimgrid -lm

test-bins: $(KUNIT_BINS) $(TEST_BINS)

$(BUILD)/deps: scripts/deps.sh Makefile
	@mkdir -p $(BUILD)
	scripts/deps.sh $(DEPS)
	@touch $@

$(BUILD)/deps-check: scripts/deps.sh Makefile
	@mkdir -p $(BUILD)
	scripts/deps.sh $(DEPS_CHECK)
	@touch $@

ARGS ?=
run: $(BUILD)/memmap ## the main job: every strategy on this host's memory (ARGS="--mem 64G")
	$(BUILD)/memmap time --verify $(ARGS)

check: all $(BUILD)/deps-check ## all tests, every flavour; last line: N passed, N failed
	scripts/check.sh

clean: ## remove build/ but for the kernel trees
	rm -rf $(filter-out $(BUILD)/kernel,$(wildcard $(BUILD)/*))

help: ## this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | sort | expand -t 20
	@echo "Knobs: ARGS (run), FLAVOUR=gcc|clang|asan|tsan (test-bins), CHECK_QUICK=1 (check with gcc alone),"
	@echo "       MEM NODES CPUS CMDLINE KERNEL=patched|deferred|nodeferred|debug TIMEOUT ACCEL=tcg|kvm|auto (boot),"
	@echo "       RUNS JSON SEED ONLY PASSES (boot-compare), BENCH_FILTER BENCH_ARGS (bench), BASE (bench-compare),"
	@echo "       JOBS FORCE=1 (kernels), V=1 (commands)"

.PHONY: all run check clean help test-bins
.DELETE_ON_ERROR:

-include guest/guest.mk
-include bench/bench.mk
