# SPDX-License-Identifier: GPL-2.0-only
"""Tests of page_numa: boots whose guests do the same, with it and without."""

import os

import insns
import machine
from machine import progress

MEM = 2 << 30
NODES = 2
CPUS = 4
LOAD = "guest.job=page-numa"
# Below this share of mainline's a cost counts as lower.
LOWER = 0.8
# So many flushes of TLBs more for a page that a batch moves.
FLUSHES = 1 / 16


def plugin(flavour, out):
    """Count what each CPU of a guest executes while its load faults."""
    spec = out + ".spec"
    insns.write_spec(flavour, "", spec)
    with open(spec, encoding="ascii") as file:
        lines = [line for line in file if line.startswith("phase fault") or
                 line.startswith("range spin")]
    with open(spec, "w", encoding="ascii") as file:
        file.writelines(lines)
    library = os.path.join(machine.GUEST_DIR, "plugin_insn.so")
    return f"{library},spec={spec},out={out}"


class PageNuma:
    """All of them; tests: the caller's, which counts what passes."""

    def __init__(self, tests):
        self.tests = tests

    def guest(self, name, cmdline, mem=MEM, nodes=NODES, dimm=None,
              count=False, disk=False):
        """A boot whose guest and log must both be clean. None: not asked for."""
        tests = self.tests
        if tests.only and tests.only not in name:
            return None
        progress(f"{name}: booting")
        out = os.path.join(machine.GUEST_DIR, name.replace(" ", "-"))
        result = tests.retries.run(
            name, tests.kernel, f"kunit.enable=0 {LOAD} {cmdline}", mem, nodes,
            CPUS, timeout=tests.timeout, accel=tests.accel, dimm=dimm, disk=disk,
            plugin=plugin(tests.kernel, out + ".insns") if count else None)
        with open(out + ".log", "w", encoding="utf-8") as file:
            file.write(result.log)
        if count:
            cpus = insns.Counts(out + ".insns").per_vcpu(("fault",))
            result.guest["insns"] = cpus[0]
        return result

    def clean(self, name, cmdline, **more):
        result = self.guest(name, cmdline, **more)
        if result is None:
            return None
        for note in result.notes:
            if note.startswith("ok "):
                self.tests.report(True, f"{name}: {note[3:]}")
            elif note.startswith("not ok "):
                self.tests.report(False, f"{name}: {note[7:]}")
        bad = result.trouble()
        self.tests.report(result.finished and not bad,
                          f"{name}: boots and log is clean",
                          bad[0] if bad else "init did not come to its end")
        return result

    def fails(self, name, what, cmdline, **more):
        """A control: the guest must find that something is wrong."""
        result = self.guest(name, cmdline, **more)
        if result is not None:
            self.tests.report(
                any(note.startswith(f"not ok {what} ") for note in result.notes),
                f"{name}: {what} is found", "nothing is")
        return result

    def alike(self, name, one, other, keys):
        for key in keys:
            a, b = one.guest.get(key), other.guest.get(key)
            self.tests.report(a is not None and a == b, f"{name}: {key}",
                              f"{a} and {b}")

    def cost(self, name, off, auto, cost, by, good):
        """A cost of each page or fault, with it and without."""
        before, after = (result.guest[cost] / max(1, result.guest[by])
                         for result in (off, auto))
        self.tests.report(good(before, after), f"{name}: {cost} by {by}: "
                          f"{before:.4g} without, {after:.4g} with")

    def costs(self, name, off, auto):
        # A fault's page is inaccessible, so its move flushes nothing. Pages of
        # a batch are not, but share a flush.
        def few(before, after):
            return after < before + FLUSHES

        def lower(before, after):
            return after < LOWER * before

        def less(before, after):
            return after < before
        self.cost(name, off, auto, "load_flushes", "load_moved", few)
        self.cost(name, off, auto, "insns", "load_faults", lower)
        # Pages that wait fault again; all of that is still less.
        self.cost(name, off, auto, "insns", "load_moved", less)
        # A flush for each page, and no instruction less, would be found.
        self.tests.report(not few(0, 1) and not lower(1, 1) and not less(1, 1),
                          f"{name}: control")

    def shared(self):
        """Pages that another process has at hand are flushed there, in batches."""
        name = "page_numa shared"
        off = self.clean(f"{name} off",
                         "noautonuma guest.expect=off guest.shared=1",
                         disk=True)
        auto = self.clean(f"{name} auto", "guest.shared=1", disk=True)
        if off and auto:
            self.cost(name, off, auto, "load_flushes", "load_moved",
                      lambda before, after: after < LOWER * before)
            self.placement(name, off, auto)

    def placement(self, name, off, auto):
        """As many pages are at home as where each fault moves its page."""
        home = [result.guest["load_home"] for result in (off, auto)]
        self.tests.report(abs(home[0] - home[1]) <= 10,
                          f"{name}: placement, per mille at home: {home}")

    def growth(self):
        """The history of more memory is larger; of all it would be MEM/4096."""
        loads = [self.clean(f"page_numa ondemand {mib}M",
                            f"memmap_init=ondemand guest.mib={mib}")
                 for mib in (32, 400)]
        if None not in loads:
            few, many = (load.guest.get("history_bytes", 0) for load in loads)
            self.tests.report(0 < few < many < MEM // 4096,
                              f"page_numa ondemand: history grows, {few} to "
                              f"{many} bytes")

    def rate(self):
        """8 MiB at 1 MiB a second; without the limit they take less."""
        load = "guest.mib=8 page_numa.entries=4096"
        slow = self.clean("page_numa rate", f"{load} guest.rate=1")
        fast = self.clean("page_numa rate control", load)
        if slow and fast:
            took = [result.guest["load_ms"] for result in (slow, fast)]
            self.tests.report(took[0] > 5000 and took[1] < 5000,
                              f"page_numa rate: took {took} ms")

    def run(self):
        one = [self.clean(f"page_numa one node {mode}",
                          f"page_numa={mode} guest.expect=none", nodes=1)
               for mode in ("off", "on")]
        if None not in one:
            self.alike("page_numa one node", *one,
                       ("mem_total_kib", "vmalloc_lines", "vmalloc_bytes"))
        off = self.clean("page_numa costs off",
                         "noautonuma guest.expect=off", count=True)
        auto = self.clean("page_numa costs auto", "", count=True)
        if off and auto:
            self.costs("page_numa costs", off, auto)
            self.placement("page_numa costs", off, auto)
        self.shared()
        self.rate()
        self.growth()
        self.clean("page_numa huge", "guest.huge=1 guest.mib=64")
        self.clean("page_numa full fallback",
                   "page_numa.entries=16 guest.full=1")
        self.clean("page_numa full drop", "page_numa.entries=16 guest.full=1 "
                   "page_numa.drop=1")
        # Mainline turns balancing on at boot where it sees two nodes.
        self.clean("page_numa hot-add", "guest.add=1 numa_balancing=enable",
                   mem=MEM // 2, nodes=1, dimm=(512 << 20, 1))
        self.fails("page_numa control absent", "absent-at-first",
                   "page_numa=on guest.expect=none")
        # Without balancing nothing moves, and nothing is allocated.
        off = self.fails("page_numa control home", "load-home",
                         "numa_balancing=disable guest.expect=off "
                         "guest.seconds=5")
        if off:
            self.tests.report(any(note.startswith("ok absent-at-last ")
                                  for note in off.notes),
                              "page_numa control home: nothing is allocated")
        self.fails("page_numa control full", "full",
                   "page_numa.entries=65536 guest.full=1")
