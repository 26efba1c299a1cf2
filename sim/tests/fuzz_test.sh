#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every reader that has a sim/tests/fuzz_NAME.c, for a short while under
# libFuzzer, with the tests' own inputs as its corpus, and sim/tests/fuzz/NAME
# and NAME.lines, which hold what was found before.
#
# fuzz_test.sh [SECONDS [NAME...]]: for longer, and only these; what is found on
# the way stays in build/fuzz/corpus/NAME.
set -u
cd "$(dirname "$0")/../.." || exit 1

seconds=${1:-}
[ $# -eq 0 ] || shift
make -s -j2 FLAVOUR=fuzz WERROR=-Werror fuzz-bins >/dev/null || {
	echo "not ok fuzz: builds"
	exit 1
}

# Inputs of a short run, the longest input, and a dictionary.
options() {
	case $1 in
	boot) echo 500 16384 ;;
	command) echo 300 512 words ;;
	log) echo 2000 16384 ;;
	machine) echo 800 16384 json ;;
	merge) echo 150 16384 json ;;
	param) echo 10000 512 words ;;
	published) echo 800 8192 csv ;;
	synthetic) echo 1000 512 words ;;
	xml) echo 200 16384 xml ;;
	*) echo 1000 4096 ;;
	esac
}

# A table without its comments: its header, and the rows that sed prints.
rows() {
	grep -v '^#' "$1" | sed -n "1p;$2"
}

# The files of all cases, by case and name.
cases() {
	local file

	for file in sim/tests/cases/*/*."$1"; do
		cp "$file" "$2/$(basename "${file%/*}")-${file##*/}"
	done
}

# The inputs of a reader, into $2.
corpus() {
	local data=sim/check/data row line nr=0

	[ ! -d "sim/tests/fuzz/$1" ] || cp "sim/tests/fuzz/$1/"* "$2"
	# An input a line; a stroke parts the lines of an input.
	[ ! -f "sim/tests/fuzz/$1.lines" ] || while IFS= read -r line; do
		nr=$((nr + 1))
		tr '|' '\n' <<<"$line" | head -c -1 >"$2/line-$nr"
	done <"sim/tests/fuzz/$1.lines"
	case $1 in
	log | boot)
		cp sim/tests/logs/*.log "$2"
		cases log "$2"
		;;
	machine)
		cp sim/machine/library/*.json "$2"
		cases json "$2"
		;;
	xml)
		cases xml "$2"
		build/memmap machine export skylake-8167m hwloc --output "$2/skylake.xml"
		;;
	merge)
		build/memmap sweep --nodes 1,2 --mem 1G,4G --format json --output "$2/one"
		{
			build/memmap sweep --nodes 1 --mem 1G --format json
			echo %%
			build/memmap sweep --nodes 4 --mem 8G --format json
		} >"$2/two"
		;;
	published)
		{
			cat $data/published.csv
			echo %%
			cat $data/machines.csv
		} >"$2/all"
		for row in 2 12 16 20; do
			{
				rows $data/published.csv "${row}p;$((row + 1))p"
				echo %%
				rows $data/machines.csv "2,\$p"
			} >"$2/rows-$row"
		done
		cases csv "$2"
		;;
	esac
}

for source in sim/tests/fuzz_*.c; do
	name=${source#sim/tests/fuzz_}
	name=${name%.c}
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	read -r runs length words < <(options "$name")
	seeds=build/fuzz/seeds/$name
	found=build/fuzz/corpus/$name
	rm -rf "$seeds"
	mkdir -p "$seeds" "$found"
	corpus "$name" "$seeds"
	limit=("-runs=$runs" -seed=1 -max_total_time=120)
	[ -z "$seconds" ] || limit=("-max_total_time=$seconds")
	[ -z "$words" ] || limit+=("-dict=sim/tests/fuzz/$words.dict")
	# A short run always begins with the same.
	[ -n "$seconds" ] || found=$(mktemp -d)
	if build/fuzz/sim/tests/fuzz_"$name" "${limit[@]}" "-max_len=$length" \
		-timeout=60 -rss_limit_mb=2048 -artifact_prefix=build/fuzz/ \
		"$found" "$seeds" >build/fuzz/"$name".txt 2>&1; then
		echo "ok fuzz: $name, $(sed -n 's/^Done \([0-9]*\) runs in.*/\1 inputs/p' build/fuzz/"$name".txt)"
	else
		echo "not ok fuzz: $name"
		tail -n 40 build/fuzz/"$name".txt | sed 's/^/    /'
	fi
	[ -n "$seconds" ] || rm -rf "$found"
done
