#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Ratios of one run (ratios FILE), or of two sets of runs (pairs OLD... -- NEW...)."""
import json
import math
import statistics
import sys


def times(path):
    """Real time per benchmark, a list of repetitions."""
    try:
        with open(path, encoding="utf-8") as file:
            rows = json.load(file)["benchmarks"]
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{path}: not the output of Google Benchmark: {error}")
    result = {}
    for row in rows:
        if row.get("run_type") == "iteration" and not row.get("error_occurred"):
            result.setdefault(row["run_name"], []).append(row["real_time"])
    return result


def mann_whitney(a, b):
    """Two-sided p of the U test, normal approximation with tie correction."""
    both = sorted((v, i) for i, side in enumerate((a, b)) for v in side)
    values = [v for v, _ in both]
    rank_sum, ties, i = 0.0, 0, 0
    while i < len(both):
        j = i
        while j < len(both) and values[j] == values[i]:
            j += 1
        rank = (i + j + 1) / 2
        rank_sum += rank * sum(1 for k in range(i, j) if both[k][1] == 0)
        ties += (j - i) ** 3 - (j - i)
        i = j
    n, m = len(a), len(b)
    u = rank_sum - n * (n + 1) / 2
    total = n + m
    sigma = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    if not sigma:
        return 1.0
    return math.erfc(max(0.0, abs(u - n * m / 2) - 0.5) / sigma / math.sqrt(2))


def spread(values):
    """Quartile range over median, per cent."""
    if len(values) < 4:
        return float("nan")
    quartile = statistics.quantiles(values, n=4)
    return 100 * (quartile[2] - quartile[0]) / statistics.median(values)


BASES = {
    "store/": "store/mainline",
    "drain/": "drain/serial",
    "alloc/storm_": "alloc/storm_ready",
}


def ratios(path):
    """Each benchmark over the base of its group, same arguments."""
    data = times(path)
    print(f"{'benchmark':44} {'against':28} {'ratio':>7} {'spread':>8}")
    for name, values in sorted(data.items()):
        for prefix, base in BASES.items():
            parts = name.split("/")
            other = "/".join(base.split("/") + parts[2:])
            if other not in data:
                # a benchmark that takes no thread count runs on one
                other = "/".join(base.split("/") + parts[2:3] + ["1"] + parts[3:])
            if not name.startswith(prefix) or other == name or other not in data:
                continue
            ratio = statistics.median(data[other]) / statistics.median(values)
            width = spread(values) + spread(data[other])
            noisy = "  noisy" if width > 10 else ""
            print(f"{name:44} {base:28} {ratio:6.2f}x {width:7.1f}%{noisy}")
    print("\nratio: times as fast as what it is compared with; medians of one run, repetitions interleaved.")


def pairs(args):
    """Old against new, a significance test each."""
    cut = args.index("--")
    sides = []
    for paths in (args[:cut], args[cut + 1:]):
        merged = {}
        for path in paths:
            for name, values in times(path).items():
                merged.setdefault(name, []).extend(values)
        sides.append(merged)
    old, new = sides
    print(f"{'benchmark':44} {'old/new':>8} {'p':>7}")
    for name in sorted(old.keys() & new.keys()):
        ratio = statistics.median(old[name]) / statistics.median(new[name])
        p = mann_whitney(old[name], new[name])
        verdict = "" if p > 0.05 else "  faster" if ratio > 1 else "  slower"
        print(f"{name:44} {ratio:7.3f}x {p:7.4f}{verdict}")
    for name in sorted(old.keys() ^ new.keys()):
        print(f"{name:44} only in {'old' if name in old else 'new'}")


if len(sys.argv) == 3 and sys.argv[1] == "ratios":
    ratios(sys.argv[2])
elif len(sys.argv) > 4 and sys.argv[1] == "pairs" and "--" in sys.argv:
    pairs(sys.argv[2:])
else:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
