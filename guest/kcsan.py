#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Data races that KCSAN finds while memory changes its node under loads.

One line for each pair of functions that race, and how often it was told. Only
those in our own files count as failures; mainline has many of its own, and if
none is told, nothing was looked at.
"""

import argparse
import collections
import os
import re
import subprocess

import dnuma_boots
import machine

OURS = ("mm/dnuma", "mm/memmap")
# Watch more often and for longer than by default: an emulated CPU is slow, and
# its host may let another one run meanwhile.
WATCH = "kcsan.skip_watch=2000 kcsan.udelay_task=400 kcsan.udelay_interrupt=100"
RACE = re.compile(r"BUG: KCSAN: data-race in (.*)")


def plain(name):
    """Without an offset, and without what the compiler adds."""
    return re.sub(r"[.+].*", "", name.strip())


def our_functions():
    top = os.path.join(machine.KERNEL_DIR, "kcsan")
    objects = [os.path.join(folder, name) for ours in OURS
               for folder, _, names in os.walk(os.path.join(top, ours))
               for name in names if name.endswith(".o")
               and not name.startswith(".")]
    text = subprocess.run(["nm", "--defined-only", *objects], check=True,
                          capture_output=True, text=True).stdout
    return {plain(found[1])
            for found in re.finditer(r" [tT] (\S+)", text)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--churn", default="120",
                        help="seconds of random layouts")
    parser.add_argument("--timeout", default="1200",
                        help="seconds for the boot")
    args = parser.parse_args()
    seconds = machine.parse_count(args.churn, "CHURN", 86400)
    timeout = machine.parse_count(args.timeout, "TIMEOUT", 86400)
    ours = our_functions()
    result = machine.run("kcsan", "memmap_init=ondemand "
                         f"{WATCH} guest.seconds={seconds} {dnuma_boots.CHURN}",
                         dnuma_boots.SMALL, 4, 4, timeout=timeout, disk=True)
    log = os.path.join(machine.GUEST_DIR, "kcsan.log")
    with open(log, "w", encoding="utf-8") as file:
        file.write(result.log)
    races = collections.Counter(
        tuple(map(plain, found[1].split("/")[:2])) if " / " in found[1]
        else (plain(found[1]),)
        for _, text in result.lines for found in [RACE.search(text)] if found)
    bad = [text for text in result.trouble() if not RACE.search(text)]
    bad += [note for note in result.notes if note.startswith("not ok")]
    for pair, told in races.most_common():
        who = "ours" if ours & set(pair) else "mainline"
        print(f"{who} {told} {' / '.join(pair)}")
        if who == "ours":
            bad.append(f"{' / '.join(pair)} race")
    if not races:
        bad.append("no race anywhere: KCSAN does not look")
    if not result.finished:
        bad.append("the boot did not end")
    for text in bad:
        print(f"not ok kcsan: {text}")
    print(f"{sum(races.values())} races told, {len(bad)} failures: {log}")
    return 1 if bad else 0


if __name__ == "__main__":
    machine.program(main)
