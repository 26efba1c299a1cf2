#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Directed race tests of dynamic NUMA, and that each sees what it is there for.

The KUnit suite dnuma_race on the debug kernel: each case passes. Then the second
look of one function is left out of the series, that kernel is built, and its case
has to fail: a line "not ok" of KUnit, or trouble in the kernel's log.
"""

import argparse
import glob
import os
import re
import subprocess

import machine

PATCH = os.path.basename(glob.glob(os.path.join(
    machine.TOP, "patches", "*-mm-look-at-a-page-s-zone-again-under-its-lock.patch"))[0])
# The case, and where it has the second look that it is the test of.
CASES = {
    "race_isolate": "mm/page_isolation.c",
    "race_compact": "mm/compaction.c",
    "race_poison": "mm/page_alloc.c",
}
MEM = 2 << 30


def build(without=""):
    subprocess.run([os.path.join(machine.TOP, "guest", "kernel.sh"), "build", "debug"],
                   check=True, env=dict(os.environ, WITHOUT=without))


def boot(kernel, case, timeout):
    """How a case ended: True, False, or None if KUnit did not say; and trouble."""
    result = machine.run(kernel, f"kunit.filter_glob=dnuma_race.{case}", MEM, 4, 4,
                         timeout=timeout)
    log = os.path.join(machine.GUEST_DIR,
                       f"race-{kernel.replace('/', '-')}-{case}.log")
    with open(log, "w", encoding="utf-8") as file:
        file.write(result.log)
    ends = [not found[1] for _, text in result.lines
            for found in [re.match(rf"\s*(not )?ok \d+ {case}$", text)] if found]
    return ends[0] if ends else None, result.trouble(), log


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timeout", default="300", help="seconds per boot")
    args = parser.parse_args()
    timeout = machine.parse_count(args.timeout, "TIMEOUT", 86400)
    failed = 0

    def report(good, name, why):
        nonlocal failed
        failed += not good
        print(f"{'ok' if good else 'not ok'} {name}: {why}", flush=True)

    build()
    for case in CASES:
        passed, trouble, log = boot("debug", case, timeout)
        why = trouble[0] if trouble else f"KUnit: {'' if passed else 'not '}ok"
        report(passed and not trouble, case, f"{why}; {log}")
    for case, path in CASES.items():
        build(f"{PATCH}:{path}")
        passed, trouble, log = boot("without/debug", case, timeout)
        why = ", ".join(["KUnit: not ok"] * (passed is False) + trouble[:1])
        report(passed is False or trouble, f"{case} without the look of {path}",
               f"{why or 'nothing is seen'}; {log}")
    return 1 if failed else 0


if __name__ == "__main__":
    machine.program(main, errors=(subprocess.CalledProcessError,))
