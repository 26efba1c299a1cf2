# SPDX-License-Identifier: GPL-2.0-only
"""Instructions in the memmap phases: input and output of plugin_insn.c."""

import bisect
import os
import re

import machine

# Phases by the functions that open and close them. All are in the unpatched
# kernel too, none is inlined, and one caller calls both.
PHASES = (
    ("early", "free_area_init", "early_quirks"),
    ("free", "memblock_free_all", "kmem_cache_init"),
    ("late", "page_alloc_init_late", "driver_init"),
    ("user", "kernel_execve", "__x64_sys_getsid"),
)
# In Linux 7.3 free_area_init() is inlined, and its caller runs later.
PHASE_EARLY_7_3 = ("early", "mm_core_init_early", "jump_label_init")
# The guest's init calls these two before and after the faults to count.
FAULT_PHASE = ("fault", "__x64_sys_getpgid", "__x64_sys_getsid")
BOOT_PHASES = ("early", "free", "late")
# All that the kernel does until it runs /init.
TO_INIT = BOOT_PHASES + ("between",)

# Firmware, the decompressor and user space are not the kernel: not counted.
LOW_HALF = 1 << 47

# Functions in which a CPU only waits. The sender of a cross-call waits in the
# function that sends, so its few hundred other instructions are not counted.
SPIN = re.compile(r"(native_|__pv_)?queued_(spin|read|write)_lock_slowpath|"
                  r"smp_call_function_(many_cond|single)|csd_lock_wait|"
                  r"osq_lock|mutex_spin_on_owner|rwsem_spin_on_owner|"
                  r"multi_cpu_stop|cpu_idle_poll|default_idle|mwait_idle|"
                  r"default_idle_call|do_idle|cpu_startup_entry|"
                  r"pv_native_safe_halt|acpi_idle_\w+|"
                  r"acpi_processor_ffh_cstate_enter|delay_\w+|__delay|"
                  r"__const_udelay|__udelay|io_idle")
# Functions that only initialise the memmap, in whatever phase they run.
MEMMAP = re.compile(r"memmap_\w+|init_unavailable_range|__init_single_page|"
                    r"deferred_(init|free|grow)_\w+|reserve_bootmem_region|"
                    r"init_reserved_page|__free_(pages|blocks)_core|"
                    r"memblock_free_(all|pages)|set_zone_contiguous|"
                    r"free_area_init\w*|padata_\w+")

# Page clearing is most of a page fault and not the allocator's work. It is not
# counted, as a rep-prefixed instruction would count once for each iteration.
CLEAR = re.compile(r"clear_page_\w+|clear_highpage\w*")


class Symbols:
    """Text symbols of one kernel, and where each ends."""

    def __init__(self, flavour):
        self.start = {}
        addresses = set()
        with open(machine.kernel_file(flavour, "System.map"),
                  encoding="ascii") as file:
            for line in file:
                address, kind, name = line.split()
                if kind in "tTwW":
                    self.start.setdefault(name, int(address, 16))
                    addresses.add(int(address, 16))
        self.sorted = sorted(addresses)

    def end(self, address):
        at = bisect.bisect_right(self.sorted, address)
        # The last symbol has no end here, and is not one that is counted.
        return self.sorted[at] if at < len(self.sorted) else address + 1

    def ranges(self, pattern):
        for name, address in self.start.items():
            # gcc's .cold, .isra and .constprop parts belong to the function.
            if pattern.fullmatch(name.split(".")[0]):
                yield address, self.end(address)


def image_kib(flavour):
    """Memory that this kernel's image keeps: not MemTotal's. Linux frees what is
    between text, rodata and data (mark_rodata_ro()), and what is for boot alone.
    """
    at = {}
    with open(machine.kernel_file(flavour, "System.map"),
              encoding="ascii") as file:
        for line in file:
            address, _, name = line.split()
            at[name] = -(-int(address, 16) // 4096) * 4
    return (at["__bss_stop"] - at["_text"] -
            (at["__start_rodata"] - at["_etext"]) -
            (at["_sdata"] - at["__end_rodata"]) -
            (at["__init_end"] - at["__init_begin"]))


def write_spec(flavour, cmdline, path):
    """Tell the plugin where this kernel has what it counts."""
    symbols = Symbols(flavour)
    lines = []
    phases = PHASES + (FAULT_PHASE,)
    if PHASE_EARLY_7_3[1] in symbols.start:
        phases = (PHASE_EARLY_7_3,) + phases[1:]
    # If a kernel lacked one of them, nothing would be counted.
    for name, opens, closes in phases:
        for symbol in (opens, closes):
            if symbol not in symbols.start:
                raise RuntimeError(f"{flavour}: no symbol {symbol} in "
                                   "System.map; adapt guest/insns.py")
        lines.append(f"phase {name} {symbols.start[opens]:x} "
                     f"{symbols.start[closes]:x}")
    lines.append(f"range spin 0 {LOW_HALF:x}")
    taken = set()
    for kind, pattern in (("spin", SPIN), ("clear", CLEAR), ("memmap", MEMMAP)):
        ranges = set(symbols.ranges(pattern)) - taken
        lines += [f"range {kind} {a:x} {b:x}" for a, b in sorted(ranges)]
        taken |= ranges
    # local is one thread that moves from CPU to CPU: its pieces add up.
    if "memmap_init=local" in cmdline:
        lines.append(f"barrier {symbols.start['set_cpus_allowed_ptr']:x}")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


class Counts:
    """What the plugin wrote."""

    def __init__(self, path):
        self.insns = {}       # (vcpu, phase, class) -> instructions
        self.critical = {}    # phase -> instructions
        if not os.path.exists(path):
            raise RuntimeError("the plugin wrote nothing: the guest was killed")
        with open(path, encoding="ascii") as file:
            for line in file:
                words = line.split()
                if words[0] == "count":
                    key = (int(words[1]), words[2], words[3])
                    self.insns[key] = int(words[4])
                else:
                    self.critical[words[1]] = int(words[2])

    def critical_path(self):
        """Busiest vCPU of each memmap phase, added up."""
        return sum(self.critical[phase] for phase in BOOT_PHASES)

    def per_vcpu(self, phases, classes=("work", "memmap", "clear")):
        vcpus = 1 + max(key[0] for key in self.insns)
        return [sum(self.insns.get((cpu, phase, kind), 0)
                    for phase in phases for kind in classes)
                for cpu in range(vcpus)]
