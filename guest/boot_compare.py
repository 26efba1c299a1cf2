#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every strategy and both unpatched kernels, booted and compared.

Passes, because one run cannot tell all:
  time   guest RAM in files that stay from run to run: no run pays the host's
         page faults for another; order shuffled anew in each repetition
  rss    guest RAM of its own: how much of it a boot touches
  insn   instructions executed, by a plugin that slows the guest down
  fault  page faults of initialised memory: what the strategies leave behind
  storm  all CPUs fault on one node as the boot left it
"""

import argparse
import json
import os
import platform
import random
import re
import statistics
import tempfile
import time

import insns
import machine
from machine import progress

STRUCT_PAGE = 64    # bytes
PASSES = ("time", "rss", "insn", "fault", "storm")


class Config:
    """One row: a kernel and its command line."""

    def __init__(self, kernel, cmdline):
        self.kernel = kernel
        self.cmdline = cmdline
        self.name = f"{kernel} {cmdline.replace('memmap_init=', '')}".strip()
        self.timed = []
        self.rss = []
        self.counts = None
        self.counted_boot = None   # the boot that they are of
        self.faults = []
        self.fault_insns = None    # a page
        self.storms = []           # pages a second
        self.waits = []            # longest wait for one page, us
        self.storm_insns = None    # a page


def configs(only):
    """The rows whose kernels are built."""
    rows = [Config("nodeferred", ""), Config("deferred", "")]
    if machine.PART:
        rows.append(Config("part", ""))
        rows += [Config("part", f"memmap_init={name}")
                 for name in machine.PART_STRATEGIES]
    else:
        rows += [Config("patched", f"memmap_init={name}")
                 for name in machine.STRATEGIES]
    chosen = []
    missing = set()
    for row in rows:
        if only and row.name not in only and row.kernel not in only:
            continue
        try:
            machine.kernel_file(row.kernel)
            chosen.append(row)
        except machine.UsageError as err:
            missing.add(str(err))
    for text in sorted(missing):
        progress(f"left out: {text}")
    if not chosen:
        raise machine.UsageError("ONLY: no kernel left to compare; build them "
                                 "with: make kernel kernel-baseline")
    return chosen


class Comparison:
    def __init__(self, args):
        self.mem = machine.parse_size(args.mem)
        self.nodes = machine.parse_count(args.nodes, "NODES", machine.MAX_NODES)
        self.cpus = machine.parse_count(args.cpus, "CPUS", machine.MAX_CPUS)
        self.kind = args.machine
        machine.check_shape(self.mem, self.nodes, self.cpus, self.kind)
        self.runs = machine.parse_count(args.runs, "RUNS", 1000)
        self.timeout = machine.parse_count(args.timeout, "TIMEOUT", 86400)
        self.seed = (machine.parse_count(args.seed, "SEED", 1 << 32)
                     if args.seed else random.SystemRandom().randrange(1, 1 << 16))
        self.passes = args.passes.split(",")
        for name in self.passes:
            if name not in PASSES:
                raise machine.UsageError(f"PASSES={name}: want some of "
                                         + ",".join(PASSES))
        machine.check_accel(args.accel)
        if args.check:
            return
        self.accel = machine.usable_accel(args.accel)
        self.retries = machine.Retries()
        # The plugin is a part of the emulator.
        if self.accel != "tcg" and "insn" in self.passes:
            self.passes.remove("insn")
        self.rows = configs(args.only.split(",") if args.only else [])
        self.random = random.Random(self.seed)
        self.start = time.monotonic()
        self.done = 0
        self.total = len(self.rows) * (
            self.runs * ("time" in self.passes) + 2 * ("rss" in self.passes) +
            ("insn" in self.passes) +
            (self.runs + 1) * ("fault" in self.passes) +
            2 * self.runs * ("storm" in self.passes))

    def shuffled(self):
        return self.random.sample(self.rows, len(self.rows))

    def boot(self, row, what, job="", **more):
        cmdline = f"{row.cmdline} {job}".strip()
        result = self.retries.run(row.name, row.kernel, cmdline, self.mem,
                                  self.nodes, self.cpus, timeout=self.timeout,
                                  accel=self.accel, kind=self.kind, **more)
        self.done += 1
        ended = result.finished and result.init_s is not None
        progress(f"[{self.done}/{self.total} {time.monotonic() - self.start:4.0f} s]"
                 f" {what:5} {row.name:20} " +
                 (f"to /init {result.init_s:.2f} s, wall {result.wall_s:.2f} s, "
                  f"RSS {result.peak_rss >> 20} MiB" if ended else "FAILED"))
        bad = [note for note in result.notes if note.startswith("not ok")]
        if not ended or bad or result.trouble():
            log = os.path.join(machine.GUEST_DIR, "failed.log")
            with open(log, "w", encoding="utf-8") as file:
                file.write(result.log)
            why = ("; ".join((bad + result.trouble())[:3]) or
                   ("timed out" if result.timed_out else "did not finish"))
            raise RuntimeError(f"{row.name}: {why}; console: {log}")
        return result

    def time_pass(self):
        ram = machine.SharedRam(self.mem, self.nodes)
        try:
            # The kernel that touches most memory warms it for all rows.
            warmer = next((row for row in self.rows
                           if row.kernel == "nodeferred"), self.rows[0])
            progress("warming the host's memory")
            self.total += 1
            self.boot(warmer, "warm", ram=ram)
            for _ in range(self.runs):
                for row in self.shuffled():
                    row.timed.append(self.boot(row, "time", ram=ram))
        finally:
            ram.close()

    def rss_pass(self):
        for _ in range(2):
            for row in self.shuffled():
                row.rss.append(self.boot(row, "rss"))

    def counted(self, row, what, job, ram=None):
        with tempfile.TemporaryDirectory(prefix="guest-") as scratch:
            spec = os.path.join(scratch, "spec")
            out = os.path.join(scratch, "out")
            insns.write_spec(row.kernel, row.cmdline, spec)
            plugin = os.path.join(machine.GUEST_DIR, "plugin_insn.so")
            result = self.boot(row, what, job, ram=ram,
                               plugin=f"{plugin},spec={spec},out={out}")
            return result, insns.Counts(out)

    def insn_pass(self):
        for row in self.rows:
            row.counted_boot, row.counts = self.counted(row, "insn", "")

    # Of all threads together; small, as the host has to provide it.
    LOAD = "guest.mib=512"

    def counted_load(self, job, ram):
        """Instructions a page of the job's watched round, for each row."""
        kind = job.split()[0].split("=")[1]
        pages = {row: [] for row in self.rows}
        for _ in range(self.runs):
            for row in self.shuffled():
                result, counts = self.counted(row, kind[:5], job, ram=ram)
                nr = int(result.rows(kind)[-1]["pages"])
                pages[row].append(sum(counts.per_vcpu(
                    ("fault",), ("work", "memmap"))) / nr)
        return {row: statistics.median(all_runs)
                for row, all_runs in pages.items()}

    def fault_pass(self):
        """Where threads drain, after they have."""
        job = f"guest.job=pagefault guest.rounds=4 guest.ready=300 {self.LOAD}"
        ram = machine.SharedRam(self.mem, self.nodes)
        try:
            for row in self.shuffled():
                result = self.boot(row, "fault", job, ram=ram)
                row.faults = [float(line["pages_per_s"])
                              for line in result.rows("pagefault")
                              if int(line["round"]) > 1]
            if self.accel == "tcg":
                for row, median in self.counted_load(job, ram).items():
                    row.fault_insns = median
        finally:
            ram.close()

    def storm_pass(self):
        job = f"guest.job=storm guest.rounds=1 {self.LOAD}"
        ram = machine.SharedRam(self.mem, self.nodes)
        try:
            for _ in range(self.runs):
                for row in self.shuffled():
                    result = self.boot(row, "storm", job, ram=ram)
                    line = result.rows("storm")[0]
                    row.storms.append(float(line["pages_per_s"]))
                    row.waits.append(float(line["longest_wait_us"]))
            if self.accel == "tcg":
                for row, median in self.counted_load(job, ram).items():
                    row.storm_insns = median
        finally:
            ram.close()

    def run(self):
        for name in PASSES:
            if name in self.passes:
                getattr(self, f"{name}_pass")()


def spread(values):
    """Median, least and most of what is known."""
    values = [value for value in values if value is not None]
    if not values:
        return None, None, None
    return statistics.median(values), min(values), max(values)


def to_json(cmp, row):
    sample = row.timed or row.rss
    init = spread([run.init_s for run in row.timed])
    phase = spread([run.memmap_s()[0] for run in row.timed])
    wall = spread([run.wall_s for run in row.timed])
    entry = {
        "kernel": row.kernel,
        "cmdline": row.cmdline,
        "mem_bytes": cmp.mem,
        "nodes": cmp.nodes,
        "cpus": cmp.cpus,
        "runs": len(row.timed),
        "init_s_median": init[0],
        "init_s_min": init[1],
        "init_s_max": init[2],
        "memmap_s_median": phase[0],
        "memmap_s_min": phase[1],
        "memmap_s_max": phase[2],
        "wall_s_median": wall[0],
        "wall_s_min": wall[1],
        "wall_s_max": wall[2],
        "qemu_peak_rss_bytes": max((run.peak_rss for run in row.rss),
                                   default=None),
        "image_kib": insns.image_kib(row.kernel),
        "mem_total_kib": None,
        "mem_free_kib": None,
    }
    if sample:
        for key in ("mem_total_kib", "mem_free_kib"):
            entry[key] = int(statistics.median(run.guest[key]
                                               for run in sample))
        entry["mem_total_same_in_all_runs"] = len(
            {run.guest["mem_total_kib"] for run in row.timed + row.rss}) == 1
        entry["drains"] = [text for _, text in sample[-1].lines
                           if "deferred pages initialised" in text or
                           text.startswith("memmap_init:")]
    if row.counts:
        entry["critical_path_insns"] = row.counts.critical_path()
        entry["critical_path_by_phase"] = {
            phase: row.counts.critical[phase] for phase in insns.BOOT_PHASES}
        entry["phase_insns_per_vcpu"] = row.counts.per_vcpu(insns.BOOT_PHASES)
        entry["phase_spin_insns_per_vcpu"] = row.counts.per_vcpu(
            insns.BOOT_PHASES, ("spin",))
        entry["boot_insns_per_vcpu"] = row.counts.per_vcpu(insns.TO_INIT)
        entry["boot_memmap_insns_per_vcpu"] = row.counts.per_vcpu(
            insns.TO_INIT, ("memmap",))
        entry["memmap_code_insns_per_vcpu"] = row.counts.per_vcpu(
            insns.TO_INIT + ("user",), ("memmap",))
        entry["memmap_bytes_at_init"] = memmap_written(row.counted_boot)
    if row.faults:
        median, least, most = spread(row.faults)
        entry["fault_pages_per_s_median"] = median
        entry["fault_pages_per_s_min"] = least
        entry["fault_pages_per_s_max"] = most
    if row.fault_insns:
        entry["fault_insns_per_page"] = row.fault_insns
    if row.storms:
        for key, values in (("storm_pages_per_s", row.storms),
                            ("storm_longest_wait_us", row.waits)):
            (entry[f"{key}_median"], entry[f"{key}_min"],
             entry[f"{key}_max"]) = spread(values)
    if row.storm_insns:
        entry["storm_insns_per_page"] = row.storm_insns
    return entry


def memmap_written(result):
    """Bytes of the memmap that are written when /init runs."""
    pages = next(int(match[1]) // 4 for match in
                 (re.match(r"Memory: \d+K/(\d+)K available", text)
                  for _, text in result.lines) if match)
    return (pages - result.guest["pristine_kib"] // 4) * STRUCT_PAGE


def to_init(cmp, entries):
    """What the kernel executes until it runs /init, and for the memmap."""
    out = ["", f"{'until /init runs':22}{'Minsn':>10}{'pages %':>10}"
               f"{'of mainline':>13}{'memmap KiB':>12}"]
    base = next((sum(e["boot_insns_per_vcpu"]) for r, e in
                 zip(cmp.rows, entries) if r.kernel == "deferred"), None)
    for row, entry in zip(cmp.rows, entries):
        total = sum(entry["boot_insns_per_vcpu"])
        share = sum(entry["boot_memmap_insns_per_vcpu"]) / total
        out.append(f"{row.name:22}{total / 1e6:>10.1f}{share * 100:>10.1f}"
                   f"{cell(base and total / base, 1, '.3f'):>13}"
                   f"{entry['memmap_bytes_at_init'] >> 10:>12}")
    return out + ["", "Minsn: the kernel's on all CPUs, waiting not counted; "
                  "pages: share of them in functions that",
                  "only initialise the memmap; memmap KiB: how much of it is "
                  "written."]


def cell(value, scale=1.0, form=".2f"):
    return "-" if value is None else format(value / scale, form)


def table(cmp, entries):
    """What people read: one line a configuration."""
    out = [f"{machine.size_text(cmp.mem)}, {cmp.nodes} nodes, {cmp.cpus} CPUs, "
           f"{cmp.runs} runs, seed {cmp.seed}, {cmp.accel}"]
    if cmp.accel == "tcg":
        out.append(machine.TCG_NOTE)
    out += ["", f"{'kernel and strategy':22}{'to /init s':>20}{'memmap s':>20}"
                f"{'wall s':>8}{'RSS MiB':>9}{'MemTotal KiB':>14}"
                f"{'MemFree KiB':>13}{'path Minsn':>12}{'fault/s':>9}"
                f"{'insn/fault':>11}{'storm/s':>9}{'wait us':>9}"
                f"{'insn/storm':>11}"]
    for row, entry in zip(cmp.rows, entries):
        def range_of(key, entry=entry):
            if entry[f"{key}_median"] is None:
                return "-"
            return (f"{entry[f'{key}_median']:.2f} [{entry[f'{key}_min']:.2f}-"
                    f"{entry[f'{key}_max']:.2f}]")
        out.append(
            f"{row.name:22}{range_of('init_s'):>20}{range_of('memmap_s'):>20}"
            f"{cell(entry['wall_s_median']):>8}"
            f"{cell(entry['qemu_peak_rss_bytes'], 2**20, '.0f'):>9}"
            f"{cell(entry['mem_total_kib'], 1, '.0f'):>14}"
            f"{cell(entry['mem_free_kib'], 1, '.0f'):>13}"
            f"{cell(entry.get('critical_path_insns'), 1e6, '.1f'):>12}"
            f"{cell(entry.get('fault_pages_per_s_median'), 1, '.0f'):>9}"
            f"{cell(entry.get('fault_insns_per_page'), 1, '.0f'):>11}"
            f"{cell(entry.get('storm_pages_per_s_median'), 1, '.0f'):>9}"
            f"{cell(entry.get('storm_longest_wait_us_median'), 1, '.0f'):>9}"
            f"{cell(entry.get('storm_insns_per_page'), 1, '.0f'):>11}")
    out += ["", "to /init, memmap, wall: median [least-most]. memmap: the three "
            "places where boot may", "wait for it. RSS: QEMU's peak with RAM of "
            "its own. path: instructions of the busiest CPU", "in those places, "
            "spinning not counted; for local, of its one thread.",
            "fault: pages a second and instructions a page, all memory ready. "
            "storm: the same from all CPUs",
            "on the last node as the boot left it; wait: the longest for one "
            "page."]
    base = next((e for r, e in zip(cmp.rows, entries)
                 if r.kernel == "deferred"), None)
    if base and len(entries) > 1:
        out += ["", "compared with the unpatched deferred kernel:"]
        for row, entry in zip(cmp.rows, entries):
            if entry is base:
                continue
            parts = []
            for key, label in (("init_s_median", "to /init"),
                               ("qemu_peak_rss_bytes", "RSS"),
                               ("critical_path_insns", "path"),
                               ("fault_insns_per_page", "insn/fault"),
                               ("storm_insns_per_page", "insn/storm")):
                if entry.get(key) and base.get(key):
                    parts.append(f"{label} x {entry[key] / base[key]:.3f}")
            if entry["mem_total_kib"] and base["mem_total_kib"]:
                more = entry["mem_total_kib"] - base["mem_total_kib"]
                image = entry["image_kib"] - base["image_kib"]
                parts.append(
                    ("MemTotal equal" if more == -image
                     else f"MemTotal {more:+d} KiB") +
                    (f" (its image is {image:+d} KiB)" if image else ""))
            out.append(f"  {row.name:20} " + ", ".join(parts))
    if any(row.counts for row in cmp.rows):
        out += to_init(cmp, entries)
    if cmp.retries.summary():
        out += ["", cmp.retries.summary()]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mem", default="64G")
    parser.add_argument("--nodes", default="4")
    parser.add_argument("--cpus", default="4")
    parser.add_argument("--machine", default="q35",
                        help=", ".join(machine.KINDS))
    parser.add_argument("--runs", default="3", help="of the time pass")
    parser.add_argument("--json", help="write the numbers here as well")
    parser.add_argument("--seed", help="of the order; printed when not given")
    parser.add_argument("--passes", default=",".join(PASSES))
    parser.add_argument("--only", help="kernels or rows, comma-separated: "
                        "deferred,patched ondemand")
    parser.add_argument("--accel", default="tcg", help="tcg, kvm or auto")
    parser.add_argument("--timeout", default="600", help="seconds per run")
    parser.add_argument("--check", action="store_true",
                        help="only say whether the arguments make sense")
    args = parser.parse_args()
    machine.check_linux()

    comparison = Comparison(args)
    if args.check:
        return 0
    if comparison.runs < 3:
        progress(f"RUNS={comparison.runs}: a median wants 3 or more")
    progress(f"seed {comparison.seed}, {len(comparison.rows)} configurations, "
             f"passes {','.join(comparison.passes)}")
    comparison.run()
    entries = [to_json(comparison, row) for row in comparison.rows]
    print(table(comparison, entries))
    if args.json:
        with open("/sys/kernel/mm/transparent_hugepage/enabled",
                  encoding="ascii") as file:
            huge = file.read().strip()
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"note": machine.TCG_NOTE if comparison.accel == "tcg"
                       else "measured under KVM",
                       "accel": comparison.accel, "seed": comparison.seed,
                       "boots": comparison.retries.boots,
                       "emulator_faults": comparison.retries.faults,
                       "host_cpus": os.cpu_count(),
                       "host_kernel": platform.release(),
                       "host_transparent_hugepages": huge,
                       "results": entries}, file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    machine.program(main, failed=1)
