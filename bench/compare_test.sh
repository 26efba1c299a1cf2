#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bench/compare.py says in one line what is wrong with a file, and what is right
# in a table. Every function is called by name through ok().
# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/ok.sh bench

# file NAME VALUE [KEY...]: what a run of two benchmarks wrote.
file() {
	python3 - "$dir/$1.json" "$2" <<-'END'
	import json, sys
	path, value = sys.argv[1], float(sys.argv[2])
	rows = [{"run_name": f"{name}/manual_time", "run_type": "iteration", "family_index": i,
	         "per_family_instance_index": 0, "label": "x vs: base", "vs": value + i + n / 1000,
	         "of_bound": 0.5, "real_time": 100 / value + n} for i, name in enumerate("ab")
	        for n in range(4)]
	json.dump({"context": {}, "benchmarks": rows}, open(path, "w"))
	END
}
file one 2 && file two 2 && file far 3 && file fast 4
good() {
	bench/compare.py ratios "$dir/one.json" | grep -q '^a  *2\.00.x ' &&
		bench/compare.py repeat "$dir/one.json" "$dir/two.json" | grep -q '^2 ratios' &&
		bench/compare.py pairs "$dir/one.json" "$dir/two.json" -- "$dir/fast.json" \
			"$dir/fast.json" | grep -q '^a  *1\.9'
}
ok "tables" good
differs() {
	bench/compare.py repeat "$dir/one.json" "$dir/far.json" >/dev/null
	[ $? -eq 1 ]
}
ok "runs that differ end with 1" differs

# bad WORD ARGS...: status 2, one line that holds WORD, nothing else.
bad() {
	local word=$1 status

	shift
	bench/compare.py "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	cat "$dir/err"
	[ $status -eq 2 ] && [ ! -s "$dir/out" ] && [ "$(wc -l <"$dir/err")" -eq 1 ] &&
		grep -qF -- "$word" "$dir/err"
}
# shape NAME JSON WORD: each of the three commands refuses the file.
shape() {
	printf '%s' "$2" >"$dir/$1.json"
	bad "$3" ratios "$dir/$1.json" && bad "$3" repeat "$dir/$1.json" "$dir/$1.json" &&
		bad "$3" pairs "$dir/$1.json" -- "$dir/$1.json"
}
row='"run_name": "a", "run_type": "iteration", "family_index": 0, "per_family_instance_index": 0'
ok "no JSON" shape none '{"benchmarks": ' "no JSON"
ok "nothing" shape empty '' "no JSON"
ok "deep" shape deep "$(printf '[%.0s' {1..20000})" "no JSON"
ok "a list" shape list '[]' "no object"
ok "a number" shape number '7' "no object"
ok "null" shape null 'null' "no object"
ok "no benchmarks" shape without '{"context": {}}' 'no list "benchmarks"'
ok "benchmarks that are no list" shape object '{"benchmarks": {"a": 1}}' 'no list "benchmarks"'
ok "rows that are no objects" shape rows '{"benchmarks": [1, 2]}' "benchmarks[0]: no object"
ok "no name" shape unnamed '{"benchmarks": [{"run_type": "iteration"}]}' 'benchmarks[0]: no text "run_name"'
ok "a name that is no text" shape named '{"benchmarks": [{"run_name": 5}]}' 'benchmarks[0]: no text "run_name"'
ok "none that ran" shape ran '{"benchmarks": []}' "no benchmark that ran"
ok "a counter that is no number" shape text "{\"benchmarks\": [{$row, \"vs\": \"2\", \"real_time\": null}]}" "no number over 0"
ok "a counter of nothing" shape zero "{\"benchmarks\": [{$row, \"vs\": 0, \"real_time\": 0}]}" "no number over 0"
ok "a counter without end" shape infinite "{\"benchmarks\": [{$row, \"vs\": Infinity, \"real_time\": NaN}]}" "no number over 0"
ok "no counter" shape counter "{\"benchmarks\": [{$row}]}" 'no benchmark has "'
ok "no place in the table" bad 'no "family_index"' ratios <(
	echo '{"benchmarks": [{"run_name": "a", "run_type": "iteration", "vs": 1}]}')
ok "no file" bad "No such file" ratios "$dir/no-such.json"
ok "a folder" bad "Is a directory" ratios "$dir"
ok "bytes that are no text" bad "no JSON" ratios /bin/true
ok "names that are orders to a terminal" bad 'x?[31m.json: No such file' ratios $'x\e[31m.json'
sed 's/"run_name": "\(.\)/"run_name": "other\1/g' "$dir/one.json" >"$dir/other.json"
ok "runs of other benchmarks" bad "no benchmark is in all" repeat "$dir/one.json" "$dir/other.json"
ok "pairs of other benchmarks" bad "no benchmark is in both" pairs "$dir/one.json" -- "$dir/other.json"
ok "a pair that lacks one" bad "2 files of the old build and 1 of the new" pairs "$dir/one.json" "$dir/two.json" -- "$dir/fast.json"
usage() {
	local args

	for args in "" "ratios" "pairs -- $dir/one.json x" "pairs $dir/one.json x --" "paint x"; do
		# shellcheck disable=SC2086 # several words
		bench/compare.py $args >"$dir/out" 2>"$dir/err"
		[ $? -eq 2 ] && grep -q '^ratios FILE' "$dir/err" && [ ! -s "$dir/out" ] || return
	done
}
ok "usage" usage
unread() {
	bench/compare.py ratios "$dir/one.json" >/dev/full 2>"$dir/err"
	[ $? -eq 1 ] && grep -q 'No space left' "$dir/err" && [ "$(wc -l <"$dir/err")" -eq 1 ] &&
		python3 -c '
import os, subprocess, sys
read, write = os.pipe()
os.close(read)
p = subprocess.run(sys.argv[1:], stdout=write, stderr=subprocess.PIPE)
sys.exit(p.returncode != 1 or p.stderr != b"")' bench/compare.py ratios "$dir/one.json"
}
ok "a full disk, a closed pipe" unread
