#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot one guest and print what it measured."""

import argparse
import os

import machine


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mem", default="4G")
    parser.add_argument("--nodes", default="4")
    parser.add_argument("--cpus", default="4")
    parser.add_argument("--kernel", default="patched",
                        help=", ".join(machine.FLAVOURS))
    parser.add_argument("--cmdline", default="",
                        help="e.g. 'memmap_init=ondemand guest.job=pagefault'")
    parser.add_argument("--accel", default="tcg", help="tcg, kvm or auto")
    parser.add_argument("--timeout", default="600", help="seconds")
    parser.add_argument("--log", help="keep the console's text here")
    parser.add_argument("--check", action="store_true",
                        help="only say whether the arguments make sense")
    args = parser.parse_args()

    machine.check_linux()
    if args.kernel not in machine.FLAVOURS:
        raise machine.UsageError(f"KERNEL={args.kernel}: want one of "
                                 + ", ".join(machine.FLAVOURS))
    mem = machine.parse_size(args.mem)
    nodes = machine.parse_count(args.nodes, "NODES", machine.MAX_NODES)
    cpus = machine.parse_count(args.cpus, "CPUS", machine.MAX_CPUS)
    machine.check_shape(mem, nodes, cpus)
    machine.check_accel(args.accel)
    timeout = machine.parse_count(args.timeout, "TIMEOUT", 86400)
    if args.check:
        return 0
    accel = machine.usable_accel(args.accel)

    machine.progress(f"booting {args.kernel}: {machine.size_text(mem)}, "
                     f"{nodes} nodes, {cpus} CPUs, {accel}")
    result = machine.Retries().run(args.kernel, args.kernel, args.cmdline, mem,
                                   nodes, cpus, timeout=timeout, accel=accel)
    log = args.log or os.path.join(machine.GUEST_DIR, "boot.log")
    with open(log, "w", encoding="utf-8") as file:
        file.write(result.log)

    for note in result.notes:
        if note != "end":
            print(note)
    if not result.finished:
        print("".join(f"{line}\n" for line in result.log.splitlines()[-30:]))
        print(f"the guest did not finish{' in time' * result.timed_out}; "
              f"console: {log}")
        return 1
    total, (early, free, late) = result.memmap_s()
    if accel == "tcg":
        print(machine.TCG_NOTE)
    print(f"to /init          {result.init_s:8.3f} s")
    if total is not None:
        print(f"memmap phase      {total:8.3f} s  (free_area_init {early:.3f}, "
              f"memblock_free_all {free:.3f}, page_alloc_init_late {late:.3f})")
    print(f"QEMU wall time    {result.wall_s:8.3f} s")
    print(f"QEMU peak RSS     {result.peak_rss / 2**20:8.0f} MiB")
    print(f"MemTotal          {result.guest['mem_total_kib']:12d} KiB")
    print(f"MemFree at /init  {result.guest['mem_free_kib']:12d} KiB")
    print(f"console: {os.path.relpath(log)}")
    bad = result.trouble()
    for line in bad:
        print(f"kernel: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    machine.program(main, failed=1)
