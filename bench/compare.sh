#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# compare.sh BASE FILTER [ARGUMENT...]: build revision BASE beside this tree, run
# both in turn, compare. The arguments are Google Benchmark's.
set -eu
base=$1
filter=$2
shift 2
die() {
	echo "bench-compare: $*" >&2
	exit 2
}
if [ -z "$base" ] || ! git rev-parse -q --verify "$base^{commit}" >/dev/null; then
	die "BASE='$base' is no revision; use make bench-compare BASE=HEAD~1"
fi
git cat-file -e "$base:bench/bench.mk" 2>/dev/null ||
	die "BASE='$base' is older than bench/; the oldest that can be compared is $(git log --format=%h --diff-filter=A -- bench/bench.mk | tail -n 1)"
tree=build/bench-base
git worktree remove --force $tree 2>/dev/null || true
git worktree prune
git worktree add --force --detach $tree "$base" >/dev/null
trap 'git worktree remove --force $tree' EXIT
make -s -C $tree build/bench
rm -f build/bench-old-*.json build/bench-new-*.json
for round in 1 2 3 4 5 6 7 8 9; do
	echo "round $round of 9" >&2
	# Neither side always goes first.
	order="old new"
	[ $((round % 2)) = 0 ] || order="new old"
	for side in $order; do
		bin=build/bench
		[ "$side" = new ] || bin=$tree/build/bench
		$bin --benchmark_filter="$filter" "$@" --benchmark_repetitions=1 \
			--benchmark_out=build/bench-"$side"-$round.json >/dev/null
	done
done
bench/compare.py pairs build/bench-old-*.json -- build/bench-new-*.json
