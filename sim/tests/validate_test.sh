#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Published timings: predictions stay within their bounds, and predict says of a
# machine what validate says of a row.
set -u
cd "$(dirname "$0")/../.." || exit 1
memmap=${MEMMAP:-$PWD/build/memmap}
. scripts/ok.sh validate

ok "validate stays within its bounds" "$memmap" validate --format json --output "$dir/v.json"
ok "mean 9 %, worst 20 %, left out 11 %, bands a factor of 1.6, knees right" python3 -c '
import json, sys
v = json.load(open(sys.argv[1]))
assert v["mape_pct"] <= 9 and v["worst_pct"] <= 20, v["mape_pct"]
assert v["leave_one_out_mape_pct"] <= 11, v["leave_one_out_mape_pct"]
assert v["rows_in_band"] >= .95 * v["rows_predicted"], v["rows_in_band"]
assert v["band_factor"] <= 1.6, v["band_factor"]
assert abs(v["efficiency"] - v["efficiency_fitted"]) <= .03, v["efficiency_fitted"]
assert v["knees"]
assert all(k["measured_threads"] == k["predicted_threads"] for k in v["knees"])
many = [r for r in v["rows"] if (r["threads_per_node"] or 0) > 1]
assert len(many) == v["rows_predicted"] >= 18
for r in many:
    assert r["role"] == "predicted" and r["model"] == "simulator", r
    assert r["low_ms"] < r["predicted_ms"] < r["high_ms"], r
    assert r["binds"] and r["label"] in ("calibrated", "extrapolated"), r
assert not any(r["role"] == "predicted" for r in v["rows"] if r not in many)
' "$dir/v.json"
# What validate says of a row, predict says of a machine file with its numbers.
same_as_predict() {
	python3 - "$dir/v.json" "$dir/row.json" "$memmap" <<-'EOF'
	import json, subprocess, sys
	sheets = {  # nodes, cores, bytes of a node, data sheet, one-thread ms
	    "skylake-8167m": (2, 26, 384 << 30, 6 * 2666e6 * 8, (1785.7 + 1717.7) / 2),
	    "broadwell-2699c-v4": (1, 16, 192 << 30, 4 * 2400e6 * 8, (1096 + 1092.7) / 2),
	}
	compared = 0
	for row in json.load(open(sys.argv[1]))["rows"]:
	    if row["role"] != "predicted" or row["machine"] not in sheets:
	        continue
	    nodes, cores, mem, rate, ms = sheets[row["machine"]]
	    said = lambda value: {"value": value, "label": "datasheet", "source": "test"}
	    json.dump({"name": "row", "early_bytes": 0, "nodes": [
	        {"count": nodes, "cpus": 2 * cores, "cores": cores, "mem_bytes": mem}],
	        "costs": {"page_mainline_ns": said(ms * 1e6 / (mem >> 12)),
	                  "node_mainline_bytes_per_s": said(rate * .63 / 2)}},
	        open(sys.argv[2], "w"))
	    line = "memmap_init=deferred,threads=%d" % row["threads_per_node"]
	    p = json.loads(subprocess.run([sys.argv[3], "predict", "--machine", sys.argv[2],
	        "--cmdline", line, "--format", "json"], capture_output=True, check=True).stdout)
	    got = p["results"][0]["complete_ns"] / 1e6
	    assert abs(got / row["predicted_ms"] - 1) < 1e-3, (row, got)
	    compared += 1
	assert compared == 12, compared
	EOF
}
ok "predict says the same as validate" same_as_predict

# The same table, as spreadsheets, editors and other systems save it.
saved() {
	local way

	$memmap validate --format csv >"$dir/want.csv" || return
	python3 - "$dir" <<-'PY' || return
	import csv, sys
	rows = list(csv.reader(l for l in open("sim/check/data/published.csv") if l[0] != "#"))
	for name, delimiter, end, quoting, encoding in (
	        ("semicolon", ";", "\n", csv.QUOTE_MINIMAL, "utf-8"),
	        ("tab", "\t", "\r\n", csv.QUOTE_MINIMAL, "utf-8"),
	        ("quoted", ",", "\r\n", csv.QUOTE_ALL, "utf-8-sig"),
	        ("return", ",", "\r", csv.QUOTE_MINIMAL, "utf-8"),
	        ("utf16", "\t", "\r\n", csv.QUOTE_MINIMAL, "utf-16")):
	    with open(f"{sys.argv[1]}/{name}.csv", "w", newline="", encoding=encoding) as file:
	        csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
	PY
	for way in semicolon tab quoted return; do
		$memmap validate --data "$dir/$way.csv" --format csv >"$dir/got.csv" || return
		cmp "$dir/got.csv" "$dir/want.csv" || return
	done
	! $memmap validate --data "$dir/utf16.csv" 2>"$dir/said" &&
		grep -qF 'utf16.csv:1: UTF-16 (iconv -f utf16 -t utf8)' "$dir/said"
}
ok "tables as others save them" saved
