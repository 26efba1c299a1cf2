#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The allocator's fast path before and after the series, from two page_alloc.o.

No hot function may have more instructions than mainline's, and none may hold a
branch on the key that says whether anything is pristine. Compilers inline as
they like: a function that is missing in either object is part of its caller.
"""

import re
import subprocess
import sys

HOT = ("get_page_from_freelist", "rmqueue", "__rmqueue_pcplist",
       "rmqueue_bulk", "__alloc_pages_noprof", "free_unref_page",
       "__free_one_page")
# Both were asked for by name; at least the first is never inlined.
WANTED = "get_page_from_freelist"
KEY = "memmap_pristine_key"


def functions(path):
    """Name -> (address, number of instructions)."""
    text = subprocess.check_output(
        ["objdump", "-d", "-w", "--no-show-raw-insn", "-j", ".text", path],
        text=True)
    found, name = {}, None
    for line in text.splitlines():
        head = re.match(r"([0-9a-f]+) <(.+)>:", line)
        if head:
            # gcc's clones (.isra, .constprop) are the function; .cold is not.
            name = re.sub(r"\.(isra|constprop|part)\.\d+", "", head[2])
            found[name] = [int(head[1], 16), 0]
        elif name and re.match(r"\s+[0-9a-f]+:\s", line) and \
                not re.search(r"\s(nop\w?|xchg +%ax,%ax|int3)\b", line):
            found[name][1] += 1
    return found


def key_sites(path):
    """Addresses of static branches on the key: code, target, key a entry."""
    text = subprocess.check_output(
        ["objdump", "-r", "-w", "-j", "__jump_table", path], text=True)
    relocs = re.findall(r"^[0-9a-f]+ \S+ +(\S+)", text, re.MULTILINE)
    return [int(code.split("+")[1], 16) for code, key in
            zip(relocs[0::3], relocs[2::3])
            if key.startswith(KEY) and code.startswith(".text+")]


def main():
    if len(sys.argv) != 3:
        print("usage: fastpath.py MAINLINE/page_alloc.o PATCHED/page_alloc.o",
              file=sys.stderr)
        return 2
    before, after = functions(sys.argv[1]), functions(sys.argv[2])
    if WANTED not in before or WANTED not in after:
        print(f"{WANTED} is in neither or one object only")
        return 1
    sites, bad = key_sites(sys.argv[2]), 0
    if not sites:
        print(f"no branch on {KEY} at all: is {sys.argv[2]} patched?")
        bad = 1
    for name in HOT:
        old, new = before.get(name), after.get(name)
        if not old or not new:
            print(f"{name}: inlined in "
                  f"{'both' if not old and not new else 'one'}")
            continue
        inside = [site for site in sites
                  if new[0] <= site and
                  not any(new[0] < start <= site
                          for start, _ in after.values())]
        print(f"{name}: {old[1]} instructions, now {new[1]}"
              f"{', branches on the key' if inside else ''}")
        bad |= new[1] > old[1] or bool(inside)
    return bad


if __name__ == "__main__":
    sys.exit(main())
