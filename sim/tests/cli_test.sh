#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The memmap command as its users meet it: bad input, good output.
# shellcheck disable=SC2086 # $memmap may come with options of its own
set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/ok.sh cli
. scripts/bad.sh

echo "<topology>" >"$dir/broken.xml"
small="pack:2 [numa(memory=1GiB)] core:2 pu:1"

bad "unknown command 'tiem'" tiem
bad "unexpected argument" time extra
bad "control character" machine list $'-\001t'
bad "control character" sweep --jobs $'--m=c\001x'
bad "no memmap_init=" time --cmdline quiet
bad "unknown strategy 'fast'" time --cmdline memmap_init=fast
bad "chunk=0" time --cmdline memmap_init=serial,chunk=0
bad "chunk=99999999999999999999" time --cmdline memmap_init=serial,chunk=99999999999999999999
bad "store=warp" time --cmdline memmap_init=serial,store=warp
bad "quantum=5" time --cmdline memmap_init=parallel,quantum=5
bad "threads=-1" time --cmdline memmap_init=parallel,threads=-1
bad "--mem '0'" time --mem 0
bad "--mem '-5G'" time --mem -5G
bad "--mem '99999999999T'" time --mem 99999999999T
bad "--mem '12Q'" time --mem 12Q
bad "--runs '0'" time --runs 0
bad "--threads 'x'" time --threads x
bad "--format 'xml'" time --format xml
bad "no-such-dir/m.xml" time --machine "$dir/no-such-dir/m.xml"
bad "broken.xml" time --machine "$dir/broken.xml"
bad "'zoo:3'" time --machine zoo:3
bad "no node has memory" time --machine "pack:2 [numa(memory=0)] core:1 pu:1"
bad "memory= wants a whole number and KiB" predict --machine "pu:2 [numa(memory=16G)]"
bad "memory= wants a whole number and KiB" predict --machine "[numa(memory=1.5GiB)] pu:2"
bad "available" time --mem 512T --cmdline memmap_init=serial
bad "no-such-dir" time --mem 1G --runs 1 --output "$dir/no-such-dir/x"

bad "did you mean 'time'" tiem
bad "did you mean 'predict'" help predcit
bad "did you mean '--machine'" time --machin=x --mahcine x
bad "did you mean '--mem'" alloc --mme 4G
bad "unknown option '--frobnicate'; see" sweep --frobnicate
bad "'--nodes'" predict --nodes 4
bad "--chunks" predict --machine microvm-1g --chunks -
bad "--noise 'x'" time --noise x
bad "--mem '1K'" predict --mem 1K
bad "--mem '0'" sweep --mem 0
bad "machine show 'sgi-uv-61t'" machine show sgi-uv-61t
bad "--format: goes with list and show" machine import microvm-1g --format csv

bad "--hot-add '64'" predict --machine microvm-1g --hot-add 64
bad "want SIZE[,node=N]" predict --machine microvm-1g --hot-add G,node=0
bad "a multiple of a section, 128 MiB" predict --machine microvm-1g --hot-add 64M
bad "no node '7'" predict --machine microvm-1g --hot-add 1G,node=7
bad "no node ''" predict --machine microvm-1g --hot-add 1G,node=
bad "'5s': want node=N, or at=TIME" predict --machine microvm-1g --hot-add 1G,5s
bad "within a day" predict --machine microvm-1g --hot-add 1G,at=100000s
bad "more than 1 PiB" predict --machine microvm-1g --hot-add 1P
mapfile -t many < <(printf -- '--hot-add=1G\n%.0s' {1..17})
bad "at most 16 of them" predict --machine microvm-1g "${many[@]}"

ok "--help" $memmap --help
# help_of VERB: the same three ways, with examples and what to do next.
help_of() {
	$memmap "$1" --help >"$dir/h1" && $memmap "$1" -h >"$dir/h2" &&
		$memmap help "$1" >"$dir/h3" && cmp "$dir/h1" "$dir/h2" &&
		cmp "$dir/h1" "$dir/h3" && grep -q "^  .*memmap $1" "$dir/h1" &&
		grep -q '^Next: ' "$dir/h1" && ! grep -q '@' "$dir/h1"
}
for verb in $($memmap --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	ok "help of $verb" help_of "$verb"
done
last_counts() {
	$memmap time --mem 64M --runs 1 --format csv \
		--cmdline 'memmap_init=async quiet memmap_init=serial,store=nt' 2>"$dir/said" |
		grep -q ',serial,' && grep -q '2 times; the last one counts' "$dir/said"
}
ok "a repeated memmap_init= counts as in the kernel" last_counts
next_lines() {
	$memmap predict --machine microvm-1g | grep -q '^Next:' &&
		! $memmap predict --machine microvm-1g --quiet | grep -q '^Next:'
}
ok "what to do next, and --quiet" next_lines
noise() {
	$memmap time --mem 64M --runs 2 --noise 0 --format json >"$dir/n.json" &&
		$memmap time --mem 64M --runs 2 --noise 1e9 --format json >"$dir/n2.json" &&
		$memmap time --mem 64M --runs 2 --noise 0 >"$dir/n.txt" &&
		grep -q '% NOISY' "$dir/n.txt" && grep -q '^NOISY: ' "$dir/n.txt" &&
		grep -q '^2 more rounds were run' "$dir/n.txt" &&
		python3 -c '
import json, sys
noisy, quiet = (json.load(open(f)) for f in sys.argv[1:])
assert noisy["runs"] == 4 and noisy["runs_repeated"] == 2, noisy
assert quiet["runs"] == 2 and quiet["runs_repeated"] == 0, quiet
assert all(r["noisy"] and r["spread_pct"] > 0 for r in noisy["results"]), noisy
assert not any(r["noisy"] for r in quiet["results"]), quiet' "$dir/n.json" "$dir/n2.json"
}
ok "NOISY, and rounds that are run again" noise
same_runs() {
	$memmap alloc --mem 64M --count 100 --runs 2 --noise 0 | grep -q '% NOISY'
}
ok "NOISY in alloc" same_runs
human() {
	$memmap predict --machine server-16s-32t >"$dir/h.txt" &&
		grep -q '32 TiB of memory' "$dir/h.txt" &&
		! grep -qE '[0-9]e[+-]?[0-9]|[^0-9.]0\.0 us' "$dir/h.txt"
}
ok "sizes and times for a reader" human
ok "control characters of a name are not printed" sh -c "
	printf '{\"name\": \"a\\\\u001b[31mb\", \"nodes\": [{\"cpus\": 1, \"mem_bytes\": 1073741824}]}' >'$dir/esc.json'
	for format in text csv json; do
		$memmap predict --machine '$dir/esc.json' --format \$format || exit 1
		$memmap machine show '$dir/esc.json' --format \$format || exit 1
	done >'$dir/esc.txt'; ! grep -q \"\$(printf '\\033')\" '$dir/esc.txt'"
option_with_controls() {
	$memmap predict --machine microvm-1g --cmdline \
		"memmap_init=parallel,chunk=$(printf '\001\033')" 2>"$dir/esc.txt"
	grep -q "chunk=??'" "$dir/esc.txt" && ! grep -q "$(printf '[\001\033]')" "$dir/esc.txt"
}
ok "nor those of an option" option_with_controls
# on_terminal WIDTH COMMAND...: what a terminal of so many columns shows.
on_terminal() {
	python3 -c '
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if not pid:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(sys.argv[1]), 0, 0))
    os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
try:
    while True:
        shown += os.read(fd, 65536)
except OSError:
    pass
sys.stdout.buffer.write(shown.replace(b"\r", b""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$@"
}
terminal() {
	local width colour command

	for command in "machine show cxl-2s-4m-6t" "machine list" validate \
		"predict --machine cxl-2s-4m-6t" "advise --machine skylake-8167m" "sweep --nodes 64 --mem 4G,64G" \
		"alloc --mem 64M --runs 2 --noise 0 --count 100" \
		"time --mem 64M --runs 2 --noise 0 --verify" "validate $dir/k.log"; do
		for width in 72 80 100 200; do
			if ! NO_COLOR=1 on_terminal $width $memmap $command --quiet >"$dir/tty" ||
			   ! awk -v w=$width 'length > w { print; exit 1 }' "$dir/tty"; then
				echo "$command, $width columns"
				return 1
			fi
		done
	done
	on_terminal 72 $memmap predict --machine microvm-1g | grep -q '^Too narrow for: ' || return
	colour=$(printf '\033')
	set -- $memmap time --mem 64M --runs 2 --noise 0
	on_terminal 80 "$@" | grep -q "$colour" &&
		! NO_COLOR=1 on_terminal 80 "$@" | grep -q "$colour" &&
		! TERM=dumb on_terminal 80 "$@" | grep -q "$colour" &&
		! "$@" | grep -q "$colour"
}
printf '[ 0.5] node 1 deferred pages initialised in 120ms\n' >"$dir/k.log"
ok "tables fit a terminal, colours only there" terminal
# Two nodes of two CPUs; threads=1 takes one of each.
threads() {
	$memmap time --runs 1 --machine "$small" --threads 4 --format json \
		--cmdline memmap_init=parallel,threads=1 --cmdline memmap_init=async \
		--cmdline memmap_init=async,threads=1 --cmdline memmap_init=serial >"$dir/th.json" &&
		$memmap time --runs 1 --mem 1G --threads 1 --format json \
			--cmdline memmap_init=async >"$dir/one.json" &&
		python3 -c '
import json, sys
many, one = (json.load(open(f))["results"] for f in sys.argv[1:])
assert [r["threads"] for r in many] == [2, 4, 2, 1], many
assert many[0]["mainline_ns_per_page"] == many[2]["mainline_ns_per_page"], many
assert many[0]["mainline_ns_per_page"] != many[1]["mainline_ns_per_page"], many
assert many[0]["roofline_bytes_per_s"] != many[1]["roofline_bytes_per_s"], many
assert one[0]["threads"] == 1, one' "$dir/th.json" "$dir/one.json"
}
ok "threads= counts, for the yardsticks too" threads
ok "time --help" $memmap time --help
ok "time --verify on a small machine" \
	$memmap time --verify --runs 2 --machine "$small" --format json --output "$dir/t.json"
ok "JSON has its keys and every strategy is verified" python3 -c '
import glob, json, sys
t = json.load(open(sys.argv[1]))
assert t["schema_version"] == 2 and t["label"] == "measured" and t["machine"]
keys = """strategy cmdline threads boot_wait_ns complete_ns ns_per_page
bytes_per_s roofline_bytes_per_s mainline_ns_per_page pages_total
pages_initialised memory_touched_bytes verified""".split()
assert len(t["results"]) == sum("MEMMAP_MAINLINE" not in open(f).read()
	for f in glob.glob("mm/memmap/strategies/*.c"))
for r in t["results"]:
    assert all(k in r for k in keys), r
    assert r["verified"] is True, r
' "$dir/t.json"
$memmap time --runs 1 --machine "numa(memory=256MiB) core:1 pu:1" \
	--format json --output "$dir/one.json"
ok "no more CPUs take part than the machine has" python3 -c '
import json, sys
assert all(r["threads"] == 1 for r in json.load(open(sys.argv[1]))["results"])
' "$dir/one.json"
ok "csv" $memmap time --runs 1 --machine "$small" --format csv
ok "an hwloc XML file of another machine" \
	sh -c "lstopo-no-graphics -f -i '$small' '$dir/m.xml' && $memmap time --runs 1 --machine '$dir/m.xml'"
ok "CPU-less and memory-less nodes" $memmap time --verify --runs 1 \
	--machine "[numa(memory=1GiB)] pack:2 [numa(memory=512MiB)] core:2 pu:1"
ok "16 TiB on 32 nodes, on demand" $memmap time --runs 1 --verify \
	--machine "pack:32 [numa(memory=512GiB)] core:8 pu:1" \
	--cmdline memmap_init=ondemand --format json --output "$dir/16t.json"
ok "under 100 ms until boot goes on, under 100 MB" python3 -c '
import json, sys
t = json.load(open(sys.argv[1]))
r = t["results"][0]
assert r["pages_total"] == 16 << 28, r
assert r["boot_wait_ns"] < 100e6, r
assert t["peak_rss_bytes"] < 100e6, t
' "$dir/16t.json"
ok "the allocation load on 16 TiB" $memmap alloc --runs 1 --count 20000 \
	--machine "pack:32 [numa(memory=512GiB)] core:8 pu:1"
no_memory() {
	$memmap predict --machine "numa:2 pu:2" 2>&1 >/dev/null | grep -q 'names no memory; hwloc takes 1 GiB a node' &&
		! $memmap predict --machine "numa:2 pu:2" --mem 4G 2>&1 >/dev/null | grep .
}
ok "a string that names no memory" no_memory
ok "alloc" $memmap alloc --machine "$small" --count 2000

# Prediction
echo 'machine,path,store,nodes,threads_per_node,pages_per_node,ms' >"$dir/d.csv"
echo 'm,deferred,cached,1,one,1000,5' >>"$dir/d.csv"
echo 'machine,path' >"$dir/short.csv"
echo '{"name": "x", "nodes": [{"cpus": 2, "mem_bytes": 4096, "sped": 1}]}' >"$dir/key.json"
echo '{"name": "x", "nodes": [{"cpus": -2, "mem_bytes": 4096}]}' >"$dir/neg.json"
echo '{"name": "x", "nodes": [{"cpus": 2, "ranges": [{"start_bytes": 0, "bytes": 8192}, {"start_bytes": 4096, "bytes": 4096}]}]}' >"$dir/over.json"
echo '{"name": ' >"$dir/cut.json"
echo 'nothing here' >"$dir/empty.log"
printf '[ 0.5] node 1 deferred pages initialised in 120ms\n[ 0.6] memmap_init: parallel: all: 4096 pages in 33 us, 4 CPUs\n' >"$dir/k.log"

bad "d.csv:2: 'one': column 'threads_per_node'" validate --data "$dir/d.csv"
# table NAME LINE...: timings of machines that nobody has seen.
table() {
	local name=$1

	shift
	printf '%s\n' 'machine,path,store,nodes,threads_per_node,pages_per_node,ms' \
		"$@" >"$dir/$name.csv"
}

printf '\357\273\277machine,cores_per_node,threads_per_core,channels_per_node,mts\r\n  \r\n m1 , 32 ,2,8,3200\r\n' >"$dir/sheet.csv"
printf 'machine,cores_per_node,channels_per_node,mts\nm1,32,8,3200\nm2,1,1,1\nm1,2,2,2\n' >"$dir/twice.csv"
table new 'm1,deferred,cached,1,16,50331648,90' 'm1,deferred,cached,1,1,50331648,1000' \
	'm1,memmap_init,cached,1,1,50331648,600' 'm1,deferred,cached,1,,50331648,7' \
	'm1,deferred,cached,1,4,50331648,' 'm1,zone_device,cached,1,4,50331648,7' \
	'm3,deferred,cached,1,1,50331648,7' 'm3,deferred,cached,1,4,50331648,7'
table half 'm1,deferred,cached,1,1.5,50331648,90'
table hex 'm1,deferred,cached,1,0x4,50331648,90'
table alone 'm1,zone_device,cached,1,8,50331648,150'
bad "half.csv:2: '1.5': column 'threads_per_node': want a whole number" validate --data "$dir/half.csv"
bad "'0x4': column 'threads_per_node'" validate --data "$dir/hex.csv"
bad "twice.csv:4: 'm1': this machine stands in line 2 already" validate --data "$dir/new.csv" --machines "$dir/twice.csv"
ok "tables with a mark, blanks and other line ends" sh -c "
	$memmap validate --data '$dir/new.csv' --machines '$dir/sheet.csv' --format json >'$dir/new.json'
	sed 's/,90$/,45/' '$dir/new.csv' >'$dir/other.csv'
	$memmap validate --data '$dir/other.csv' --machines '$dir/sheet.csv' --format json >'$dir/other.json'
	$memmap validate --data '$dir/alone.csv' --machines '$dir/sheet.csv' --format json >'$dir/alone.json'"
ok "predictions know one-thread rows and the data sheet alone" python3 -c '
import json, sys
new, other, alone = (json.load(open(f)) for f in sys.argv[1:])
assert [r["role"] for r in new["rows"]] == ["predicted", "calibration", "calibration",
	"not predicted", "not predicted", "not predicted", "calibration", "predicted"], new
assert abs(new["rows"][1]["predicted_ms"] - 1000) < 1, new
assert new["rows"][0]["label"] == "calibrated", new
assert all(r["why"] for r in new["rows"] if r["role"] == "not predicted")
same = lambda v: [r["predicted_ms"] for r in v["rows"]]
assert same(new) == same(other), "a measured row moved a prediction"
assert alone["mape_pct"] is None and alone["worst_pct"] is None, alone
' "$dir/new.json" "$dir/other.json" "$dir/alone.json"
bad "no column 'store'" validate --data "$dir/short.csv"
bad "no-such.csv" validate --data "$dir/no-such.csv"
bad "--format 'xml'" validate --format xml
bad "empty.log" validate "$dir/empty.log"
bad 'unknown key "sped"' predict --machine "$dir/key.json"
bad '"cpus"' predict --machine "$dir/neg.json"
bad "overlaps" predict --machine "$dir/over.json"
gib='"bytes": 1073741824'
printf '{"name": "x", "nodes": [{"cpus": 1, "ranges": [{"start_bytes": 4294967296, %s}]}, {"cpus": 1, "ranges": [{"start_bytes": 1048576, %s}]}]}' \
	"$gib" "$gib" >"$dir/order.json"
sed 's/4294967296/0/' "$dir/order.json" >"$dir/across.json"
echo '{"name": "x", "nodes": [{"cpus": 2.7, "mem_bytes": 4096}]}' >"$dir/part.json"
echo '{"schema_version": 9, "name": "x", "nodes": [{"cpus": 2, "mem_bytes": 4096}]}' >"$dir/later.json"
ok "nodes in any order" $memmap predict --machine "$dir/order.json"
bad "memory of nodes 0 and 1 overlaps" predict --machine "$dir/across.json"
bad '"cpus": 2.7: want a whole number' predict --machine "$dir/part.json"
bad '"schema_version": want 1' predict --machine "$dir/later.json"
bad "cut.json:" predict --machine "$dir/cut.json"
mkdir "$dir/folder.json"
bad "folder.json: Is a directory" predict --machine "$dir/folder.json"
ok "a machine file with a mark and other line ends" sh -c "
	printf '\357\273\277{\"name\": \"x\",\r\n\"nodes\": [{\"cpus\": 2, \"mem_bytes\": 1073741824}]}\r\n' >'$dir/mark.json' &&
	$memmap predict --machine '$dir/mark.json'"
bad "--nodes '0'" sweep --nodes 0
bad "--by 'boots': want load, boot, ready or memory; did you mean 'boot'?" advise --by boots
bad "want list, show" machine paint x
echo '{"name": "s", "nodes": [{"cpus": 1, "mem_bytes": 1073741824}], "costs": {"ipi_ns": {"value": 1, "source": 5}}}' >"$dir/src.json"
bad '"ipi_ns": "source": want a text' machine show "$dir/src.json"
bad "want qemu or hwloc" machine export microvm-1g vmware
bad "not a machine of the library" predict --machine sgi-uv-61t
bad "no-such-dir" predict --machine microvm-1g --chunks "$dir/no-such-dir/c"
bad "goes with a kernel log" validate --machine microvm-1g

# link_file NAME LINK: two nodes and one link.
link_file() {
	local node='{"cpus": 1, "mem_bytes": 1073741824}'

	echo "{\"name\": \"x\", \"nodes\": [$node, $node], \"links\": [{$2, \"latency_ns\": 9}]}" \
		>"$dir/$1.json"
}

link_file way '"from": 0, "to": "hub", "bytes_per_s": 1e9'
link_file self '"from": 1, "to": 1, "bytes_per_s": 1e9'
link_file far '"from": 0, "to": 2, "bytes_per_s": 1e9'
link_file none '"from": 0, "to": 1, "bytes_per_s": 0'
echo '{"name": "x", "nodes": [{"cpus": 1, "mem_bytes": 4096}], "early": "late"}' >"$dir/late.json"
echo '{"name": "x", "nodes": [{"cpus": 1, "mem_bytes": 4096, "costs": {"speed": 1}}]}' >"$dir/own.json"
bad "no way from node 0 to node 1" predict --machine "$dir/way.json"
bad "joins a point with itself" predict --machine "$dir/self.json"
bad '"to": 2: no node has this number' predict --machine "$dir/far.json"
bad '"bytes_per_s"' predict --machine "$dir/none.json"
bad '"early": want "linux"' predict --machine "$dir/late.json"
bad 'unknown key "speed"' predict --machine "$dir/own.json"

ok "a kernel log" $memmap validate "$dir/k.log"
printf 'Nov 25 10:00:00 k8s-node kernel: [ 0.5] node 0 initialised, 63953 pages in 5ms\n[ 1] node 1 deferred pages initialised in nanms\n' >"$dir/old.log"
ok "an older kernel's, from a host named like one" sh -c "$memmap validate --format json '$dir/old.log' | grep -q 63953"
ok "a kernel log against a machine" $memmap validate --format json \
	--machine skylake-8167m --output "$dir/k.json" "$dir/k.log"
ok "predicted where machine and strategy have such a drain" python3 -c '
import json, sys
k = json.load(open(sys.argv[1]))
assert k["prediction_label"] == "calibrated"
assert [r["node"] for r in k["rows"]] == [1, "all"], k
assert all(r["predicted_ms"] > 0 and r["label"] == "measured" for r in k["rows"])
assert all(r["low_ms"] < r["predicted_ms"] < r["high_ms"] for r in k["rows"]), k
' "$dir/k.json"
for machine in sim/machine/library/*.json; do
	ok "predict $machine" $memmap predict --machine "$machine"
done
ok "a written machine file reads back" sh -c "$memmap machine import sim/machine/library/cxl-2s-4m-6t.json >'$dir/i.json' && $memmap machine show '$dir/i.json'"
ok "predict --machine list" $memmap predict --machine list

ok "bands" $memmap predict --machine skylake-8167m --format json --output "$dir/bands.json"
ok "hold what is predicted, and say what it rests on" python3 -c '
import json, sys
for r in json.load(open(sys.argv[1]))["results"]:
    for key in "boot_wait", "complete":
        low, ns, high = (r[key + k + "_ns"] for k in ("_low", "", "_high"))
        assert ns is None and low is None or low <= ns <= high, r
        assert not ns or .09 < high / low - 1 < 9, r
    assert r["binds"] and r["label"] in ("calibrated", "extrapolated")
    assert "unstable" in r
' "$dir/bands.json"

same_twice() {
	local run

	for run in 1 2; do
		$memmap predict --machine cxl-2s-4m-6t --format json \
			--chunks "$dir/c$run" --output "$dir/p$run" || return
		grep -v rss "$dir/p$run" >"$dir/q$run"
	done
	cmp "$dir/q1" "$dir/q2" && cmp "$dir/c1" "$dir/c2"
}
ok "the same twice" same_twice
ok "nodes without CPUs are as slow as what they cost" python3 -c '
import json, sys
result, machine = (json.load(open(p)) for p in sys.argv[1:])
rate = machine["nodes"][1]["costs"]["node_cached_bytes_per_s"]["value"] * 2
least = (1 << 28) * 64 / rate
for r in result["results"]:
    if r["strategy"] in ("parallel", "async"):
        late = (r["complete_ns"] - r["early_ns"]) / 1e9
        assert .98 * least < late < 2 * least, (least, r)
' "$dir/p1" sim/machine/library/cxl-2s-4m-6t.json

there_and_back() {
	$memmap machine export cxl-2s-4m-6t hwloc >"$dir/x.xml" &&
		$memmap machine import cxl-2s-4m-6t >"$dir/x.json" &&
		$memmap machine import "$dir/x.xml" >"$dir/y.json"
}
ok "hwloc XML there and back" there_and_back
ok "keeps nodes and rates" python3 -c '
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
rate = "node_nt_bytes_per_s"
assert len(a["nodes"]) == len(b["nodes"])
for x, y in zip(a["nodes"], b["nodes"]):
    assert x["cpus"] == y["cpus"]
    assert sum(r["bytes"] for r in x["ranges"]) == sum(r["bytes"] for r in y["ranges"])
    want = x["costs"].get(rate, a["costs"][rate])["value"]
    assert abs(y["costs"][rate]["value"] / want - 1) < 1e-4
    assert y["costs"][rate]["label"] == "datasheet"
' "$dir/x.json" "$dir/y.json"

# hwloc puts node 2 before node 1: it lies beside the CPUs of node 0.
hbm_node() {
	local mask

	mask=$(printf '0x%08x' $((1 << $1)))
	echo "<object type='NUMANode' os_index='$1' cpuset='$2' complete_cpuset='$2' nodeset='$mask' complete_nodeset='$mask' gp_index='1$1' local_memory='$3'/>"
}
hbm_package() {
	local at="cpuset='0x0000000$2' complete_cpuset='0x0000000$2' nodeset='0x0000000$3' complete_nodeset='0x0000000$3'"

	echo "<object type='Package' os_index='$1' $at gp_index='2$1'>"
	hbm_node "$1" "0x0000000$2" 4294967296
	hbm_node "$(($1 + 2))" "0x0000000$2" 1073741824
	echo "<object type='PU' os_index='$1' $at gp_index='3$1'/></object>"
}
{
	echo "<topology version='2.0'><object type='Machine' os_index='0' cpuset='0x3' complete_cpuset='0x3' allowed_cpuset='0x3' nodeset='0xf' complete_nodeset='0xf' allowed_nodeset='0xf' gp_index='1'>"
	hbm_package 0 1 5
	hbm_package 1 2 a
	echo "</object></topology>"
} | tr "'" '"' >"$dir/hbm.xml"
ok "nodes have the kernel's numbers" sh -c "$memmap machine import '$dir/hbm.xml' | tr -dc '0-9\n' | grep -xE '4294967296|1073741824' | tr '\n' ' ' | grep -qx '4294967296 4294967296 1073741824 1073741824 '"

qemu_arguments() {
	echo '{"name": "odd", "nodes": [{"count": 4, "cpus": 1, "mem_bytes": 1074266112}]}' >"$dir/odd.json"
	$memmap machine export cxl-2s-4m-6t | grep -qF 'node,nodeid=5,memdev=m5' &&
		$memmap machine export "$dir/odd.json" | grep -qF -- '-m 4096M' &&
		$memmap machine export microvm-1g qemu | grep -qF -- '-smp 2 -m 1024M'
}
ok "QEMU arguments" qemu_arguments

# A guest of two nodes with the hole below 4 GiB: chunks as Linux would claim.
cat >"$dir/guest.json" <<'EOF'
{"name": "guest", "early": "linux",
 "nodes": [
  {"cpus": 2, "ranges": [{"start_bytes": 4096, "bytes": 651264},
			 {"start_bytes": 1048576, "bytes": 2146369536},
			 {"start_bytes": 4294967296, "bytes": 1073741824}]},
  {"cpus": 2, "ranges": [{"start_bytes": 5368709120, "bytes": 3221225472}]}],
 "reserved": [{"start_bytes": 5536481280, "bytes": 12345}]}
EOF
ok "a guest's chunks" $memmap predict --machine "$dir/guest.json" \
	--cmdline memmap_init=async --cmdline memmap_init=parallel,chunk=64M \
	--chunks "$dir/guest.csv"
ok "begin behind low zones and a section, keep out of what is reserved" python3 -c '
import csv, sys
section, seen = 32768, {}
for r in csv.DictReader(open(sys.argv[1])):
    start, end = int(r["start_pfn"]), int(r["end_pfn"])
    chunk = 32768 if r["strategy"] == "async" else 16384
    assert start % 1024 == 0 and end % 1024 == 0, r
    assert end <= start // chunk * chunk + chunk, r
    seen.setdefault((r["strategy"], int(r["node"])), []).append((start, end))
for strategy in ("async", "parallel"):
    low, high = seen[strategy, 0], seen[strategy, 1]
    assert low == sorted(low) and high == sorted(high)
    # Node 0: only memory above 4 GiB is in its last zone, and a section stays.
    assert low[0][0] == (4 << 18) + section and low[-1][1] == 5 << 18
    assert sum(e - s for s, e in low) == (1 << 18) - section
    # Node 1: the same, less the block that is reserved in part.
    hole = 5536481280 // 4096 // 1024 * 1024
    assert high[0][0] == (5 << 18) + section and high[-1][1] == 8 << 18
    assert sum(e - s for s, e in high) == (3 << 18) - section - 1024
    assert not any(s < hole + 1024 and e > hole for s, e in high)
' "$dir/guest.csv"
early_memory() {
	sed 's/"early": "linux",//' "$dir/guest.json" >"$dir/lazy.json"
	for early in guest lazy; do
		$memmap machine import "$dir/$early.json" --output "$dir/$early-2.json"
		for file in $early $early-2; do
			$memmap predict --machine "$dir/$file.json" --format json --cmdline memmap_init=ondemand --cmdline memmap_init=deferred
		done
	done | grep -o '"early_ns": [0-9.]*' | sed 's/.* //' | xargs |
		awk '{ exit !($1 < $2 && $3 == $1 && $4 == $2 && $5 < $1 / 5 && $6 == $2 && $7 == $5 && $8 == $2) }'
}
ok "early memory is mainline's, unless the file says more" early_memory
ok "a written guest reads back" sh -c "
	$memmap machine import '$dir/guest.json' >'$dir/guest2.json' &&
	$memmap predict --machine '$dir/guest2.json' --cmdline memmap_init=async \
		--cmdline memmap_init=parallel,chunk=64M --chunks '$dir/guest2.csv' &&
	cmp '$dir/guest.csv' '$dir/guest2.csv'"
# The same guest from its kernel's log; then with what was pristine in it.
cat >"$dir/boot.log" <<'EOF'
[    0.054921] Early memory node ranges
[    0.054942]   node   0: [mem 0x0000000000001000-0x000000000009efff]
[    0.055086]   node   0: [mem 0x0000000000100000-0x000000007ffdffff]
[    0.055115]   node   0: [mem 0x0000000100000000-0x000000017fffffff]
[    0.055119]   node   1: [mem 0x0000000180000000-0x000000027fffffff]
[    0.565999] .... node  #1, CPUs:      #1 #2
[    0.577091] smp: Brought up 2 nodes, 3 CPUs
EOF
log_chunks() {
	$memmap predict --machine "$dir/boot.log" --cmdline memmap_init=async \
		--chunks "$dir/log.csv" &&
		tail -n 1 "$dir/log.csv" | grep -qx 'async,1,2588672,2621440' &&
		grep -qx 'async,0,1081344,1114112' "$dir/log.csv" &&
		$memmap machine export "$dir/boot.log" | grep -q 'cpus=1-2'
}
ok "a machine from a kernel's log" log_chunks
# Numbers of nodes may have gaps.
old_log() {
	{
		grep -v 'Brought up' "$dir/boot.log"
		echo '.... node  #3, CPUs:  #3 #4'
	} >"$dir/cut.log"
	{ cat "$dir/cut.log"; echo 'x86: Booted up 4 nodes, 5 CPUs'; } >"$dir/old.log"
	for log in cut old; do
		$memmap machine show "$dir/$log.log" |
			grep -qF '3 nodes (0 without CPUs), 5 CPUs' || return 1
	done
}
ok "CPUs of an old log, and of one cut short" old_log
cat >>"$dir/boot.log" <<'EOF'
[    1.173609] memmap_init_extent: nid=0 range=(0x108000 ~ 0x10cc00)
[    1.173709] memmap_init_extent: nid=0 range=(0x10d000 ~ 0x17bc00)
[    1.173809] memmap_init_extent: nid=1 range=(0x188000 ~ 0x27bc00)
EOF
log_extents() {
	$memmap predict --machine "$dir/boot.log" --chunks "$dir/log.csv" \
		--cmdline memmap_init=local,chunk=1G &&
		diff "$dir/log.csv" - <<-'EOF'
		strategy,node,start_pfn,end_pfn
		local,0,1081344,1100800
		local,0,1101824,1310720
		local,0,1310720,1555456
		local,1,1605632,1835008
		local,1,1835008,2097152
		local,1,2097152,2359296
		local,1,2359296,2604032
		EOF
}
ok "chunks of the extents that it shows" log_extents
ok "sweep and merge" sh -c "$memmap sweep --nodes 1,4 --mem 64G,1T --format json --output '$dir/s.json' && $memmap sweep --merge '$dir/s.json' '$dir/s.json'"
sed '/"boot_wait_ns"/,/}/s/[0-9][0-9.]*/7/' "$dir/s.json" >"$dir/t.json"
bad "another file has other times" sweep --merge "$dir/s.json" "$dir/t.json"
sed 's/"name": "/&not /' "$dir/t.json" >"$dir/u.json"
sed 's/"load": "/&not /' "$dir/t.json" >"$dir/v.json"
bad "of another machine than" sweep --merge "$dir/s.json" "$dir/u.json"
sed 's/"name": "[^"]*"/"name": null/' "$dir/s.json" >"$dir/u.json"
bad "an object with a \"name\"" sweep --merge "$dir/u.json"
ok "sweep finds a crossover" sh -c "$memmap sweep --nodes 64 --mem 4G,64G --load touch=1G | grep -qE '^ *64 parallel +5.0 GiB ondemand +5.0 GiB$'"
bad "$dir: Is a directory" sweep --merge "$dir"
bad "no-such.json: No such file" sweep --merge "$dir/no-such.json"
bad "/dev/null: empty; want JSON" sweep --merge /dev/null
bad "/dev/zero: is longer than" sweep --merge /dev/zero
bad "with another load than" sweep --merge "$dir/s.json" "$dir/v.json"
bad "the smallest of them has 4 GiB; want no more" sweep --nodes 1 --mem 64G,4G --load touch=8G
# No strategy is 0 any more, and all of memory is not won by one that waits for its use.
sweep_load() {
	$memmap sweep --machine cxl-2s-4m-6t --mem 1T --load all --format csv |
		python3 -c 'import csv, sys
for row in csv.DictReader(sys.stdin):
	done = {k: float(v) for k, v in row.items() if k.startswith("load_done_ns.")}
	assert min(done.values()) > 1e9 and row["winner"] == "parallel", row'
}
ok "sweep compares what a load takes" sweep_load
ok "sweep keeps a machine's links" sh -c "$memmap sweep --machine cxl-2s-4m-6t --mem 1T,6T | grep -q '^ *6 *6 TiB '"
python3 -c '
import json
print(json.dumps({"name": "star", "nodes": [
	{"cpus": 32, "mem_bytes": (128, 192, 256, 320, 384)[i % 5] << 30} for i in range(256)],
	"links": [{"from": "each", "to": "hub", "bytes_per_s": 30e9, "latency_ns": 100}]}))' >"$dir/star.json"
# CPU time, of all threads together: others may be at work on this host.
ok "64 TiB of unlike nodes behind one switch in 5 s of CPU time" sh -c "
	ulimit -t 5; $memmap predict --machine '$dir/star.json'"
# doc/model.md has a line for each cost, with its default.
costs_told() {
	local cost value rest

	$memmap machine show 'numa:1 pu:1' --format csv >"$dir/costs.csv" || return
	while IFS=, read -r _ cost value rest; do
		[[ $rest != default* ]] && value=
		grep -F "\`$cost\`" doc/model.md | grep -q "^|.*|[^|]*${value/./\\.}[^|]* |\$" || {
			echo "$cost $value"
			return 1
		}
	done < <(tail -n +2 "$dir/costs.csv")
}
ok "each cost is explained" costs_told
ok "what bounds a strategy is all of the time, in the machine's words" sh -c "
	$memmap predict --machine sgi-uv-16t --format json --output '$dir/why.json'
	python3 - '$dir/why.json'" <<-'EOF'
	import json, sys
	p = json.load(open(sys.argv[1]))
	for r in p["results"]:
	    rows = [w for w in p["why"] if w["strategy"] == r["strategy"]]
	    assert abs(sum(w["share_pct"] for w in rows) - 100) < 0.1, rows
	    assert rows[0]["share_pct"] == max(w["share_pct"] for w in rows[:-1] or rows)
	EOF
ok "4096 nodes, not one more" sh -c "
	$memmap predict --machine 'numa:4096(memory=1GiB) pu:1' --cmdline memmap_init=async &&
	! $memmap predict --machine 'numa:4097(memory=1GiB) pu:1' 2>/dev/null"
ok "16 TiB, 1024 CPUs in 1 s; 64 TiB, 8192 CPUs in 5 s" sh -c "
	(ulimit -t 1; $memmap predict --machine sim/machine/library/fabric-32n-16t.json) &&
	(ulimit -t 5; $memmap predict --machine sim/machine/library/fabric-256n-64t.json)"
