#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the guests' scripts that need neither a kernel nor QEMU. Every
# function is called by name through ok().
# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/.." || exit 1

. scripts/ok.sh guest

# A knob that makes no sense is told at once: the build folder stays as it was,
# and kernel.sh, whose messages begin with "guest:", does not run.
bad_knob() {
	local target=$1 knob=$2

	touch "$dir/deps-guest"
	! make -s "$target" "$knob" BUILD="$dir" >"$dir/out" 2>&1 &&
		grep -q "$target: $knob" "$dir/out" &&
		! grep -q '^guest:' "$dir/out" &&
		[ ! -e "$dir/deps-kernel" ] && [ ! -e "$dir/guest" ]
}

# What a kernel printed, and whether the emulator is to blame for it.
emulator_faults() {
	TMPDIR=$dir python3 - <<'END'
import sys
sys.path.insert(0, "guest")
import machine
for text, blame in (
        ("RSP: 0018:ffff888003e38000 EFLAGS: 00010246", False),
        ("RSP: 0018:ffff888003e38000 EFLAGS: 003f0246", False),
        ("RSP: 0018:ffff888003e38000 EFLAGS: 00410246", True),
        ("RSP: 0018:ffff888003e38000 EFLAGS: 8d4e0246", True),
        ("Oops: int3: 0000 [#1] SMP", True),
        ("traps: PANIC: double fault, error_code: 0x0", True),
        ("kernel BUG at mm/page_alloc.c:1", False),
        ("page:ffffea0000000000 is uninitialized and poisoned", False)):
    result = machine.Result(f"[    1.000000] {text}\n", 0, 0, False)
    if bool(result.emulator_fault()) != blame:
        sys.exit(f"{text}: {result.emulator_fault()}")
END
}

# A boot that dies of its emulator is tried again once, and counted; one that
# dies of its kernel is not.
retries() {
	TMPDIR=$dir python3 - <<'END'
import sys, tempfile
sys.path.insert(0, "guest")
import machine
machine.GUEST_DIR = tempfile.mkdtemp()
BAD, BUG, GOOD = "Oops: int3: 0000", "kernel BUG at mm/x.c:1", "Run /init"
for logs, boots in (([GOOD], 1), ([BUG], 1), ([BAD, GOOD], 2),
                    ([BAD, BUG], 2), ([BAD, BAD], 2)):
    left = list(logs)
    machine.run = lambda *args, **more: machine.Result(
        f"[    1.000000] {left.pop(0)}\n", 0, 0, False)
    tries = machine.Retries()
    result = tries.run("name", "patched")
    if left or logs[-1] not in result.log:
        sys.exit(f"{logs}: {left} left, {result.log}")
    if len(tries.faults) != boots - 1 or bool(tries.summary()) != (boots > 1):
        sys.exit(f"{logs}: counted {tries.faults}")
END
}

# Memory to add to another node makes the machine as much larger.
dimm() {
	python3 - <<'END'
import sys
sys.path.insert(0, "guest")
import machine
machine.kernel_file = lambda *args: "bzImage"
plain = machine.qemu_command("debug", "", 1 << 30, 1, 4, "log")
more = machine.qemu_command("debug", "", 1 << 30, 1, 4, "log",
                            dimm=(512 << 20, 1))
if more[:len(plain)] != plain:
    sys.exit("other options change")
text = " ".join(more[len(plain):])
for want in ("1024M,slots=1,maxmem=1536M", "size=536870912", "nodeid=1",
             "pc-dimm,memdev=dimm,node=1"):
    if want not in text:
        sys.exit(f"{want} is not in {text}")
END
}

# Pages that the host provides are seen where the guest calls them pristine, below
# the hole under 4 GiB and above it; and which of them it did not at the last look.
pristine_touched() {
	python3 - <<'END'
import os, sys
sys.path.insert(0, "guest")
import hotplug
GIB = 1 << 30
ram = os.memfd_create("ram")
os.ftruncate(ram, 4 * GIB)
for at in (GIB, 2 * GIB, 3 * GIB):
    os.pwrite(ram, b"x", at)
plugger = hotplug.Plugger("", "", 4 * GIB, [ram])
pristine = [(GIB // 2, 2 * GIB), (4 * GIB + 4096, 6 * GIB)]
size = GIB * 3 // 2 + 2 * GIB - 4096
plugger.pristine = list(pristine)
plugger._look_at_ram("now")
os.pwrite(ram, b"xx", GIB + 4095)
os.pwrite(ram, b"x", 0)
plugger.pristine = list(pristine)
plugger._look_at_ram("later")
if plugger.ram != {"now": (3 * 4096, size, 2 * 4096, 2 * 4096),
                   "later": (5 * 4096, size, 3 * 4096, 4096)}:
    sys.exit(f"saw {plugger.ram}")
END
}

# A message of the kernel may fall into a line of the guest's, and others follow it.
cut_lines() {
	python3 - <<'END'
import sys
sys.path.insert(0, "guest")
import machine
log = ("GUEST host unplug dimm\r[    7.725177] Demotion targets\r\n\r\n"
       "GUEST ok off[   14.087975] one\n[   14.087999] two\nline: 0 times\n"
       "GUEST ok last[   15.000000] three\nGUEST total=5\n"
       "GUEST e[   16.000000] four\nnd")
result = machine.Result(log, 0, 0, False)
want = ["host unplug dimm", "ok offline: 0 times", "ok last", "end"]
if result.notes != want or result.guest != {"total": 5} or \
        [text for _, text in result.lines] != ["Demotion targets", "one", "two",
                                               "three", "four"]:
    sys.exit(f"read {result.notes}, {result.guest}, {result.lines}")
END
}

# What Linux frees of its image is MemTotal's, and whole pages alone are freed.
image() {
	python3 - "$dir/System.map" <<'END'
import sys
sys.path.insert(0, "guest")
import insns, machine
machine.kernel_file = lambda *args: sys.argv[1]
def image(etext, rodata):
    with open(sys.argv[1], "w") as file:
        for name, at in (("_text", 0x1000000), ("_etext", etext),
                         ("__start_rodata", 0x1400000),
                         ("__end_rodata", rodata), ("_sdata", 0x1600000),
                         ("__init_begin", 0x1700000), ("__init_end", 0x1800000),
                         ("__bss_stop", 0x1840000)):
            file.write(f"{0xffffffff80000000 + at:x} T {name}\n")
    return insns.image_kib("patched")
if image(0x13ff000, 0x1500000) != 6396 or image(0x13f0001, 0x1502000) != 6348:
    sys.exit(f"{image(0x13ff000, 0x1500000)} {image(0x13f0001, 0x1502000)}")
END
}

ok "make boot MEM=zz says so before anything is built" bad_knob boot MEM=zz
ok "make boot KERNEL=zz says so before anything is built" bad_knob boot KERNEL=zz
ok "make boot-compare RUNS=zz says so before anything is built" \
	bad_knob boot-compare RUNS=zz
ok "make boot-test TIMEOUT=zz says so before anything is built" \
	bad_knob boot-test TIMEOUT=zz
ok "make boot LINUX=zz says so before anything is built" bad_knob boot LINUX=zz
ok "make boot-compare LINUX=zz says so before anything is built" \
	bad_knob boot-compare LINUX=zz
ok "make boot-test LINUX=zz says so before anything is built" \
	bad_knob boot-test LINUX=zz
ok "make boot-test PART=zz says so before anything is built" \
	bad_knob boot-test PART=zz
ok "death of the emulator is told from death of the kernel" emulator_faults
ok "a boot that the emulator killed is tried again once" retries
ok "a guest can have memory to add to another node" dimm
ok "pristine memory that was touched is seen" pristine_touched
ok "lines of a guest that its kernel has cut are made whole" cut_lines
ok "what a kernel keeps of its image is told from System.map" image
exit $failed
