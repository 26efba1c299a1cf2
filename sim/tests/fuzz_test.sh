#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every reader that has a sim/tests/fuzz_NAME.c, for a short while under
# libFuzzer, with the tests' own inputs as its corpus.
#
# fuzz_test.sh [SECONDS [NAME...]]: for longer, and only these; what is found on
# the way stays in build/fuzz/corpus/NAME.
set -u
cd "$(dirname "$0")/../.." || exit 1

seconds=${1:-}
[ $# -eq 0 ] || shift
limit=(-runs=3000 -seed=1 -max_total_time=60)
[ -z "$seconds" ] || limit=("-max_total_time=$seconds")
make -s -j2 FLAVOUR=fuzz WERROR=-Werror fuzz-bins >/dev/null || {
	echo "not ok fuzz: builds"
	exit 1
}

# The inputs of a reader, copied to $2.
corpus() {
	case $1 in
	log)
		cp sim/tests/logs/*.log "$2"
		for log in sim/tests/cases/*/*.log; do
			cp "$log" "$2/$(basename "${log%/*}")-${log##*/}"
		done
		;;
	esac
}

for source in sim/tests/fuzz_*.c; do
	name=${source#sim/tests/fuzz_}
	name=${name%.c}
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	seeds=build/fuzz/seeds/$name
	found=build/fuzz/corpus/$name
	rm -rf "$seeds"
	mkdir -p "$seeds" "$found"
	corpus "$name" "$seeds"
	# A short run always begins with the same.
	[ -n "$seconds" ] || found=$(mktemp -d)
	if build/fuzz/sim/tests/fuzz_"$name" "${limit[@]}" -max_len=16384 \
		-timeout=10 -rss_limit_mb=2048 -artifact_prefix=build/fuzz/ \
		"$found" "$seeds" >build/fuzz/"$name".txt 2>&1; then
		echo "ok fuzz: $name, $(sed -n 's/^Done \([0-9]*\) runs in.*/\1 inputs/p' build/fuzz/"$name".txt)"
	else
		echo "not ok fuzz: $name"
		tail -n 40 build/fuzz/"$name".txt | sed 's/^/    /'
	fi
	[ -n "$seconds" ] || rm -rf "$found"
done
