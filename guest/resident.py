#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's memory costs its host as time goes on.

Each guest is idle, writes a little memory and frees it, and then a lot. Then it is
reset, which leaves its memory as it is, and does the same again. Counted is the
guest's memory that the host provides: not QEMU's own. Of the memory that the
guest says is pristine, none may be before the reset. Its kernel has no balloon, so
what it frees stays. mainline is the unpatched kernel, deferred its own code in the
kernel with the series.
"""

import argparse
import os
import sys

import machine
from machine import progress

MAINLINE = "mainline"
NAMES = (MAINLINE, *machine.STRATEGIES)
STAGES = ("init", "idle", "small", "after-small", "large", "after-large",
          "again-init", "again-idle")


def guest(args, name, mem):
    progress(f"{name}: booting")
    ram = machine.SharedRam(mem, 1)
    try:
        result = machine.Retries().run(
            name, "deferred" if name == MAINLINE else "patched",
            ("" if name == MAINLINE else f"memmap_init={name} ") +
            "guest.job=resident "
            f"guest.small={args.small} guest.large={args.large} "
            f"guest.idle={args.idle}", mem, 1, args.cpus, ram=ram,
            timeout=args.timeout, balloon=True)
    finally:
        ram.close()
    log = os.path.join(machine.GUEST_DIR, f"resident-{name}.log")
    with open(log, "w", encoding="utf-8") as file:
        file.write(result.log)
    bad = [note for note in result.notes if note.startswith("not ok")]
    if not result.finished or bad or result.trouble():
        raise RuntimeError(f"{name}: {'; '.join(bad + result.trouble()[:3])} "
                           f"console: {log}")
    return result.ram


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mem", default="16G")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--small", type=int, default=64, help="MiB")
    parser.add_argument("--large", type=int, default=2048, help="MiB")
    parser.add_argument("--idle", type=int, default=15, help="seconds")
    parser.add_argument("--timeout", type=int, default=1200)
    parser.add_argument("--strategies", default=",".join(NAMES),
                        help="with commas between them")
    parser.add_argument("--check", action="store_true",
                        help="only say whether the arguments make sense")
    args = parser.parse_args()
    machine.check_linux()
    mem = machine.parse_size(args.mem)
    machine.check_shape(mem, 1, args.cpus)
    names = args.strategies.split(",")
    for name in names:
        if name not in NAMES:
            raise machine.UsageError(f"--strategies {name}: want some of "
                                     + ",".join(NAMES))
    if args.check:
        return 0
    print(f"{machine.size_text(mem)}, {args.cpus} CPUs, loads of {args.small} "
          f"and {args.large} MiB; MiB that the host provides\n\n{'':10}" +
          "".join(f"{stage:>14}" for stage in STAGES))
    wrong = 0
    for name in names:
        ram = guest(args, name, mem)
        print(f"{name:10}" + "".join(f"{ram[stage][0] / 2**20:14.0f}"
                                     for stage in STAGES))
        pristine = "".join(f"{ram[stage][1] / 2**20:14.0f}" for stage in STAGES)
        if any(ram[stage][1] for stage in STAGES):
            print(f"{'  pristine':10}{pristine}")
            print(f"{'  of it':10}" + "".join(
                f"{ram[stage][2] / 2**20:14.0f}" for stage in STAGES))
        wrong += sum(ram[stage][2] for stage in STAGES
                     if not stage.startswith("again"))
        sys.stdout.flush()
    if wrong:
        print(f"{wrong} bytes of pristine memory were touched")
    return 1 if wrong else 0


if __name__ == "__main__":
    machine.program(main, failed=1)
