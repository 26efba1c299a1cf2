#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every reader that has a sim/tests/fuzz_NAME.c, for a short while under
# libFuzzer, with the tests' own inputs as its corpus, and sim/tests/fuzz/NAME
# and NAME.lines, which hold what was found before.
#
# fuzz_test.sh [SECONDS [NAME...]]: for longer, and only these; what is found on
# the way stays in build/fuzz/corpus/NAME.
# fuzz_test.sh --self-test [NAME...]: a copy of the tree gets a fault in what
# each target reads, and the same short run has to find it.
# A run without arguments ends with that.
set -u
cd "$(dirname "$0")/../.." || exit 1

# target, what its report has to name, file, and what sed makes of that.
faults=(
	boot 'fuzz_boot.c:.*isinf' sim/check/kernel_log.c
	's/if (!(line->measured_ms > 0))/if (0)/'
	command 'advise_because.c' sim/cli/advise_because.c
	'/^static void say_what/,/^}/s/if (a->by == ADVICE_MEMORY)/if (0)/; s/what\[a->by == ADVICE_LOAD .*/what[a->by == ADVICE_LOAD ? 7 :/'
	layout 'memlayout_append' mm/dnuma/text.c
	's/if (range->start_pfn < last->end_pfn)/if (0)/'
	log 'fuzz_log.c' sim/log/cpus_settle.c
	's/^	share_out(f, nr, total - known);//; s/^static void share_out/static void __attribute__((unused)) share_out/'
	machine 'fuzzing_machine.c:.*end_pfn <=' sim/machine/read_nodes.c
	's/if (placed\[at\].range.start_pfn < placed\[at - 1\].range.end_pfn)/if (0)/'
	merge 'fuzz_merge.c:.*(null)' sim/cli/sweep_merge.c
	'/if (!json_is_string($/,/"name")))/s/if (!json_is_string(/if (0 \&\& !json_is_string(/'
	param 'fuzz_param.c:.*chunk_bytes <=' mm/memmap/param.c
	's/ || bytes > MAX_CHUNK//'
	published 'fuzz_published.c:.*measured_ms > 0' sim/check/published.c
	's/!(row->measured_ms >= LEAST_MS/!(row->measured_ms >= -LEAST_MS/'
	synthetic 'fuzzing_machine.c:.*MACHINE_MAX_BYTES' sim/machine/read_topology.c
	's/if (bytes > MACHINE_MAX_BYTES ||/if (0 \&\&/'
	xml 'fuzzing_machine.c:.*MACHINE_MAX_BYTES' sim/machine/read_topology.c ''
)

self_test() {
	local copy target report file change i

	copy=$(mktemp -d)
	# Older than what was built of it, so that only faults are built anew.
	git ls-files -co --exclude-standard | xargs cp -a --parents -t "$copy" &&
		mkdir -p "$copy/build" &&
		cp -a build/fuzz build/memmap build/deps build/datadir "$copy/build/" || return
	for ((i = 0; i < ${#faults[@]}; i += 4)); do
		file=$copy/${faults[i + 2]} change=${faults[i + 3]}
		[ -n "$change" ] || continue
		sed -i "$change" "$file"
		! cmp -s "$file" "${faults[i + 2]}" || echo "not ok fuzz: no fault in ${faults[i + 2]}"
	done
	[ $# -gt 0 ] || for ((i = 0; i < ${#faults[@]}; i += 4)); do
		set -- "$@" "${faults[i]}"
	done
	(cd "$copy" && bash sim/tests/fuzz_test.sh "" "$@") >"$copy/said"
	for ((i = 0; i < ${#faults[@]}; i += 4)); do
		target=${faults[i]} report=${faults[i + 1]}
		[[ " $* " == *" $target "* ]] || continue
		if grep -q "^not ok fuzz: $target$" "$copy/said" &&
				grep -q "$report" "$copy/build/fuzz/$target.txt"; then
			echo "ok fuzz: $target finds a fault"
		else
			echo "not ok fuzz: $target does not find its fault"
			grep "fuzz: $target" "$copy/said"
			grep 'must hold\|ERROR' "$copy/build/fuzz/$target.txt"
		fi
	done
	rm -rf "$copy"
}

seconds=${1:-}
[ $# -eq 0 ] || shift
[ -x build/memmap ] || make -s -j2 build/memmap >/dev/null
make -s -j2 FLAVOUR=fuzz WERROR=-Werror fuzz-bins >/dev/null || {
	echo "not ok fuzz: builds"
	exit 1
}

[ "$seconds" != --self-test ] || {
	self_test "$@"
	exit
}

# Inputs of a short run, the longest input, and a dictionary.
options() {
	case $1 in
	boot) echo 500 16384 ;;
	command) echo 300 512 words ;;
	layout) echo 10000 1024 words ;;
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
		# As a table, which a length that is a multiple of 4 asks for.
		printf '%-4000s' "$(sed 's/"name": "[^"]*"/"name": null/' "$2/one")" >"$2/no-name"
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
	limit=("-runs=$runs" -seed=1 -max_total_time=120 -timeout=60)
	# A long run has other work beside it, and this timeout is no CPU time.
	[ -z "$seconds" ] || limit=("-max_total_time=$seconds" -timeout=600)
	[ -z "$words" ] || limit+=("-dict=sim/tests/fuzz/$words.dict")
	# A short run always begins with the same.
	[ -n "$seconds" ] || found=$(mktemp -d)
	if build/fuzz/sim/tests/fuzz_"$name" "${limit[@]}" "-max_len=$length" \
		-rss_limit_mb=2048 -artifact_prefix=build/fuzz/ \
		"$found" "$seeds" >build/fuzz/"$name".txt 2>&1; then
		echo "ok fuzz: $name, $(sed -n 's/^Done \([0-9]*\) runs in.*/\1 inputs/p' build/fuzz/"$name".txt)"
	else
		echo "not ok fuzz: $name"
		tail -n 40 build/fuzz/"$name".txt | sed 's/^/    /'
	fi
	[ -n "$seconds" ] || rm -rf "$found"
done
[ $# -gt 0 ] || [ -n "$seconds" ] || self_test
