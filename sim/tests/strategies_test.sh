#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A strategy is added by one file and one line. Three more are, in a copy of the
# tree: copies of those that wait with all CPUs, that drain in the background
# and that drain nothing. Every verb knows them and runs under the sanitizers.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. scripts/ok.sh strategies
flavour=asan memmap=build/asan/memmap
[ -z "${CHECK_QUICK:-}" ] || flavour=gcc memmap=build/memmap

# No string of the host program names a strategy, so no list of it needs a line.
# What mainline's own way is called in published data and in logs is no list.
unnamed() {
	local names

	names=$(sed -n 's/^MEMMAP_STRATEGY(\(.*\))$/\1/p' mm/memmap/strategies/list.h |
		paste -sd '|')
	! grep -nE "memmap_init=($names)|\"($names)\"" sim/*/*.c sim/*/*.h |
		grep -vE '^sim/(tests|check|log)/|^[^:]*:[0-9]*:[[:space:]]*\*' | grep .
}
ok "no room of sim/ names one" unnamed
unnamed_control() {
	grep -qE '"deferred"' sim/check/*.c
}
ok "that check can fail" unnamed_control

git ls-files -co --exclude-standard |
	grep -E '^(Makefile|mm|include|arch|sim|scripts|guest/.*mk|bench/.*mk)' |
	tar -cf - -T - 2>/dev/null | tar -xf - -C "$dir" || exit 1
mkdir -p "$dir/build" && cp build/deps "$dir/build/" 2>/dev/null
cd "$dir" || exit 1

# add NEW LIKE: one file, one line.
add() {
	sed "s/memmap_$2\\b/memmap_$1/; s/\\.name = \"$2\"/.name = \"$1\"/; s/\\b$2_late/$1_late/g" \
		"mm/memmap/strategies/$2.c" >"mm/memmap/strategies/$1.c"
	echo "MEMMAP_STRATEGY($1)" >>mm/memmap/strategies/list.h
}
add hasty parallel
add later async
add never ondemand

ok "builds: one file and one line each, from nothing" \
	make -s -j2 FLAVOUR=$flavour WERROR=-Werror $memmap

# in_all VERB...: its JSON has a row for each of the three.
in_all() {
	"$memmap" "$@" --format json >out.json && python3 - "$1" <<-'PY'
	import json, sys
	document = json.load(open("out.json"))
	text = json.dumps(document)
	new = ["later", "never"] if sys.argv[1] == "alloc" else ["hasty", "later", "never"]
	missing = [name for name in new if name not in text]
	assert not missing, missing
	PY
}
ok "time, verified" in_all time --mem 64M --runs 1 --verify
ok "alloc" in_all alloc --mem 256M --runs 1 --count 100
ok "predict" in_all predict --machine cxl-2s-4m-6t
ok "predict, one of them" in_all predict --machine microvm-1g \
	--cmdline memmap_init=hasty --cmdline memmap_init=later,threads=1 \
	--cmdline memmap_init=never --cmdline memmap_init=never
ok "advise" in_all advise --machine microvm-16g --load tenth
ok "sweep" in_all sweep --nodes 1,64 --mem 4G,64G
cp out.json sweep.json
ok "sweep, merged" in_all sweep --merge sweep.json
for format in text csv; do
	for verb in "time --mem 64M --runs 1" "alloc --mem 64M --runs 1 --count 10" \
		"predict --machine microvm-1g" "advise --machine microvm-1g" "sweep --nodes 1 --mem 4G"; do
		# shellcheck disable=SC2086 # a verb and its options
		ok "$verb, $format" "$memmap" $verb --format $format
	done
done
echo '[ 1.0] memmap_init: hasty: all: 1048576 pages in 4000 us, 2 CPUs' >k.log
kernel_log() {
	"$memmap" validate k.log --machine microvm-4g --format json | python3 -c '
import json, sys
row = json.load(sys.stdin)["rows"][0]
assert row["strategy"] == "hasty" and row["predicted_ms"], row'
}
ok "validate, a kernel's log" kernel_log
ok "validate" "$memmap" validate
ok "machine" "$memmap" machine list
ok "machine import" "$memmap" machine import cxl-2s-4m-6t
ok "calibrate" "$memmap" calibrate --runs 1 --output here.json
helps() {
	for verb in time predict; do
		"$memmap" help $verb | tr -s ' \n' ' ' |
			grep -q 'idle, deferred, hasty, later or never' || return
	done
	"$memmap" time --cmdline memmap_init=nope 2>&1 | grep -q 'hasty, later or never'
}
ok "help and messages" helps
# Those that were there are chosen for what has no name: examples, yardsticks.
same_defaults() {
	"$memmap" help time | grep -q memmap_init=parallel &&
		[ "$("$top/build/memmap" help time | grep -c memmap_init=parallel)" -gt 0 ]
}
ok "examples name those that were there" same_defaults
