# SPDX-License-Identifier: GPL-2.0-only
# Kernels and guests. Included by the top-level Makefile.

GUEST	:= $(BUILD)/guest
DEPS_KERNEL := gcc libc6-dev make flex bison bc libelf-dev libssl-dev cpio xz-utils \
	       patch ccache linux-source-$(file <patches/linux)
DEPS_GUEST := gcc libc6-dev cpio e2fsprogs python3 qemu-system-x86

# Of boot-compare; a microvm has one node, and mostly one CPU.
MACHINE	?= q35
ifeq ($(MACHINE),microvm)
NODES	?= 1
CPUS	?= 1
endif
MEM	?= 64G
NODES	?= 4
CPUS	?= 4
RUNS	?= 3
CMDLINE	?=
KERNEL	?= $(if $(PART),part,patched)
ACCEL	?= tcg
TIMEOUT	?= 1200
JSON	?= $(GUEST)/boot-compare.json
SEED	?=
ONLY	?=
# The kernel: guest/linux.sh says which there are.
LINUX	?=
# A piece of its series that is sent alone, as in LINUX=7.3 PART=a.
PART	?=
export LINUX PART
PASSES	?= time,rss,insn,fault,storm

# make need not know what a kernel is made of: kernel.sh returns at once when no
# patch and no fragment changed, else the kernel's own make rebuilds what did.
# FORCE=1 asks it in any case.
kernel: $(BUILD)/deps-kernel ## the patched kernel: fetch, patch, configure, build: LINUX PART
	@guest/kernel.sh build $(if $(PART),part,patched)

kernel-baseline: $(BUILD)/deps-kernel ## the unpatched kernels, deferred and not
	@guest/kernel.sh build deferred
	@guest/kernel.sh build nodeferred

kernel-debug: $(BUILD)/deps-kernel ## the patched kernel with DEBUG_VM, lockdep, tracing, KUnit
	@guest/kernel.sh build $(if $(PART),part-debug,debug)

kernel-debug-mainline: $(BUILD)/deps-kernel
	@guest/kernel.sh build debug-mainline

guest: $(GUEST)/initrd.cpio $(GUEST)/tsc_khz $(GUEST)/plugin_insn.so $(GUEST)/plugin_hold.so \
       $(GUEST)/disk.img $(GUEST)/swap.img

$(GUEST)/init: guest/init.c $(wildcard guest/job_*.c) guest/pin.c guest/loads.c guest/dnuma.c \
	       $(GUEST)/dnuma_test.o $(wildcard guest/*.h) | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	$(CC_gcc) -static -Os -Wall -Wextra -o $@ $(filter %.c %.o,$^) -lpthread

# The same program as a job of init, which has a main() of its own.
$(GUEST)/dnuma_test.o: guest/dnuma_test.c guest/dnuma.h | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	$(CC_gcc) -Os -Wall -Wextra -Dmain=dnuma_test_main -c -o $@ $<

# For machines and guests of one's own: one file, which needs no library.
dnuma-test: $(GUEST)/dnuma-test ## build/guest/dnuma-test: moves memory between nodes and back

$(GUEST)/dnuma-test: guest/dnuma_test.c guest/dnuma.c guest/dnuma.h | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	$(CC_gcc) -static -Os -Wall -Wextra -o $@ $(filter %.c,$^)

# The kernel brings /dev/console itself.
$(GUEST)/initrd.cpio: $(GUEST)/init
	cd $(@D) && echo init | cpio -o -H newc --quiet >$(@F).tmp && mv $(@F).tmp $(@F)

# An empty file system, for tests that want a disk.
$(GUEST)/disk.img: | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	truncate -s 512M $@.tmp && /sbin/mke2fs -q -F -t ext4 $@.tmp && mv $@.tmp $@

$(GUEST)/swap.img: | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	truncate -s 512M $@

$(GUEST)/tsc_khz: guest/tsc_khz.c | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	$(CC_gcc) -O2 -Wall -Wextra -o $@ $<

$(GUEST)/plugin_%.so: guest/plugin_%.c guest/plugin_api.h | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	$(CC_gcc) -O2 -Wall -Wextra -shared -fPIC -fvisibility=hidden -o $@ $<

# A knob that makes no sense is told before kernels are unpacked and built.
BOOT := guest/boot.py --mem '$(MEM)' --nodes '$(NODES)' --cpus '$(CPUS)' \
	--kernel '$(KERNEL)' --cmdline '$(CMDLINE)' --accel '$(ACCEL)' --timeout '$(TIMEOUT)'
boot: $(BUILD)/deps-guest ## one guest: MEM NODES CPUS CMDLINE KERNEL LINUX
	@$(BOOT) --check
	@$(MAKE) --no-print-directory guest $(BUILD)/deps-kernel
	@guest/kernel.sh build '$(KERNEL)'
	@$(BOOT)

COMPARE := guest/boot_compare.py --machine '$(MACHINE)' --mem '$(MEM)' \
	--nodes '$(NODES)' --cpus '$(CPUS)' \
	--runs '$(RUNS)' --json '$(JSON)' --seed '$(SEED)' --only '$(ONLY)' \
	--passes '$(PASSES)' --accel '$(ACCEL)' --timeout '$(TIMEOUT)'
boot-compare: $(BUILD)/deps-guest ## all strategies and mainline: MEM NODES CPUS MACHINE RUNS JSON LINUX
	@$(COMPARE) --check
	@$(MAKE) --no-print-directory guest kernel-baseline kernel
	@$(COMPARE)

PLUG	?= 64G
HOTPLUG_MEM ?= 4G
HOTPLUG := guest/hotplug_compare.py --mem '$(HOTPLUG_MEM)' --plug '$(PLUG)' \
	--timeout '$(TIMEOUT)' $(if $(VIRTIO),--virtio)
hotplug-compare: $(BUILD)/deps-guest ## what a DIMM or VIRTIO=1 costs a guest, and mainline: PLUG HOTPLUG_MEM LINUX
	@$(HOTPLUG) --check
	@$(MAKE) --no-print-directory guest kernel
	@guest/kernel.sh build deferred
	@$(HOTPLUG)

RESIDENT_MEM ?= 16G
RESIDENT := guest/resident.py --mem '$(RESIDENT_MEM)' --timeout '$(TIMEOUT)'
resident: $(BUILD)/deps-guest ## memory of the host that a guest has, as time goes on: RESIDENT_MEM LINUX
	@$(RESIDENT) --check
	@$(MAKE) --no-print-directory guest $(BUILD)/deps-kernel
	@guest/kernel.sh build resident
	@guest/kernel.sh build resident-mainline
	@$(RESIDENT)

patches: $(BUILD)/deps-kernel ## each series again, from the overlay and itself
	@scripts/deps.sh git quilt
	@patches/regenerate.sh

patches-lint: kernel ## checkpatch --strict, sparse and W=1 over the series
	@patches/lint.sh

BENCH_MIB ?= 1024
BENCH_ROUNDS ?= 9
patches-bench: $(BUILD)/deps-kernel ## PART=a beside mainline's loops and a plain fill, on this host: BENCH_MIB of memmap, BENCH_ROUNDS
	@scripts/deps.sh git
	@patches/bench.sh '$(BENCH_MIB)' '$(BENCH_ROUNDS)'

patches-bisect: guest kernel ## each patch builds and boots by itself
	@patches/bisect.sh

boot-test: $(BUILD)/deps-guest ## function tests of every strategy on the debug kernel: LINUX PART
	@guest/boot_test.py --timeout '$(TIMEOUT)' --check
	@$(MAKE) --no-print-directory all guest kernel-debug $(if $(PART),,kernel)
	@$(if $(PART),,guest/kernel.sh build devmem)
	@guest/boot_test.py --timeout '$(TIMEOUT)'

CHURN	?= 120
kcsan: $(BUILD)/deps-guest $(BUILD)/deps-kernel guest ## data races while memory changes its node: CHURN
	@guest/kernel.sh build kcsan
	@guest/kcsan.py --churn '$(CHURN)' --timeout '$(TIMEOUT)'

race-controls: $(BUILD)/deps-guest $(BUILD)/deps-kernel guest ## directed race tests, and that each fails without what it tests
	@guest/race_controls.py --timeout '$(TIMEOUT)'

$(GUEST)/eflags: guest/eflags.c | $(BUILD)/deps-guest
	@mkdir -p $(@D)
	$(CC_gcc) -static -O1 -Wall -Wextra -o $@ $<

# QEMU= names another emulator of user programs, of a later version for example.
QEMU	?= qemu-x86_64
eflags: $(GUEST)/eflags ## does the emulator keep EFLAGS over cmpxchg16b: QEMU=
	@[ '$(QEMU)' != qemu-x86_64 ] || scripts/deps.sh qemu-user
	@printf 'this CPU: '; $<
	@printf '%s: ' "$$($(QEMU) --version | head -n 1)"; $(QEMU) $<

$(BUILD)/deps-kernel: guest/guest.mk
	@mkdir -p $(BUILD)
	@scripts/deps.sh $(DEPS_KERNEL)
	@touch $@

$(BUILD)/deps-guest: guest/guest.mk
	@mkdir -p $(BUILD)
	@scripts/deps.sh $(DEPS_GUEST)
	@touch $@

.PHONY: dnuma-test patches patches-lint patches-bench patches-bisect kernel kernel-baseline kernel-debug kernel-debug-mainline guest eflags boot boot-compare hotplug-compare resident boot-test kcsan race-controls
