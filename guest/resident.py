#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's memory costs its host as time goes on.

Each guest has a balloon and reports free pages. It is idle, writes a little memory
and gives it back, then a lot, and then starts its kernel again without the host
knowing. Counted is the guest's memory that the host provides: not QEMU's own. Of
the memory that the guest says is pristine, none may be, in its first kernel.
deferred is mainline's own code.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import machine
from machine import progress

KERNEL = "resident"
STAGES = ("init", "idle", "small", "after-small", "large", "after-large",
          "balloon", "after-balloon", "kexec-init", "kexec-idle")


def initrd(folder):
    """The usual one, and behind it a kernel and the usual one as files."""
    plain = os.path.join(machine.GUEST_DIR, "initrd.cpio")
    for name, path in (("kernel", machine.kernel_file(KERNEL)),
                       ("initrd", plain)):
        os.symlink(path, os.path.join(folder, name))
    more = subprocess.run(["cpio", "-o", "-L", "-H", "newc", "--quiet"],
                          cwd=folder, input=b"kernel\ninitrd\n", check=True,
                          stdout=subprocess.PIPE).stdout
    path = os.path.join(folder, "both.cpio")
    with open(plain, "rb") as file, open(path, "wb") as out:
        out.write(file.read() + more)
    return path


def guest(args, name, mem):
    progress(f"{name}: booting")
    ram = machine.SharedRam(mem, 1)
    try:
        with tempfile.TemporaryDirectory(prefix="guest-") as folder:
            result = machine.Retries().run(
                name, KERNEL, f"memmap_init={name} guest.job=resident guest.kexec=1 "
                f"guest.small={args.small} guest.large={args.large} "
                f"guest.balloon={args.balloon} guest.idle={args.idle}",
                mem, 1, args.cpus, ram=ram, timeout=args.timeout, balloon=True,
                initrd=initrd(folder))
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
    parser.add_argument("--balloon", type=int, default=0, help="MiB")
    parser.add_argument("--idle", type=int, default=15, help="seconds")
    parser.add_argument("--timeout", type=int, default=1200)
    parser.add_argument("--strategies", default=",".join(machine.STRATEGIES),
                        help="with commas between them")
    parser.add_argument("--check", action="store_true",
                        help="only say whether the arguments make sense")
    args = parser.parse_args()
    machine.check_linux()
    mem = machine.parse_size(args.mem)
    machine.check_shape(mem, 1, args.cpus)
    if args.check:
        return 0
    stages = [stage for stage in STAGES
              if args.balloon or "balloon" not in stage]
    print(f"{machine.size_text(mem)}, {args.cpus} CPUs, loads of {args.small} "
          f"and {args.large} MiB; MiB that the host provides\n\n{'':10}" +
          "".join(f"{stage:>14}" for stage in stages))
    wrong = 0
    for name in args.strategies.split(","):
        ram = guest(args, name, mem)
        print(f"{name:10}" + "".join(f"{ram[stage][0] / 2**20:14.0f}"
                                     for stage in stages))
        pristine = "".join(f"{ram[stage][1] / 2**20:14.0f}" for stage in stages)
        if any(ram[stage][1] for stage in stages):
            print(f"{'  pristine':10}{pristine}")
            print(f"{'  of it':10}" + "".join(
                f"{ram[stage][2] / 2**20:14.0f}" for stage in stages))
        wrong += sum(ram[stage][2] for stage in stages
                     if not stage.startswith("kexec"))
        sys.stdout.flush()
    if wrong:
        print(f"{wrong} bytes of pristine memory were touched")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except machine.UsageError as error:
        print(f"resident: {error}", file=sys.stderr)
        sys.exit(2)
    except RuntimeError as error:
        print(f"resident: {error}", file=sys.stderr)
        sys.exit(1)
