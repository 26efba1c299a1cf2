# SPDX-License-Identifier: GPL-2.0-only
"""Tests of dynamic NUMA: which boots, and what the host makes of what they say."""

import os
import re
import subprocess

import machine
from machine import progress

DNUMA = "guest.job=dnuma"
CHURN = "guest.job=churn"
# A disk in memory that takes seconds to answer.
SLOW_DISK = ("null_blk.memory_backed=1 null_blk.gb=1 null_blk.bs=4096 "
             "null_blk.irqmode=2 null_blk.completion_nsec=3000000000")
DEFRAG = f"guest.job=defrag {SLOW_DISK}"
CHURN_MEM = 4 << 30
DEFRAG_MEM = 4 << 30    # little, for a node of it is filled
PLAN = "guest.job=dnuma-plan"
MEANWHILE = "guest.job=dnuma-meanwhile"
DISTANCES = "guest.job=dnuma-distances"
LEFT = "guest.job=dnuma-left"
TIERS = "guest.job=dnuma-tiers"
SMALL = 2 << 30
NR_LOADS = 13     # of loads.c
MEMMAP = os.path.join(machine.TOP, "build", "memmap")


def plan_cases(notes):
    """What the guest said of each layout: name, then texts by kind."""
    cases = []
    for note in notes:
        found = re.match(r"plan\.(\w+) (.*)", note)
        if not found:
            continue
        what, line = found.groups()
        if what == "case":
            cases.append((line, {"wanted": "", "blocks": "", "plan": ""}))
        else:
            cases[-1][1][what] += line + "\n"
    return cases


def host_plan(log, stem, wanted, blocks):
    """The plan of the host for the same layout, blocks and machine."""
    for name, text in (("wanted", wanted), ("blocks", blocks)):
        with open(f"{stem}.{name}", "w", encoding="ascii") as file:
            file.write(text)
    subprocess.run([MEMMAP, "layout", f"{stem}.wanted", "--machine", log,
                    "--blocks", f"{stem}.blocks", "--plan", f"{stem}.plan"],
                   stdout=subprocess.DEVNULL, check=True)
    with open(f"{stem}.plan", encoding="ascii") as file:
        return file.read()


def other_blocks(blocks):
    """Each block in another state: another plan, or the comparison is blind."""
    other = {"pristine": "free", "free": "used", "used": "unmovable"}
    return re.sub(r"(pristine|free|used)$", lambda found: other[found[1]],
                  blocks, flags=re.MULTILINE)


class DynamicNuma:
    """All of them; tests: the caller's, which boots and counts what passes."""

    def __init__(self, tests):
        self.tests = tests

    def plans(self, strategy):
        """Kernel and host come to the same plan, byte for byte."""
        tests = self.tests
        name = f"dnuma plan {strategy}"
        if tests.only and tests.only not in name:
            return
        result, log = tests.boot(name, f"memmap_init={strategy} {PLAN}",
                                 mem=SMALL)
        bad = [note for note in result.notes if note.startswith("not ok")]
        tests.report(result.finished and not bad and not result.trouble(),
                     f"{name}: boots and log is clean", f"{bad}; {log}")
        cases = plan_cases(result.notes)
        tests.report(len(cases) == 5, f"{name}: layouts", f"{len(cases)}")
        for case, texts in cases:
            stem = f"{log[:-len('.log')]}-{case}"
            wanted, blocks = texts["wanted"], texts["blocks"]
            plan = host_plan(log, stem, wanted, blocks)
            tests.report(plan == texts["plan"], f"{name}: {case}: "
                         f"{len(plan.splitlines())} lines are equal",
                         f"{stem}.plan differs from {log}")
            other = host_plan(log, stem + "-other", wanted,
                              other_blocks(blocks))
            tests.report(other != texts["plan"],
                         f"{name}: {case}: other blocks are noticed",
                         f"{stem}-other.plan")

    def spoilt(self):
        """A word of each load is wrong: each of them has to see it."""
        tests = self.tests
        name = "dnuma spoilt"
        if tests.only and tests.only not in name:
            return
        result, log = tests.boot(name, f"guest.seconds=10 guest.mib=64 guest.spoil=1 "
                                 f"{CHURN}", mem=SMALL, disk=True)
        bad = [note for note in result.notes
               if re.match(r"not ok churn-load \w+: [1-9]\d* rounds", note)]
        tests.report(len(bad) == NR_LOADS, f"{name}: all loads see it",
                     f"{len(bad)} of {NR_LOADS}; {log}")

    def run(self):
        """Memory changes its node: all initialised, and mostly pristine."""
        tests = self.tests
        for strategy in ("deferred", "ondemand"):
            tests.clean(f"dnuma {strategy}",
                        f"memmap_init={strategy} dnuma_nodes=1 {DNUMA}",
                        remember=False)
            self.plans(strategy)
            tests.clean(f"dnuma meanwhile {strategy}",
                        f"memmap_init={strategy} {MEANWHILE}",
                        remember=False, mem=SMALL)
        tests.clean("dnuma left", f"memmap_init=deferred dnuma_nodes=1 {LEFT}",
                    remember=False, mem=SMALL)
        tests.clean("dnuma tiers", f"memmap_init=ondemand dnuma_nodes=1 {TIERS}",
                    remember=False, mem=SMALL, cpus=2, tiers=True)
        tests.clean("dnuma distances", f"sched_verbose {DISTANCES}",
                    remember=False, mem=SMALL)
        tests.clean("dnuma churn", "memmap_init=ondemand "
                    f"guest.seconds={tests.churn_s} {CHURN}",
                    remember=False, disk=True, mem=CHURN_MEM)
        self.spoilt()
        tests.clean("dnuma defrag", f"memmap_init=ondemand {DEFRAG}",
                    remember=False, mem=DEFRAG_MEM)
        tests.control("dnuma noown", f"memmap_init=deferred dnuma_noown {DNUMA}")


def run(tests):
    if machine.has_config(tests.kernel, "DYNAMIC_NUMA"):
        DynamicNuma(tests).run()
    else:
        progress("dynamic NUMA: not in this kernel's series")
