#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The JSON of every verb has the shape of doc/schema.json, and doc/json.md names
# every key. What CSV prints has the same keys, and any reader of CSV reads it.
set -u
cd "$(dirname "$0")/../.." || exit 1
memmap=${MEMMAP:-$PWD/build/memmap}
. scripts/ok.sh json

valid() {
	python3 - doc/schema.json "$1" <<-'PY'
	import json, sys
	import jsonschema
	schema, document = (json.load(open(p)) for p in sys.argv[1:])
	jsonschema.Draft202012Validator.check_schema(schema)
	errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
	for error in errors:
	    for inner in error.context:
	        if inner.validator != "const":
	            print(list(inner.absolute_path), inner.message[:200])
	sys.exit(bool(errors))
	PY
}

node='{"cpus": 1, "mem_bytes": 1073741824}'
printf '{"name": "a \\"b\\", c\\u001b[31m", "notes": "n", "nodes": [%s, %s], "links": [{"from": 0, "to": 1, "bytes_per_s": 1e9, "latency_ns": 1}]}' \
	"$node" "$node" >"$dir/m.json"
printf '[ 0.5] node 1 deferred pages initialised in 120ms\n[ 0.6] memmap_init: parallel: all: 4096 pages in 33 us, 4 CPUs\n' >"$dir/k.log"
$memmap sweep --nodes 1,64 --mem 4G,64G --format json --output "$dir/s.json" || exit 1

commands=(
	"time --mem 64M --runs 1"
	"time --mem 64M --runs 3 --verify --noise 0"
	"time --machine $dir/m.json --runs 1"
	"alloc --mem 64M --runs 2 --count 10"
	"alloc --mem 64T --runs 1 --count 10"
	"calibrate --check --mem 64M --runs 1"
	"predict --machine $dir/m.json"
	"predict --machine list"
	"predict --machine microvm-4g --hot-add 1G --hot-add 128M,node=0,at=1ms"
	"advise --machine $dir/m.json"
	"advise --machine microvm-16g --load all,sleep=2.5% --by ready"
	"advise --machine server-2s-192c --load touch=1G,cpus=3,at=boot+1ms,clear=no --by memory"
	"validate"
	"validate $dir/k.log"
	"validate $dir/k.log --machine skylake-8167m"
	"sweep --nodes 1,64 --mem 4G,64G"
	"sweep --machine $dir/m.json --mem 4G"
	"sweep --merge $dir/s.json"
	"sweep --machine microvm-4g --mem 1G,4G --hot-add 4G"
	"time --mem 64M --runs 2 --verify --hot-add 256M"
	"machine"
	"machine list"
	"machine show $dir/m.json"
	"machine show cxl-2s-4m-6t"
	"machine show this"
	"layout --machine cxl-2s-4m-6t"
	"layout --machine cxl-2s-4m-6t --stripe 1G"
	"layout --machine $dir/m.json --push 1 --used 100 --hold 4M"
	"numa --machine $dir/m.json --touched 1M"
	"numa --machine $dir/m.json --touched 2M --pool 0,16 --full drop --rate 4k --sweep 1ms"
)

# shellcheck disable=SC2086 # a command is several words
json() {
	$memmap $1 --format json >"$dir/out.json"
	# 1: a busy host's times lie outside their bands, which is no fault of JSON.
	test $? -le 1 && valid "$dir/out.json"
}

# The rows of CSV are those of JSON, cell by cell, but for columns of its own.
# shellcheck disable=SC2086
csv() {
	$memmap $1 --format csv >"$dir/out.csv"
	test $? -le 1 && python3 - "$dir" <<-'PY'
	import csv, json, sys
	document = json.load(open(sys.argv[1] + "/out.json"))
	rows = list(csv.DictReader(open(sys.argv[1] + "/out.csv", newline="")))
	want = next(v for k, v in document.items()
		    if k in ("results", "rows", "points", "machines", "costs", "nodes", "layout", "pools"))
	assert len(rows) == len(want), (len(rows), len(want))
	def flat(row, prefix=""):
	    for key, value in row.items():
	        if isinstance(value, dict):
	            yield from flat(value, prefix + key + ".")
	        else:
	            yield prefix + key, value
	for row, other in zip(rows, want):
	    assert None not in row and None not in row.values(), row
	    other = dict(flat(other))
	    assert set(other) <= set(row), set(other) - set(row)
	    for value in row.values():
	        assert "\033" not in value, value
	    for key, value in other.items():
	        if value is None:
	            assert row[key] == "", (key, row[key])
	        elif isinstance(value, bool):
	            assert row[key] in ("true", "false"), (key, row[key])
	        elif isinstance(value, (int, float)):
	            float(row[key])
	PY
}

for command in "${commands[@]}"; do
	ok "JSON: ${command//$dir\//}" json "$command"
	ok "CSV: ${command//$dir\//}" csv "$command"
done

# The check must be able to fail: a key too few, one too many, another type.
control() {
	local change

	$memmap predict --machine "$dir/m.json" --format json >"$dir/good.json"
	valid "$dir/good.json" || return
	for change in 'del d["tool_version"]' 'd["more"] = 1' 'd["verb"] = "time"' \
		'del d["results"][0]["noisy"]' 'd["results"][0]["threads"] = "1"' \
		'd["machine"] = "name"' 'd["schema_version"] = 1'; do
		python3 -c "
import json, sys
d = json.load(open('$dir/good.json'))
$change
json.dump(d, open('$dir/bad.json', 'w'))" || return
		! valid "$dir/bad.json" || { echo "passes: $change"; return 1; }
	done
}
ok "the schema can refuse" control

# Bytes that are no UTF-8, in a name that the shell gave.
bad_bytes() {
	printf '{"name": "x", "nodes": [%s]}' "$node" >"$dir/"$'b\xffd.json'
	mkdir -p "$dir/"$'l\xffg' && cp "$dir/k.log" "$dir/"$'l\xffg/k.log'
	$memmap predict --machine $'[numa(memory=1GiB)]  core:1 pu:1' --format json >"$dir/x.json" &&
		valid "$dir/x.json" &&
		$memmap time --mem 64M --runs 1 --cmdline $'x=\xff memmap_init=serial' \
			--format json >"$dir/x.json" && valid "$dir/x.json" &&
		$memmap machine import "$dir/"$'b\xffd.json' | python3 -m json.tool
}
ok "bytes that are no UTF-8" bad_bytes

# doc/json.md says what each key means.
documented() {
	python3 - <<-'PY'
	import json
	text = open("doc/json.md").read()
	def keys(schema):
	    if isinstance(schema, dict):
	        yield from schema.get("properties", {}) if isinstance(schema.get("properties"), dict) else ()
	        for value in schema.values():
	            yield from keys(value)
	    elif isinstance(schema, list):
	        for value in schema:
	            yield from keys(value)
	missing = {k for k in keys(json.load(open("doc/schema.json"))) if "`" + k + "`" not in text}
	assert not missing, sorted(missing)
	PY
}
ok "doc/json.md names every key" documented

# A measurement has a spread and no band, a prediction the other way round.
kinds() {
	$memmap time --mem 64M --runs 2 --format json >"$dir/t.json" &&
		$memmap predict --machine microvm-1g --format json >"$dir/p.json" &&
		python3 - "$dir" <<-'PY'
		import json, sys
		time, predict = (json.load(open(sys.argv[1] + f))["results"]
				 for f in ("/t.json", "/p.json"))
		assert all(r["boot_wait_low_ns"] is None and r["spread_pct"] is not None for r in time)
		assert all(r["boot_wait_low_ns"] is not None and r["spread_pct"] is None for r in predict)
		PY
}
ok "bands are of predictions, spreads of measurements" kinds
