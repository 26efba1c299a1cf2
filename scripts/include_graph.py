#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which room of the tree uses which: printed, and held to the order of rooms.

include_graph.py [OBJECTS]     check #include lines and, in the object files
                               below OBJECTS (build/gcc), what is called
include_graph.py --self-test   each fault that this program looks for, made
                               in a copy of the tree, must be found

A room is a folder of sim/, the core (what lies in mm/, and its headers),
the kernel's side of it, or bench/. A room may use those that stand before it in ROOMS.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# From below to above; rooms of one line must not use each other.
ROOMS = [
    ["base"],
    ["log"],
    ["shim"],
    ["core"],
    ["machine", "kernel"],
    ["host", "model"],
    ["check"],
    ["cli"],
    ["bench"],
    ["tests"],
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}

# The compiler's search path: "..." looks beside the file first.
QUOTED = ["sim", "sim/shim/linux", "bench"]
ANGLED = ["sim/shim", "include", "arch/x86/include"]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.M)


def room_of(path):
    """The room of a file; None for one outside all rooms."""
    parts = path.split("/")
    if parts[0] == "bench":
        return "bench"
    if parts[0] == "sim":
        return parts[1] if len(parts) > 2 and parts[1] in LEVEL else None
    if path.startswith("mm/"):
        return {"kernel": "kernel", "tests": "tests"}.get(parts[2], "core")
    if path.startswith("include/trace/"):
        return "kernel"
    return "core"


def sources(tree):
    """All C and C++ files, and what else lies below sim/."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "sim", "bench",
               "mm", "include", "arch"]
    names = subprocess.run(command, cwd=tree, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split("\n")
    return sorted(name for name in names
                  if name and os.path.exists(os.path.join(tree, name)))


def includes(tree, files):
    """For each file the files of the tree that it includes."""
    known = set(files)
    graph = {}
    for path in files:
        if not path.endswith((".c", ".h", ".cc")):
            continue
        with open(os.path.join(tree, path), encoding="utf-8") as file:
            text = file.read()
        graph[path] = []
        for quoted, angled in INCLUDE.findall(text):
            # The kernel's side is compiled with Linux's own headers.
            folders = ANGLED[room_of(path) == "kernel":]
            if quoted:
                folders = [os.path.dirname(path)] + QUOTED + folders
            for folder in folders:
                name = os.path.normpath(os.path.join(folder, quoted or angled))
                if name in known:
                    graph[path].append(name)
                    break
    return graph


def symbols(objects, files):
    """For each C file what its object defines, and what it takes."""
    defined, taken = {}, {}
    for path in files:
        if not path.endswith((".c", ".cc")) or room_of(path) in ("kernel",
                                                                 "tests"):
            continue
        name = os.path.join(objects, os.path.splitext(path)[0] + ".o")
        if not os.path.exists(name):
            raise SystemExit(f"{name}: not there; make all build/bench first")
        table = subprocess.run(["nm", name], check=True, text=True,
                               stdout=subprocess.PIPE).stdout
        taken[path] = []
        for line in table.splitlines():
            kind, symbol = line.split()[-2:]
            if kind in "Uw":
                taken[path].append(symbol)
            elif kind.isupper():
                defined[symbol] = path
    return defined, taken


def calls(defined, taken):
    """For each file the files whose functions and variables it uses."""
    return {path: sorted({defined[symbol] for symbol in names
                          if symbol in defined and defined[symbol] != path})
            for path, names in taken.items()}


def circles(graph):
    """Groups of files that reach each other (Tarjan's algorithm)."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in graph.get(node, []):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] != number[node]:
            return
        at = stack.index(node)
        group = stack[at:]
        del stack[at:]
        if len(group) > 1 or node in graph.get(node, []):
            found.append(sorted(group))

    for node in graph:
        if node not in number:
            visit(node)
    return found


def faults_of(graph, verb):
    """What is wrong with a graph of files."""
    faults = []
    for path, others in graph.items():
        room = room_of(path)
        for other in others:
            to = room_of(other)
            if room is None or to is None or room == to:
                continue
            if LEVEL[to] >= LEVEL[room]:
                faults.append(f"{path} {verb} {other}: {to} is not below "
                              f"{room}")
    for group in circles(graph):
        faults.append("a circle: each of " + ", ".join(group) + f" {verb} "
                      "another of them")
    return faults


def check(tree, objects=None, print_graph=False):
    """All faults of a tree."""
    files = sources(tree)
    graph = includes(tree, files)
    faults = [f"{path}: in no room of sim/" for path in files
              if room_of(path) is None
              and not os.path.basename(path).startswith("README")]
    faults += faults_of(graph, "includes")
    uses = [graph]
    if objects:
        uses.append(calls(*symbols(objects, files)))
        faults += faults_of(uses[1], "calls")
    if print_graph:
        for room in LEVEL:
            used = {room_of(other) for links in uses for path in links
                    for other in links[path] if room_of(path) == room}
            names = [name for name in LEVEL if name in used - {room}]
            if names or any(room_of(path) == room for path in files):
                print(f"{room:8} uses {' '.join(names) or 'no other room'}")
    return faults


# A fault each: files to add, and what must be said of it.
CONTROLS = {
    "a lower room includes a higher one":
        ({"sim/base/control.h": '#include "host/host.h"\n'},
         "host is not below base"),
    "rooms side by side include each other":
        ({"sim/model/control.h": '#include "host/host.h"\n'},
         "host is not below model"),
    "two headers include each other":
        ({"sim/base/one.h": '#include "base/two.h"\n',
          "sim/base/two.h": '#include "one.h"\n'},
         "a circle: each of sim/base/one.h, sim/base/two.h"),
    "a file lies outside all rooms":
        ({"sim/control.c": ""}, "sim/control.c: in no room"),
    "a folder of sim/ is not a room":
        ({"sim/control/one.c": ""}, "sim/control/one.c: in no room"),
    "the core includes the host":
        ({"mm/memmap/control.c": '#include "host/host.h"\n'},
         "host is not below core"),
}


def self_test():
    """Return: an exit status."""
    missed = []
    with tempfile.TemporaryDirectory() as tree:
        for path in sources("."):
            os.makedirs(os.path.join(tree, os.path.dirname(path)),
                        exist_ok=True)
            shutil.copy(path, os.path.join(tree, path))
        subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
        for name, (added, message) in CONTROLS.items():
            for path, text in added.items():
                os.makedirs(os.path.join(tree, os.path.dirname(path)),
                            exist_ok=True)
                with open(os.path.join(tree, path), "w",
                          encoding="utf-8") as file:
                    file.write(text)
            if not any(message in fault for fault in check(tree)):
                missed.append(name)
            for path in added:
                os.remove(os.path.join(tree, path))
    defined = {"host_create": "sim/host/host.c", "xcalloc": "sim/base/die.c",
               "one": "sim/host/one.c", "two": "sim/host/two.c"}
    for name, taken, message in [
            ("the core calls the host",
             {"mm/memmap/pull.c": ["xcalloc", "host_create"]},
             "host is not below core"),
            ("two files call each other",
             {"sim/host/one.c": ["two"], "sim/host/two.c": ["one"]},
             "a circle: each of sim/host/one.c, sim/host/two.c calls")]:
        if not any(message in fault
                   for fault in faults_of(calls(defined, taken), "calls")):
            missed.append(name)
    for name in missed:
        print(f"not found: {name}", file=sys.stderr)
    return 1 if missed else 0


def main():
    os.chdir(os.path.join(os.path.dirname(sys.argv[0]), ".."))
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    objects = sys.argv[1] if len(sys.argv) > 1 else "build/gcc"
    faults = check(".", objects, print_graph=True)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
