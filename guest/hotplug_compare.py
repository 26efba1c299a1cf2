#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What hot-added memory costs: instructions, and memory of the host.

A guest is plugged a DIMM, which comes online at once, or its virtio-mem device
plugs as much, a memory block at a time. Counted are all instructions of its kernel
from then until MemTotal has grown, on all CPUs that do not idle, and how much
QEMU's resident memory grows. ready: how long then until threads have initialised
all of it. A guest that has no memory for the memmap of what it
is given says so in its row, with the first line of its kernel that does, and the
others go on: --mem 2G --plug 256G. The host gives QEMU no huge pages: of one, a memory
block whose memmap lies in itself writes 64 KiB.
"""

import argparse
import ctypes
import os
import re

import insns
import machine
import page_numa
from machine import progress

NODE = 1
MAINLINE = "mainline"
PR_SET_THP_DISABLE = 41
ON_MEMORY = "memory_hotplug.memmap_on_memory=1 guest.on_memory=1"
# Their threads initialise what was added.
DRAINS = ("async", "idle")
DRAIN = " guest.drain=120"
# What a kernel says that has no memory for the memmap.
NO_MEMORY = re.compile(r"vmemmap alloc failure|add_memory failed|"
                       r"page allocation failure|Out of memory|"
                       r"out of memory|System is deadlocked on memory")


def configurations(strategies, virtio):
    kernels = [(name, "deferred", "") if name == MAINLINE else
               (name, "patched", f"memmap_init={name}" +
                DRAIN * (name in DRAINS)) for name in strategies]
    for name, kernel, cmdline in kernels:
        if virtio:
            yield name, kernel, f"{cmdline} guest.virtio=1"
            continue
        yield name, kernel, cmdline
        yield (f"{name}, memmap_on_memory", kernel, f"{cmdline} {ON_MEMORY}")


def refusal(result):
    """Why the memory did not come online, and whether the guest survived it."""
    said = [text for _, text in result.lines if NO_MEMORY.search(text)]
    panic = [text for _, text in result.lines if "Kernel panic" in text]
    return "; ".join(said[:1] + panic[:1])


def measure(args, name, kernel, cmdline, mem, plug):
    """One guest. Return: instructions, bytes, memory blocks that came, seconds until
    all was initialised; or why not."""
    progress(f"{name}: booting")
    out = os.path.join(machine.GUEST_DIR, "hotplug-" + "".join(
        c if c.isalnum() else "-" for c in name))
    result = machine.Retries().run(
        name, kernel, "memhp_default_state=online_kernel guest.job=hotplug "
        f"guest.cost=1 guest.node={NODE} guest.plug={plug >> 20} "
        f"guest.wait={args.wait} {cmdline}",
        mem, 1, args.cpus, timeout=args.timeout,
        plug=(plug, NODE, NODE if args.virtio else None),
        plugin=page_numa.plugin(kernel, out + ".insns"))
    with open(out + ".log", "w", encoding="utf-8") as file:
        file.write(result.log)
    came = any(note.startswith("ok plugged") for note in result.notes)
    why = "" if came else refusal(result)
    if why:
        return why
    if not result.finished or "after" not in result.rss:
        raise RuntimeError(f"{name}: the guest did not come to its end; "
                           f"console: {out}.log")
    row = result.rows("hotplug")[-1]
    if not came:
        return f"only {int(row['grown_kib']) >> 20} GiB in {args.wait} s"
    return (sum(insns.Counts(out + ".insns").per_vcpu(("fault",))),
            result.rss["after"] - result.rss["before"], int(row["blocks"]),
            "never" if int(row["pristine_kib"]) else
            f"{int(row['ready_ms']) / 1e3:.1f}" if DRAIN in cmdline else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mem", default="4G")
    parser.add_argument("--plug", default="64G")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=1200)
    parser.add_argument("--wait", type=int, default=600, help="seconds that the "
                        "guest waits until all is online")
    parser.add_argument("--strategies", default=f"{MAINLINE},ondemand",
                        help="with commas between them; mainline is the kernel "
                        "without the series; the others are compared with the "
                        "first")
    parser.add_argument("--virtio", action="store_true",
                        help="a virtio-mem device plugs, instead of a DIMM, a "
                        "memory block at a time")
    parser.add_argument("--check", action="store_true",
                        help="only say whether the arguments make sense")
    args = parser.parse_args()
    machine.check_linux()
    mem = machine.parse_size(args.mem)
    plug = machine.parse_size(args.plug, "PLUG")
    machine.check_shape(mem + plug, 1, 1)
    if args.check:
        return 0
    ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
    base = None
    print(f"{'':32} {'blocks':>6} {'instructions':>14} {'ratio':>7} "
          f"{'a block':>9} {'RSS MiB':>9} {'ratio':>7} {'ready s':>7}")
    for name, kernel, cmdline in configurations(args.strategies.split(","),
                                               args.virtio):
        measured = measure(args, name, kernel, cmdline, mem, plug)
        if isinstance(measured, str):
            print(f"{name:32} did not come online: {measured}", flush=True)
            continue
        count, rss, blocks, ready = measured
        base = base or (count, rss)
        print(f"{name:32} {blocks:6d} {count:14d} {count / base[0]:7.4f} "
              f"{count // blocks:9d} {rss / 2**20:9.0f} {rss / base[1]:7.4f} "
              f"{ready:>7}",
              flush=True)
    return 0


if __name__ == "__main__":
    machine.program(main)
