#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the benchmarks' JSON says.

ratios FILE             each benchmark against its base, of one run
repeat FILE FILE...     the same of several runs, and how far they differ
pairs OLD... -- NEW...  two builds that ran in turn, one pair of files a round
"""
import functools
import json
import math
import statistics
import sys

# Quartile range of a ratio over its repetitions, or a difference between runs,
# per cent: more than that is noise, and is said to be.
NOISY = 5


class BadInput(Exception):
    """A file that is not what Google Benchmark writes: one line, status 2."""


def want(good, path, what):
    if not good:
        raise BadInput(f"{path}: {what}; want what --benchmark_format=json "
                       "writes")


def is_number(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value))


# What comes through a pipe can be read only once.
@functools.lru_cache(maxsize=None)
def rows(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            root = json.load(file)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: no JSON: {error}") from error
    want(isinstance(root, dict), path, "no object")
    data = root.get("benchmarks")
    want(isinstance(data, list), path, 'no list "benchmarks"')
    for i, row in enumerate(data):
        want(isinstance(row, dict), path, f"benchmarks[{i}]: no object")
        want(isinstance(row.get("run_name"), str), path,
             f'benchmarks[{i}]: no text "run_name"')
    good = [row for row in data if row.get("run_type") == "iteration"
            and not row.get("error_occurred")]
    want(good, path, "no benchmark that ran")
    return good


def name_of(row):
    return row["run_name"].replace("/manual_time", "")


def values(path, key):
    """The same counter of all repetitions, by benchmark."""
    result = {}
    for row in rows(path):
        if key in row:
            want(is_number(row[key]) and row[key] > 0, path,
                 f"{name_of(row)}: \"{key}\": {row[key]!r}, no number over 0")
            result.setdefault(name_of(row), []).append(row[key])
    want(result, path, f'no benchmark has "{key}"')
    return result


def place(path, row):
    """In the table's order, not in that of the draw."""
    keys = [row.get(key) for key in
            ("family_index", "per_family_instance_index")]
    want(all(is_number(key) for key in keys), path,
         f'{name_of(row)}: no "family_index"')
    return keys


def spread(samples):
    """Quartile range over median, per cent."""
    if len(samples) < 4:
        return 0.0
    quartile = statistics.quantiles(samples, n=4)
    return 100 * (quartile[2] - quartile[0]) / statistics.median(samples)


def ratios(path):
    versus = values(path, "vs")
    bound, label, order = {}, {}, {}
    for row in rows(path):
        name = name_of(row)
        label[name] = str(row.get("label", ""))
        order[name] = place(path, row)
        if is_number(row.get("of_bound")):
            bound.setdefault(name, []).append(row["of_bound"])
    print(f"{'benchmark':30} {'ratio':>7} {'spread':>7} {'of bound':>9}  against")
    for name, samples in sorted(versus.items(),
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
    both = [name for name in runs[0] if all(name in run for run in runs)]
    if not both:
        raise BadInput(f"{paths[0]} and {paths[1]}: no benchmark is in all "
                       "files; want runs of the same benchmarks")
    for name in both:
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
    if len(old) != len(new):
        raise BadInput(f"pairs: {len(old)} files of the old build and "
                       f"{len(new)} of the new one; want one of each a round")
    names = [set().union(*side) for side in (old, new)]
    if not names[0] & names[1]:
        raise BadInput(f"{old_paths[0]} and {new_paths[0]}: no benchmark is in "
                       "both; want files of the same benchmarks")
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


def run(args):
    if len(args) == 2 and args[0] == "ratios":
        return ratios(args[1])
    if len(args) > 2 and args[0] == "repeat":
        return repeat(args[1:])
    if len(args) > 3 and args[0] == "pairs" and "--" in args[2:-1]:
        cut = args.index("--")
        return pairs(args[1:cut], args[cut + 1:])
    print(__doc__, file=sys.stderr)
    return 2


def main(args):
    try:
        status = run(args) or 0
        sys.stdout.flush()
    except BadInput as error:
        # A name may hold what a terminal takes for an order.
        print("".join(c if c.isprintable() else "?" for c in str(error)),
              file=sys.stderr)
        return 2
    except OSError as error:
        # Nobody reads, or the disk is full: what is left must not be tried again.
        sys.stdout = None
        if not isinstance(error, BrokenPipeError):
            print(f"standard output: {error.strerror}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
