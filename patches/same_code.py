#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""same_code.py OLD.o NEW.o: functions whose machine code differs, one a line.

Where in a section something lies does not count, only which section it is.
"""

import re
import subprocess
import sys


def functions(path):
    """Name -> its instructions and what they refer to, without addresses."""
    text = subprocess.check_output(
        ["objdump", "-d", "-r", "-w", "--no-show-raw-insn", path], text=True)
    found, name = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:", line)
        if head:
            name = head[1]
            found[name] = []
        elif name and re.match(r"\s+[0-9a-f]+:\s", line):
            code = line.split(":", 1)[1]
            code = re.sub(r"\b[0-9a-f]+ <", "<", code)
            code = re.sub(r"(R_X86_64_\w+\s+[^\s+-]+)[+-]0x[0-9a-f]+", r"\1", code)
            code = re.sub(r"\s[0-9a-f]+: (R_X86_64)", r" \1", code)
            found[name].append(" ".join(code.split()))
    return found


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    old, new = functions(sys.argv[1]), functions(sys.argv[2])
    if len(old) < 5:
        print(f"{len(old)} functions in {sys.argv[1]}: too few")
        return 2
    differ = [name for name in sorted(old | new)
              if old.get(name) != new.get(name)]
    if differ:
        print("\n".join(differ))
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
