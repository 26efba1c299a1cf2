#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build a revision beside this tree, run both in turn, compare.
set -eu
base=$1
filter=$2
if [ -z "$base" ] || ! git rev-parse -q --verify "$base^{commit}" >/dev/null; then
	echo "bench-compare: BASE='$base' is no revision; use make bench-compare BASE=HEAD~1" >&2
	exit 2
fi
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
		$bin --benchmark_filter="$filter" --benchmark_min_time=0.05 \
			--benchmark_out=build/bench-"$side"-$round.json >/dev/null
	done
done
bench/compare.py pairs build/bench-old-*.json -- build/bench-new-*.json
