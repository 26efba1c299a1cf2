#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmarks' JSON says.

ratios FILE             each benchmark against its base, of one run
repeat FILE FILE...     the same of several runs, and how far they differ
pairs OLD... -- NEW...  two builds that ran in turn, one pair of files a round
"""
import json
import math
import statistics
import sys

# Quartile range of a ratio over its repetitions, or a difference between runs,
# per cent: more than that is noise, and is said to be.
NOISY = 5


def rows(path):
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)["benchmarks"]
    except (OSError, ValueError, KeyError) as error:
        print(f"{path}: not the output of Google Benchmark: {error}",
              file=sys.stderr)
        sys.exit(2)
    return [row for row in data if row.get("run_type") == "iteration"
            and not row.get("error_occurred")]


def values(path, key):
    """The same counter of all repetitions, by benchmark."""
    result = {}
    for row in rows(path):
        if key in row:
            result.setdefault(row["run_name"].replace("/manual_time", ""),
                              []).append(row[key])
    return result


def spread(samples):
    """Quartile range over median, per cent."""
    if len(samples) < 4:
        return 0.0
    quartile = statistics.quantiles(samples, n=4)
    return 100 * (quartile[2] - quartile[0]) / statistics.median(samples)


def ratios(path):
    bound = values(path, "of_bound")
    label = {row["run_name"].replace("/manual_time", ""): row.get("label", "")
             for row in rows(path)}
    print(f"{'benchmark':30} {'ratio':>7} {'spread':>7} {'of bound':>9}  against")
    # In the table's order, not in that of the draw.
    order = {row["run_name"].replace("/manual_time", ""):
             (row["family_index"], row["per_family_instance_index"])
             for row in rows(path)}
    for name, samples in sorted(values(path, "vs").items(),
                                key=lambda pair: order[pair[0]]):
        share = (f"{100 * statistics.median(bound[name]):7.0f} %"
                 if name in bound else "-")
        width = spread(samples)
        print(f"{name:30} {statistics.median(samples):6.3f}x {width:6.1f}% "
              f"{share:>9}  {label[name].split('vs: ')[-1]}"
              f"{'  NOISY' if width > NOISY else ''}")
    print("\nratio: times as fast as what it is compared with, in turn within "
          "each iteration; median\nof the repetitions, spread: their quartile "
          f"range. NOISY: more than {NOISY} %.")


def repeat(paths):
    """Return: 1 if a ratio that is not noisy in itself differs."""
    runs = [values(path, "vs") for path in paths]
    noisy, quiet = [], []
    for name in runs[0]:
        if not all(name in run for run in runs):
            continue
        medians = [statistics.median(run[name]) for run in runs]
        apart = 100 * (max(medians) / min(medians) - 1)
        wide = max(spread(run[name]) for run in runs) > NOISY
        (noisy if wide else quiet).append((apart, name, medians))
    for title, group in (("", quiet),
                         (f"noisy, repetitions spread over {NOISY} %:", noisy)):
        if title and group:
            print(f"\n{title}")
        for apart, name, medians in sorted(group, reverse=True):
            print(f"{name:30} {apart:6.2f}%  "
                  + "  ".join(f"{m:.3f}x" for m in medians))
    far = [name for apart, name, _ in quiet if apart >= NOISY]
    print(f"\n{len(quiet)} ratios, worst difference between the runs "
          f"{max((q[0] for q in quiet), default=0):.2f} %, {len(far)} of "
          f"{NOISY} % or more; {len(noisy)} noisy, worst "
          f"{max((q[0] for q in noisy), default=0):.2f} %")
    return 1 if far else 0


def mann_whitney(a, b):
    """Two-sided p of the U test, normal approximation with tie correction."""
    both = sorted((v, i) for i, side in enumerate((a, b)) for v in side)
    merged = [v for v, _ in both]
    rank_sum, ties, i = 0.0, 0, 0
    while i < len(both):
        j = i
        while j < len(both) and merged[j] == merged[i]:
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


def pairs(old_paths, new_paths):
    """Ratio: median over the rounds. p: Mann-Whitney, as Google Benchmark's."""
    old, new = ([values(path, "real_time") for path in paths]
                for paths in (old_paths, new_paths))
    names = [set().union(*side) for side in (old, new)]
    print(f"{'benchmark':30} {'old/new':>8} {'spread':>7} {'p':>7}")
    for name in sorted(names[0] & names[1]):
        sides = [[statistics.median(one[name]) for one in side if name in one]
                 for side in (old, new)]
        turns = [a / b for a, b in zip(*sides)]
        ratio = statistics.median(turns)
        p = mann_whitney(*sides)
        verdict = "" if p > 0.05 else "  faster" if ratio > 1 else "  slower"
        print(f"{name:30} {ratio:7.3f}x {spread(turns):6.1f}% {p:7.4f}{verdict}")
    for name in sorted(names[0] ^ names[1]):
        print(f"{name:30} only in {'old' if name in names[0] else 'new'}")


def main(args):
    if len(args) == 2 and args[0] == "ratios":
        return ratios(args[1])
    if len(args) > 2 and args[0] == "repeat":
        return repeat(args[1:])
    if len(args) > 3 and args[0] == "pairs" and "--" in args:
        cut = args.index("--")
        return pairs(args[1:cut], args[cut + 1:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
