# SPDX-License-Identifier: GPL-2.0-only
"""What the checks of the cases share; they run in their case's folder."""
import json
import re
import subprocess
import sys


def run(*args, stdin=subprocess.DEVNULL):
    """Status, standard output and standard error of `memmap ARGS`."""
    p = subprocess.run(["memmap", *args], stdin=stdin,
                       capture_output=True, text=True, errors="replace",
                       timeout=120)
    return p.returncode, p.stdout, p.stderr


def must(good, what):
    if not good:
        print("wrong:", what)
        sys.exit(1)


def good(*args):
    """Standard output of a command that has to succeed."""
    status, out, err = run(*args)
    must(status == 0, "status %d: %s" % (status, err.strip()))
    return out


def rows(log, machine=None, *more):
    """The rows of a kernel log, and what was said on standard error."""
    args = ["validate", "--format", "json"]
    if machine:
        args += ["--machine", machine]
    status, out, err = run(*args, *more, log)
    must(status == 0, "status %d: %s" % (status, err.strip()))
    return json.loads(out)["rows"], err


def near(got, want, pct, what):
    must(got is not None and abs(got - want) <= want * pct / 100,
         "%s: %s, want %s +-%s%%" % (what, got, want, pct))


def nodes(spec):
    """The machine file of a machine, and (CPUs, MiB) of each node with any."""
    machine = json.loads(good("machine", "import", spec))
    found = []
    for n in machine["nodes"]:
        if "ranges" in n:
            size = sum(r["bytes"] for r in n["ranges"])
        else:
            size = n["mem_bytes"]
        found += [(n["cpus"], round(size / 2**20))] * int(n.get("count", 1))
    return machine, [x for x in found if x != (0, 0)]
