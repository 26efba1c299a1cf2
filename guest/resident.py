#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's memory costs its host as time goes on.

Each guest has a balloon and, without --keep, reports what is free. It is idle,
writes a little memory and frees it, and then a lot; the host takes memory by the
balloon and gives it back; then the guest starts its kernel again by kexec, which
the host does not notice, and is idle; then it is reset, which leaves its memory as
it is, and does the same again. Counted is the guest's memory that the host
provides: not QEMU's own. Of the memory that the guest says is pristine, none may
be before the second kernel, and the second one may touch none that was not before,
but for the image that kexec puts there. mainline is the unpatched kernel, deferred
its own code in the kernel with the series.
"""

import argparse
import os
import sys
import tempfile

import machine
from machine import progress

MAINLINE = "mainline"
NAMES = (MAINLINE, *machine.STRATEGIES)
STAGES = ("init", "idle", "small", "after-small", "large", "after-large",
          "balloon", "after-balloon", "kexec-init", "kexec-idle",
          "reset-init", "reset-idle")
# From here on the kernel does not know what another one has used.
AGAIN = ("kexec", "reset")


def kernel_of(name):
    return "resident-mainline" if name == MAINLINE else "resident"


def guest(args, name, mem):
    progress(f"{name}: booting")
    kernel = kernel_of(name)
    strategy = "" if name == MAINLINE else f"memmap_init={name}"
    ram = machine.SharedRam(mem, 1)
    try:
        with tempfile.TemporaryDirectory(prefix="guest-") as folder:
            result = machine.Retries().run(
                name, kernel, f"{strategy} guest.job=resident guest.kexec=1 "
                f"guest.small={args.small} guest.large={args.large} "
                f"guest.balloon={args.balloon} guest.idle={args.idle}",
                mem, 1, args.cpus, ram=ram, timeout=args.timeout,
                balloon=not args.keep, initrd=machine.kexec_initrd(
                    kernel, folder))
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
    parser.add_argument("--balloon", type=int, default=2048,
                        help="MiB; 0: the host takes none")
    parser.add_argument("--idle", type=int, default=15, help="seconds")
    parser.add_argument("--keep", action="store_true",
                        help="what is free stays the guest's")
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
    stages = [stage for stage in STAGES
              if args.balloon or "balloon" not in stage]
    free = "is kept" if args.keep else "is reported to the host"
    print(f"{machine.size_text(mem)}, {args.cpus} CPUs, loads of {args.small} "
          f"and {args.large} MiB, a balloon of {args.balloon} MiB, what is free "
          f"{free}; MiB that the host provides\n\n"
          f"{'':10}" + "".join(f"{stage:>14}" for stage in stages))
    wrong = 0
    for name in names:
        ram = guest(args, name, mem)
        for title, row in ((name, 0), ("  pristine", 1), ("  of it", 2),
                           ("  new", 3)):
            if row == 0 or any(ram[stage][1] for stage in stages):
                print(f"{title:10}" + "".join(
                    f"{ram[stage][row] / 2**20:14.0f}" for stage in stages))
        wrong += sum(ram[stage][2] for stage in stages
                     if not stage.startswith(AGAIN))
        sys.stdout.flush()
    if wrong:
        print(f"{wrong} bytes of pristine memory were touched")
    return 1 if wrong else 0


if __name__ == "__main__":
    machine.program(main, failed=1)
