#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --hot-add: what predict says comes first when time measures it here, and a
# sweep in jobs is the sweep.
set -u
cd "$(dirname "$0")/../.." || exit 1
memmap=${MEMMAP:-$PWD/build/memmap}
. scripts/ok.sh plug

# Of two strategies of which one takes four times as long by both, the same one
# does. Absolute times are those of a busy host, and say nothing.
rank() {
	local what="--mem 512M --hot-add 2G"

	# shellcheck disable=SC2086 # several words
	$memmap time $what --threads 1 --runs 3 --verify \
		--cmdline memmap_init=serial --cmdline memmap_init=async \
		--cmdline memmap_init=ondemand --cmdline memmap_init=deferred \
		--format json >"$dir/time.json" &&
		$memmap predict $what --format json >"$dir/predict.json" &&
		python3 - "$dir" <<'END'
import json, sys
measured, predicted = ({r["strategy"]: r for r in json.load(open(f"{sys.argv[1]}/{f}.json"))["hot_added"]}
		       for f in ("time", "predict"))
told = 0
for one in measured:
    for other in measured:
        if predicted[one]["online_ns"] < 4 * predicted[other]["online_ns"]:
            continue
        told += 1
        assert measured[one]["online_ns"] > measured[other]["online_ns"], (one, other)
# Two that write, by two that do not.
assert told == 4, told
for rows in measured, predicted:
    assert rows["ondemand"]["ready_ns"] is None
    assert rows["async"]["ready_ns"] is not None
    assert rows["serial"]["ready_ns"] == rows["serial"]["online_ns"]
END
}
ok "what is online first, predicted and measured" rank

verified() {
	python3 -c '
import json, sys
assert all(r["verified"] for r in json.load(open(sys.argv[1] + "/time.json"))["results"])' "$dir"
}
ok "and the memmap is right" verified

# A machine file says what the option says.
file() {
	$memmap machine import microvm-4g --output "$dir/m.json" &&
		python3 - "$dir" <<'END' &&
import json, sys
machine = json.load(open(sys.argv[1] + "/m.json"))
machine["nodes"][0]["hot_add"] = [{"bytes": 8 << 30, "at_ns": 5e9}]
json.dump(machine, open(sys.argv[1] + "/m8.json", "w"))
END
		$memmap machine import "$dir/m8.json" --output "$dir/again.json" &&
		$memmap predict --machine "$dir/again.json" --format json |
		grep -v peak_rss >"$dir/one" &&
		$memmap predict --machine "$dir/m.json" --hot-add 8G,node=0,at=5s --format json |
		grep -v peak_rss >"$dir/other" && cmp "$dir/one" "$dir/other"
}
ok "a machine file says the same" file

# The table of strategies is of boot alone.
boot_alone() {
	$memmap predict --machine microvm-4g --hot-add 8G --format csv >"$dir/with" &&
		$memmap predict --machine microvm-4g --format csv >"$dir/without" &&
		cmp "$dir/with" "$dir/without"
}
ok "boot is predicted as without it" boot_alone

jobs() {
	(
		cd "$dir" || exit 1
		$memmap sweep --machine microvm-4g --mem 1G,4G --hot-add 4G,at=1s --jobs |
			sh && $memmap sweep --merge sweep-*.json --format json
	) >"$dir/merged.json" &&
		$memmap sweep --machine microvm-4g --mem 1G,4G --hot-add 4G,at=1s --format json \
			>"$dir/whole.json" &&
		python3 - "$dir" <<'END'
import json, sys
merged, whole = (json.load(open(f"{sys.argv[1]}/{f}.json")) for f in ("merged", "whole"))
assert merged["points"] == whole["points"] and merged["hot_add"] == whole["hot_add"] == ["4096M,node=0,at=1000000000ns"]
for point in whole["points"]:
    assert point["online_ns"]["ondemand"] < point["online_ns"]["serial"] / 4
END
}
ok "a sweep in jobs is the sweep" jobs
