#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Function tests: every strategy on the debug kernel, and a control.

With PART=, those that this piece of the series can pass, on its debug kernel.

The debug kernel poisons the memmap, so that reading a descriptor that nobody
has written is a BUG. A test that passes has said "ok" in the guest, and the
kernel's log holds no sign of trouble. One line a test; the last line counts.
"""

import argparse
import os
import re
import subprocess

import dnuma_boots
import hotplug_boots
import hvo_boots
import insns
import kho_boots
import machine
import page_numa
import ptreloc_boots
from machine import progress

LOAD = "guest.job=load guest.mib=256 guest.rounds=2"
FUNCTIONS = "guest.job=functions"
DEVMEM = "guest.job=devmem"
# Strategies that leave memory pristine; the others are tested with a load only.
LAZY = ("async", "ondemand", "idle")
# What MemTotal may lack with another strategy, in KiB. A part leaves the tables of
# extents where boot has put them.
TABLES_KIB = 16


class Tests:
    def __init__(self, args):
        self.kernel = args.kernel
        self.mem = machine.parse_size(args.mem)
        self.nodes = machine.parse_count(args.nodes, "NODES", machine.MAX_NODES)
        self.cpus = machine.parse_count(args.cpus, "CPUS", machine.MAX_CPUS)
        machine.check_shape(self.mem, self.nodes, self.cpus)
        self.timeout = machine.parse_count(args.timeout, "TIMEOUT", 86400)
        self.churn_s = machine.parse_count(args.churn, "CHURN", 86400)
        machine.check_accel(args.accel)
        if args.check:
            return
        machine.kernel_file(self.kernel)
        self.accel = machine.usable_accel(args.accel)
        self.retries = machine.Retries()
        # The whole series, with KUnit.
        self.patched = not (machine.PART or self.kernel == "debug-mainline")
        # What this kernel knows; "": what it does without the word.
        self.strategies = machine.STRATEGIES if self.patched else (
            "", *machine.PART_STRATEGIES)
        self.only = args.only
        self.passed = self.failed = 0
        self.totals = {}
        self.tested = False     # by KUnit, at the first boot

    def report(self, good, name, why=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if good else 'not ok'} {name}"
              f"{' ' + why if why and not good else ''}", flush=True)

    def boot(self, name, cmdline, cpus=None, mem=None, accel=None, nodes=None,
             kernel=None, kunit="", **more):
        progress(f"{name}: booting")
        # KUnit takes longer than the rest of a boot: in the first one only.
        if kunit:
            cmdline += f" kunit.filter_glob={kunit}"
        elif self.tested:
            cmdline += " kunit.enable=0"
        result = self.retries.run(name, kernel or self.kernel, cmdline, mem or self.mem,
                                  nodes or self.nodes, cpus or self.cpus,
                                  timeout=self.timeout,
                                  accel=accel or self.accel, **more)
        log = os.path.join(machine.GUEST_DIR,
                           f"test-{name.replace(' ', '-').replace('=', '-')}.log")
        with open(log, "w", encoding="utf-8") as file:
            file.write(result.log)
        return result, log

    def clean(self, name, cmdline, remember=True, want=None, **more):
        """A boot that must finish, say ok to everything, and log no trouble.

        want: the strategy in effect; None: the last one on the boot line.
        Return: the result; None if it is not to be tested.
        """
        if self.only and self.only not in name:
            return None
        result, log = self.boot(name, cmdline, **more)
        for note in result.notes:
            words = note.split(None, 2)
            if words[0] == "ok":
                self.report(True, f"{name}: {note[3:]}")
            elif note.startswith("not ok"):
                self.report(False, f"{name}: {note[7:]}")
        if self.patched and not self.tested and "kernel" not in more:
            self.tested = True
            self.kunit(result)
        bad = result.trouble()
        why = ("timed out" if result.timed_out else
               bad[0] if bad else "init did not come to its end")
        self.report(result.finished and not bad, f"{name}: boots and log is clean",
                    f"{why}; console: {log}")
        if remember and "mem_total_kib" in result.guest:
            self.totals[name] = result.guest["mem_total_kib"]
        if "memmap_init=" in cmdline:
            # The last one counts.
            want = want or cmdline.split("memmap_init=")[-1].split()[0] \
                .split(",")[0]
            got = [note.split()[1] for note in result.notes
                   if note.startswith("memmap_init.strategy ")]
            # A part with one strategy says nothing.
            if not got and not self.patched:
                got = ["ondemand" if result.guest.get("pristine_kib") else
                       "deferred"]
            self.report(got[:1] == [want], f"{name}: strategy in effect",
                        f"want {want}, the kernel says {got[:1] or 'nothing'}")
        return result

    def one_cpu(self, strategy):
        """A machine of one CPU reports one, however many threads drain."""
        name = f"{strategy} one CPU"
        if self.only and self.only not in name:
            return
        result, log = self.boot(
            name, f"memmap_init={strategy} guest.drained=120", cpus=1)
        cpus = self.drained(result)[1]
        self.report(cpus == 1, f"{name}: reports 1 CPU",
                    f"reports {cpus}; console: {log}")

    @staticmethod
    def drained(result):
        """Microseconds and CPUs of the drain as the guest saw them when it had
        waited; what the kernel logs then may come too late. None: no drain ended.
        """
        found = [re.fullmatch(r"memmap_init\.drains all \d+ (\d+) (\d+)", note)
                 for note in result.notes]
        last = [match for match in found if match][-1:]
        return (int(last[0][1]), int(last[0][2])) if last else (None, None)

    def idle(self):
        """Threads of idle take no CPU that others want, and end their work."""
        # So much that a drain lasts longer than init needs to look at it.
        mem = 128 << 30
        line = "memmap_init=idle guest.job=idle guest.drained=300"
        self.clean("idle busy", line, remember=False, mem=mem)
        self.clean("idle told", line.replace("guest.drained=300", "guest.told=1"),
                   remember=False, mem=mem)
        self.refuses("idle urgent", line + " guest.urgent=1",
                     "idle takes less than 1 %", mem=mem)
        name = "idle drains"
        if self.only and self.only not in name:
            return
        us = {}
        for strategy in ("async", "idle"):
            result, log = self.boot(
                f"{name} {strategy}",
                f"memmap_init={strategy} guest.drained=300", mem=mem)
            us[strategy] = self.drained(result)[0]
        self.report(all(us.values()) and us["idle"] < 2 * us["async"],
                    f"{name}: within twice what async takes", f"{us} us; {log}")

    def exhaust(self):
        """Nearly all memory is taken while CPUs that write some stand still."""
        # A kernel without checks, so that the others are fast enough.
        at = insns.Symbols("patched").start["memmap_worker_timed"]
        self.clean("idle exhaust",
                   "memmap_init=idle,threads=6 guest.job=exhaust",
                   remember=False, kernel="patched", mem=192 << 20, nodes=1,
                   cpus=8, accel="tcg", plugin=os.path.join(
                       machine.GUEST_DIR,
                       f"plugin_hold.so,at={at:x},ms=16000"))

    def interrupts_off(self):
        """No longer than a quantum, at once, and far shorter on the whole."""
        # KUnit would push the drain out of the trace.
        self.tested = True
        line = ("memmap_init=parallel trace_event=memmap_init:*,preemptirq:* "
                "trace_buf_size=32M guest.job=irqsoff")
        # One CPU: a virtual one that does not run meanwhile would seem slow.
        self.clean("parallel irqsoff", line, remember=False, cpus=1,
                   accel="icount")
        self.refuses("parallel irqsoff limit", line + " guest.limit_us=0",
                     "irqsoff")

    def nolock(self):
        """In an NMI memory is pulled as well, but not where a zone is locked."""
        name = "ondemand nolock"
        cases = [symbol for symbol in insns.Symbols(self.kernel).start
                 if re.match("nolock_(pulls|leaves)", symbol)]
        # alloc_pages_nolock() is not in every kernel.
        if not cases or self.only and self.only not in name:
            return
        result, log = self.boot(name, "memmap_init=ondemand", kunit="memmap_nolock")
        passed = [found[1] for _, text in result.lines for found in
                  [re.match(r"\s*ok \d+ (nolock_\w+)$", text)] if found]
        bad = result.trouble()
        self.report(sorted(passed) == sorted(cases) and not bad, name,
                    f"KUnit: {passed} of {cases}; {bad[:1]}; {log}")

    def refuses(self, name, cmdline, check, **more):
        """A boot in which one check must fail, or it proves nothing."""
        if self.only and self.only not in name:
            return
        result, log = self.boot(name, cmdline, **more)
        self.report(any(note.startswith(f"not ok {check}") for note in
                        result.notes), f"{name}: is found", f"console: {log}")

    def control(self, name, cmdline, **more):
        """A boot whose log must show trouble, or the tests prove nothing.

        It ends with the first trouble: what goes on after that may hang.
        """
        if self.only and self.only not in name:
            return
        result, log = self.boot(name, f"{cmdline} oops=panic softlockup_panic=1",
                                **more)
        self.report(bool(result.trouble()), f"{name}: trouble is found",
                    f"the log is clean; console: {log}")

    def kunit(self, result):
        """KUnit prints its own ok and not ok lines on the way up."""
        lines = [text.strip() for _, text in result.lines]
        cases = [line for line in lines if re.match(r"(not )?ok \d+ \w+$", line)]
        bad = [line for line in cases if line.startswith("not ")]
        self.report(len(cases) > 30 and not bad, f"KUnit: {len(cases)} lines",
                    "; ".join(bad) or "too few of them")

    def chunks(self, strategy):
        """The chunks that the kernel traced are those of virtual time."""
        name = f"{strategy} chunks"
        if self.only and self.only not in name:
            return
        result, log = self.boot(name, f"memmap_init={strategy} "
                                "trace_event=memmap_init:* tp_printk")
        traced = sorted(
            tuple(int(value, 0) for value in found.groups())
            for _, text in result.lines for found in
            [re.match(r"memmap_init_chunk: .*\bnid=(\d+) "
                      r"range=\((\w+) ~ (\w+)\)", text)] if found)
        out = log[:-len(".log")] + ".csv"
        subprocess.run([os.path.join(machine.TOP, "build", "memmap"), "predict",
                        "--machine", log, "--cmdline",
                        f"memmap_init={strategy}", "--chunks", out],
                       stdout=subprocess.DEVNULL, check=True)
        with open(out, encoding="ascii") as file:
            # The strategy's name may hold commas.
            simulated = [tuple(map(int, line.rsplit(",", 3)[1:]))
                         for line in file.read().splitlines()[1:]]
        self.report(bool(traced) and traced == simulated,
                    f"{name}: {len(traced)} traced, {len(simulated)} simulated",
                    f"they differ: {log}, {out}")

    def known(self, *strategies):
        """Those of them that this kernel knows, "" first."""
        return [name for name in ("", *strategies) if name in self.strategies]

    def with_strategy(self, strategy, name, cmdline, **more):
        """clean(), with a strategy on the boot line; its name replaces the *."""
        word = f"memmap_init={strategy} " if strategy else ""
        return self.clean(name.replace("*", strategy).strip(), word + cmdline, **more)

    def run(self):
        for strategy in self.known(*machine.STRATEGIES):
            self.with_strategy(strategy, "* load", LOAD)
        for strategy in self.known(*LAZY):
            self.with_strategy(strategy, "* functions", FUNCTIONS)
        for strategy in self.known("ondemand"):
            # Zones whose edges can be offlined: ZONE_MOVABLE on each node.
            self.with_strategy(strategy, "* kernelcore functions",
                               f"kernelcore=50% guest.edges=1 {FUNCTIONS}",
                               remember=False)
        if self.kernel != "debug-mainline":
            hotplug_boots.run(self)
        if machine.PART:
            # One disk of pages whose driver writes them again.
            self.clean("device", "memmap=1G!8G guest.job=device", remember=False,
                       mem=16 << 30, nodes=1)
        if self.patched:
            self.series()
        if self.totals:
            spread = max(self.totals.values()) - min(self.totals.values())
            self.report(spread <= (0 if self.patched else TABLES_KIB),
                        "MemTotal is the same in every strategy",
                        ", ".join(f"{k}: {v}" for k, v in self.totals.items()))
        if self.retries.summary():
            print(self.retries.summary())
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0

    def series(self):
        """What only the whole series has."""
        # Other CPUs see non-temporal stores later; test them as well. An earlier
        # memmap_init= must leave nothing behind.
        self.clean("ondemand nt functions", "memmap_init=local,store=cached "
                   f"memmap_init=ondemand,store=nt {FUNCTIONS}")
        # PAT refuses to map RAM through /dev/mem.
        self.clean("ondemand devmem", f"memmap_init=ondemand {DEVMEM}",
                   remember=False, kernel="devmem")
        self.clean("ondemand devmem nopat",
                   f"memmap_init=ondemand nopat {DEVMEM} guest.mapped=1",
                   remember=False, kernel="devmem")
        self.control("ondemand noguard",
                     f"memmap_init=ondemand memmap_init_noguard {FUNCTIONS}")
        dnuma_boots.run(self)
        for strategy in ("parallel", "local,chunk=64M", "async,chunk=256M"):
            self.chunks(strategy)
        self.one_cpu("async")
        self.idle()
        self.exhaust()
        self.interrupts_off()
        self.nolock()
        hvo_boots.run(self)
        if machine.has_config(self.kernel, "TEST_KEXEC_HANDOVER"):
            kho_boots.run(self)
        if machine.has_config(self.kernel, "PAGE_NUMA"):
            page_numa.PageNuma(self).run()
        if machine.has_config(self.kernel, "PT_RELOC"):
            ptreloc_boots.run(self)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", default="part-debug" if machine.PART else "debug",
                        help="debug, or debug-mainline to test the tests; with "
                        "PART= part-debug")
    parser.add_argument("--mem", default="16G")
    parser.add_argument("--nodes", default="4")
    parser.add_argument("--cpus", default="4")
    parser.add_argument("--only", default="", help="tests whose name holds this")
    parser.add_argument("--accel", default="tcg")
    parser.add_argument("--timeout", default="1200", help="seconds per boot")
    parser.add_argument("--churn", default="60", help="seconds of random layouts; and, if over 120, of "
                        "plugging under loads")
    parser.add_argument("--check", action="store_true",
                        help="only say whether the arguments make sense")
    args = parser.parse_args()
    machine.check_linux()
    if args.kernel not in machine.FLAVOURS:
        raise machine.UsageError(f"KERNEL={args.kernel}: want debug or "
                                 "debug-mainline")
    tests = Tests(args)
    return 0 if args.check else tests.run()


if __name__ == "__main__":
    machine.program(main)
