#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# memmap numa: what it refuses, and what must hold of its rows.
# shellcheck disable=SC2086 # $memmap may come with options of its own
set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/ok.sh numa
. scripts/bad.sh

two="pack:2 [numa(memory=1GiB)] core:2 pu:1"
bad "nodes with memory: 1, with CPUs as well: 1; want two and one" numa --machine microvm-1g
bad "--pool 'x'" numa --machine "$two" --pool 64,x
bad "--pool: an empty list" numa --machine "$two" --pool ,
bad "--pool '-1'" numa --machine "$two" --pool -1
bad "--pool '2147483648'" numa --machine "$two" --pool 64,2147483648
bad "--full 'both': want fallback or drop" numa --machine "$two" --full both
bad "--uses '4'" numa --machine "$two" --uses 4
bad "--touched '1G': want a size from 1M to 512 MiB" numa --machine "$two" --touched 1G
bad "--touched '4k'" numa --machine "$two" --touched 4k
bad "--shared '100'" numa --machine "$two" --shared 100
bad "--sweep '0'" numa --machine "$two" --sweep 0
bad "--delay '1h'" numa --machine "$two" --delay 1h
bad "--rate '1'" numa --machine "$two" --rate 1
bad "--seed '-1'" numa --machine "$two" --seed -1

# Sizes by default: none, the root, all; each row adds up.
rows() {
	$memmap numa --machine "$two" --touched 64M --sweep 1ms --full "$1" --format json --output "$dir/out.json" &&
		python3 - "$dir/out.json" "$1" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	pools = d["pools"]
	entries = [p["entries"] for p in pools]
	# 2 GiB are 524288 pages; two processes of 16384.
	assert entries == [0, 64, 256, 724, 1024, 4096, 16384, 32768], entries
	assert [p["entries"] for p in pools if p["which"]] == [0, 724, 32768]
	for p in pools:
	    assert p["queued"] == p["migrated"] + p["stale"] + p["dropped"] + p["waiting"], p
	    moved = p["migrated"] + p["fault_moved"]
	    assert 0.99 * d["misplaced_pages"] <= moved, p
	    assert p["settled_50_ns"] <= p["settled_90_ns"] <= p["settled_99_ns"], p
	    if sys.argv[2] == "drop":
	        assert not p["entries"] or not p["fault_moved"], p
	assert pools[0]["full_pct"] == 100 and pools[-1]["full_pct"] == 0
	assert pools[0]["pages_a_flush"] == 1 and pools[-1]["pages_a_flush"] > 100
	PY
}
ok "rows add up, fallback" rows fallback
ok "rows add up, drop" rows drop

# Nodes without CPUs get no process, those without memory none either.
odd() {
	printf '{"name": "odd", "nodes": [{"cpus": 2, "mem_bytes": 1073741824}, {"cpus": 0, "mem_bytes": 1073741824}, {"cpus": 2, "mem_bytes": 0}]}' >"$dir/odd.json"
	$memmap numa --machine "$dir/odd.json" --touched 4M --pool 4096 --format json --output "$dir/odd.out" &&
		grep -q '"processes": 1' "$dir/odd.out" && grep -q '"misplaced_pages": 4[0-9][0-9]' "$dir/odd.out"
}
ok "a node without CPUs, one without memory" odd
