#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a verb prints is written whole or its status is not 0: every verb, every
# format, on a full disk, into a pipe that nobody reads, interrupted. Files are
# replaced when the result is there, and never before.
set -u
cd "$(dirname "$0")/../.." || exit 1
memmap=${MEMMAP:-$PWD/build/memmap}
. scripts/ok.sh output

node='{"cpus": 1, "mem_bytes": 1073741824}'
echo "{\"name\": \"s\", \"nodes\": [$node]}" >"$dir/m.json"
echo "{\"name\": \"two\", \"nodes\": [$node, $node]}" >"$dir/two.json"
echo '0-1G 1' >"$dir/l.layout"
printf '[ 0.5] node 0 deferred pages initialised in 120ms\n' >"$dir/k.log"
$memmap sweep --nodes 1 --mem 4G,8G --format json --output "$dir/s.json" || exit 1

# Each verb that prints a table, with what makes it quick.
tables=(
	"time --mem 64M --runs 1"
	"alloc --mem 64M --runs 1 --count 10"
	"predict --machine $dir/m.json"
	"advise --machine $dir/m.json"
	"validate"
	"validate $dir/k.log"
	"sweep --nodes 1 --mem 4G"
	"sweep --merge $dir/s.json"
	"machine list"
	"machine show $dir/m.json"
	"predict --machine list"
	"layout --machine $dir/m.json --push 0"
	"numa --machine $dir/two.json --touched 1M"
	"layout --machine $dir/two.json $dir/l.layout"
	"calibrate --check --runs 1 --mem 64M"
)
# And those that print something else.
others=(
	"--help" "-h" "--version" "help" "layout --machine $dir/m.json"
	"machine import $dir/m.json" "machine export $dir/m.json"
	"machine export $dir/m.json hwloc" "sweep --jobs --mem 4G"
	"calibrate --runs 1" "predict --machine $dir/m.json --chunks - --output $dir/o"
)
for verb in $($memmap --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	others+=("$verb --help" "$verb -h" "help $verb" "$verb --usage" "$verb --version")
done
commands=("${others[@]}")
for table in "${tables[@]}"; do
	for format in text json csv; do
		commands+=("$table --format $format")
	done
done

# The lists above must hold every verb there is.
every_verb() {
	local verb

	for verb in $($memmap --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		[[ " ${commands[*]} " == *" $verb "* ]] || { echo "$verb"; return 1; }
	done
}

# shellcheck disable=SC2086 # a command is several words
full_disk() {
	local status

	timeout 60 $memmap $1 >/dev/full 2>"$dir/err"
	status=$?
	cat "$dir/err"
	[ $status -eq 1 ] && grep -q 'No space left' "$dir/err" &&
		[ "$(wc -l <"$dir/err")" -eq 1 ]
}

# shellcheck disable=SC2086
full_disk_by_name() {
	local status

	timeout 60 $memmap $1 --output /dev/full 2>"$dir/err"
	status=$?
	cat "$dir/err"
	[ $status -eq 1 ] && grep -q -- '--output.*No space left' "$dir/err"
}

# Quiet, for the one who left knows it; but not a success.
# shellcheck disable=SC2086
closed_pipe() {
	python3 -c '
import os, subprocess, sys
read, write = os.pipe()
os.close(read)
p = subprocess.run(sys.argv[1:], stdout=write, stderr=subprocess.PIPE, timeout=60)
sys.exit("status %d: %s" % (p.returncode, p.stderr) if p.returncode != 1 or p.stderr else 0)
' $memmap $1
}

# shellcheck disable=SC2086
no_stdout() {
	timeout 60 $memmap $1 >&- 2>"$dir/err"
	[ $? -eq 1 ]
}

ok "the list holds every verb" every_verb
for command in "${commands[@]}"; do
	ok "full disk: ${command//$dir\//}" full_disk "$command"
	ok "closed pipe: ${command//$dir\//}" closed_pipe "$command"
done
for command in "${tables[@]}" "machine import $dir/m.json" "calibrate --runs 1" \
		"sweep --jobs --mem 4G" "layout --machine $dir/m.json" \
		"machine export $dir/m.json"; do
	ok "full disk by name: ${command//$dir\//}" full_disk_by_name "$command"
	ok "no standard output: ${command//$dir\//}" no_stdout "$command"
done

# The other file that a verb writes.
second_file() {
	! timeout 60 "$memmap" "$@" 2>"$dir/err" && grep -q -- "${*: -2:1}.*No space left" "$dir/err"
}
ok "full disk: --chunks" second_file predict --machine "$dir/m.json" --chunks /dev/full
ok "full disk: --plan" second_file layout "$dir/l.layout" --machine "$dir/two.json" --plan /dev/full

# interrupted SIGNAL STATUS COMMAND...: ends soon, with that status, and says so;
# sent after $after seconds.
after=1.5
interrupted() {
	after=$after python3 -c '
import os, signal, subprocess, sys, time
number = getattr(signal, sys.argv[1])
# A shell that runs this in the background has SIGINT ignored.
p = subprocess.Popen(sys.argv[3:], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                     preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
time.sleep(float(os.environ.get("after") or 1.5))
if p.poll() is not None:
    sys.exit("it had ended already: %s" % p.communicate()[1])
p.send_signal(number)
try:
    out, err = p.communicate(timeout=20)
except subprocess.TimeoutExpired:
    p.kill()
    sys.exit("it went on")
if p.returncode != int(sys.argv[2]):
    sys.exit("status %d, not %s: %s" % (p.returncode, sys.argv[2], err))
if b"interrupted" not in err:
    sys.exit("not said: %s" % err)
sys.stdout.buffer.write(out)
' "$@"
}

# ring NODES: a machine whose simulation takes minutes.
ring() {
	python3 -c '
import json, sys
n = int(sys.argv[1])
print(json.dumps({"name": "ring", "nodes": [
	{"cpus": 32, "mem_bytes": (128, 192, 256, 320)[i % 4] << 30} for i in range(n)],
	"links": [{"from": i, "to": (i + 1) % n, "bytes_per_s": 30e9, "latency_ns": 100}
		for i in range(n)]}))' "$1"
}
ring 512 >"$dir/ring.json"
# For one strategy alone it takes more nodes.
ring 2048 >"$dir/large.json"
cat >"$dir/async.log" <<'END'
[    0.000000] Linux version 6.12.0
[    0.000000] Command line: memmap_init=async
[    0.330000] memmap_init: async: all: 33521664 pages in 26000 us, 8 CPUs
END
mkfifo "$dir/never"

# nothing SIGNAL STATUS ARGS...: half a result is none, and that is said.
nothing() {
	local signal=$1 status=$2

	shift 2
	interrupted "$signal" "$status" "$memmap" "$@" >"$dir/part" && [ ! -s "$dir/part" ]
}

# On a busy host there may be nothing to print yet: then later.
partial() {
	local after

	for after in 1.5 5 15; do
		partial_once "$@" && return
	done
	return 1
}

partial_once() {
	local signal=$1 status=$2 format=$3

	shift 3
	interrupted "$signal" "$status" "$memmap" "$@" --format "$format" >"$dir/part" || return
	case $format in
	text) grep -q '^strategy\|^memory\|^machine\|^ *nodes' "$dir/part" &&
		grep -q '^Interrupted: ' "$dir/part" ;;
	json) python3 -c '
import json, jsonschema, sys
r = json.load(sys.stdin)
jsonschema.validate(r, json.load(open("doc/schema.json")))
assert r["interrupted"] is True, r
assert next(r[k] for k in ("results", "rows", "points") if k in r), r' <"$dir/part" ;;
	csv) [ "$(wc -l <"$dir/part")" -ge 2 ] ;;
	esac
}

# Timings of a machine that take minutes to predict, the first of them none.
{
	echo machine,kernel,path,store,nodes,threads_per_node,pages_per_node,ms
	echo m,6.12,deferred,cached,1,2,1048576,20
	for threads in {1..300}; do
		echo "n,6.12,deferred,cached,64,$threads,268435456,900"
	done
} >"$dir/many.csv"
echo machine,cores_per_node,channels_per_node,mts >"$dir/sheets.csv"

for format in text json csv; do
	ok "SIGHUP, $format: validate prints what it has" \
		partial SIGHUP 129 $format validate --data "$dir/many.csv" \
		--machines "$dir/sheets.csv"
	ok "SIGTERM, $format: validate prints what the log says" \
		partial SIGTERM 143 $format validate "$dir/async.log" --machine "$dir/large.json"
	ok "SIGINT, $format: sweep prints what it has" \
		partial SIGINT 130 $format sweep --machine "$dir/ring.json" --mem 4G,64T
	ok "SIGXCPU, $format: machine show, waiting for a file" \
		interrupted SIGXCPU 152 "$memmap" machine show "$dir/never" --format $format
	ok "SIGINT, $format: time prints what it has" \
		partial SIGINT 130 $format time --mem 2G --runs 1000
	ok "SIGINT, $format: advise prints what it has" \
		partial SIGINT 130 $format advise --machine "$dir/ring.json"
	ok "SIGTERM, $format: layout, before it has anything" \
		nothing SIGTERM 143 layout --stripe 4M --machine "$dir/ring.json" --format $format
	ok "SIGHUP, $format: calibrate --check, before it has anything" \
		nothing SIGHUP 129 calibrate --check --runs 1000 --mem 512M --format $format
	ok "SIGTERM, $format: alloc prints what it has" \
		partial SIGTERM 143 $format alloc --mem 64M --runs 1000 --count 1000
	ok "SIGINT, $format: predict prints what it has" \
		partial SIGINT 130 $format predict --machine "$dir/ring.json"
done
# timeout(1) sends to its child, then to the group: the child gets two.
by_timeout() {
	local after

	for after in 1.5 5 15; do
		timeout $after "$memmap" time --mem 2G --runs 1000 --format csv \
			>"$dir/part" 2>"$dir/err"
		[ $? -eq 124 ] && [ "$(wc -l <"$dir/part")" -ge 2 ] && return
	done
	return 1
}
ok "timeout(1) is one signal" by_timeout
ok "SIGTERM: sweep" interrupted SIGTERM 143 "$memmap" sweep \
	--machine "$dir/ring.json" --mem 64T
# part_of_costs FILE: a machine file that says that it is a part.
part_of_costs() {
	python3 -c '
import json, sys
m = json.load(open(sys.argv[1]))
assert "interrupted" in m["notes"], m
assert any(c["label"] == "measured" for c in m["costs"].values()), m' "$1" &&
		$memmap predict --machine "$1" | grep -q '^Note: .*interrupted'
}
calibrate_part_once() {
	rm -f "$dir/new.json"
	echo old >"$dir/old.json"
	interrupted SIGINT 130 "$memmap" calibrate --runs 1000 >"$dir/part.json" &&
		part_of_costs "$dir/part.json" || return
	interrupted SIGTERM 143 "$memmap" calibrate --runs 1000 --output "$dir/new.json" &&
		part_of_costs "$dir/new.json" || return
	interrupted SIGINT 130 "$memmap" calibrate --runs 1000 --output "$dir/old.json" \
		>"$dir/part.json" && part_of_costs "$dir/part.json" &&
		[ "$(cat "$dir/old.json")" = old ]
}
calibrate_part() {
	local after

	for after in 2 6 20; do
		calibrate_part_once && return
	done
	return 1
}
ok "calibrate writes what it has, not over a whole file" calibrate_part
ok "SIGINT: validate, waiting for a log" interrupted SIGINT 130 \
	"$memmap" validate "$dir/never"
ok "SIGTERM: machine, waiting for a file" interrupted SIGTERM 143 \
	"$memmap" machine show "$dir/never"

# Files
quick=(predict --machine "$dir/m.json" --quiet)
links() {
	mkdir -p "$dir/a/b" && echo old >"$dir/a/target" && chmod 640 "$dir/a/target" &&
		ln -s ../target "$dir/a/b/one" && ln -s a/b/one "$dir/two" &&
		$memmap "${quick[@]}" --output "$dir/two" &&
		[ -L "$dir/two" ] && [ -L "$dir/a/b/one" ] &&
		grep -q '^strategy' "$dir/a/target" &&
		[ "$(stat -c %a "$dir/a/target")" = 640 ]
}
ok "links stay, what is behind them is replaced, its mode is kept" links
dangling() {
	ln -s a/none-yet "$dir/three" && (umask 027 && $memmap "${quick[@]}" --output "$dir/three") &&
		[ -L "$dir/three" ] && [ "$(stat -c %a "$dir/a/none-yet")" = 640 ]
}
ok "a link that leads nowhere yet" dangling
# Both names have the result, and an older and longer one leaves nothing.
hard_links() {
	seq 10000 >"$dir/a/first" && ln "$dir/a/first" "$dir/a/second" &&
		$memmap "${quick[@]}" --output "$dir/a/first" &&
		[ "$dir/a/first" -ef "$dir/a/second" ] && grep -q '^strategy' "$dir/a/second" &&
		! grep -q '^10000$' "$dir/a/second"
}
ok "hard links stay, every name has the result" hard_links
# A limit of the size of files is as good as a full disk; here of 1 KiB.
limited() {
	local name=$1

	seq 3000 >"$dir/$name" && cp "$dir/$name" "$dir/was" || return
	[ -z "${2:-}" ] || ln "$dir/$name" "$dir/$2"
	(ulimit -f 1; exec $memmap predict --machine "$dir/m.json" --format json \
		--output "$dir/$name") 2>"$dir/err"
	[ $? -eq 1 ] && grep -q 'File too large; it is not complete' "$dir/err" || return
	[ -n "${2:-}" ] || cmp "$dir/$name" "$dir/was"
}
ok "a file that may not grow: what was there stays" limited grow
ok "one with two names: it is said" limited grow2 grow3
limited_stdout() {
	(ulimit -f 1; exec $memmap predict --machine "$dir/m.json" --format json) \
		>"$dir/grow4" 2>"$dir/err"
	[ $? -eq 1 ] && grep -q 'File too large; it is not complete' "$dir/err"
}
ok "standard output that may not grow" limited_stdout
# Not touched before the result is there, and not if it never comes.
untouched() {
	local name=$1 pid

	echo old >"$dir/$name"
	[ -z "${2:-}" ] || ln "$dir/$name" "$dir/$2"
	"$memmap" predict --machine "$dir/ring.json" --output "$dir/$name" 2>/dev/null &
	pid=$!
	sleep 1
	kill -0 $pid && [ "$(cat "$dir/$name")" = old ] || return
	kill -9 $pid
	wait $pid
	[ "$(cat "$dir/$name")" = old ]
}
ok "a file is not truncated first" untouched early
ok "nor one with two names" untouched early2 early3
nothing_left() {
	[ -z "$(find "$dir" -name '.memmap-*')" ]
}
ok "nothing is left beside" nothing_left
ln -s loop "$dir/loop"
loop() {
	! $memmap "${quick[@]}" --output "$dir/loop" && ! $memmap "${quick[@]}" --output "$dir" &&
		! $memmap "${quick[@]}" --output "" && ! $memmap "${quick[@]}" --output "$dir/no/x"
}
ok "a circle of links, a folder, no name, no folder" loop
kept() {
	echo old >"$dir/kept"
	! $memmap predict --machine "$dir/none.json" --output "$dir/kept" &&
		[ "$(cat "$dir/kept")" = old ]
}
ok "what is there stays if there is no result" kept
small_disk() {
	unshare -rm sh -c "
		mkdir -p '$dir/disk' && mount -t tmpfs -o size=8k,mode=777 none '$dir/disk' &&
		echo old >'$dir/disk/x' && ! $memmap validate --format json --output '$dir/disk/x' 2>'$dir/err' &&
		[ \"\$(cat '$dir/disk/x')\" = old ] &&
		[ -z \"\$(find '$dir/disk' -name '.memmap-*')\" ] &&
		grep -q 'No space left' '$dir/err'"
}
if unshare -rm true 2>/dev/null; then
	ok "a disk that is full: what was there stays" small_disk
else
	echo "skipped: a disk that is full (no name spaces here)"
fi
own_name() {
	(cd "$dir" && $memmap "${quick[@]}" --output - >o2 && [ ! -e ./- ] && grep -q '^strategy' o2)
}
ok "- is standard output" own_name
stdout_by_name() {
	$memmap "${quick[@]}" --output /dev/stdout | grep -q '^strategy' &&
		$memmap "${quick[@]}" --output /dev/stdout >"$dir/o3" && grep -q '^strategy' "$dir/o3"
}
ok "/dev/stdout too" stdout_by_name
fifo() {
	mkfifo "$dir/fifo"
	timeout 20 "$memmap" "${quick[@]}" --output "$dir/fifo" 2>"$dir/err"
	[ $? -eq 2 ] && grep -q 'nobody reads' "$dir/err" || return
	timeout 20 cat "$dir/fifo" >"$dir/read" &
	timeout 20 "$memmap" "${quick[@]}" --output "$dir/fifo" && wait $! &&
		grep -q '^strategy' "$dir/read" && [ -p "$dir/fifo" ]
}
ok "a FIFO is not waited for without end, and written if it is read" fifo
ok "a device" "$memmap" "${quick[@]}" --output /dev/null
device_stays() { [ -c /dev/null ]; }
ok "a device stays one" device_stays
twice() {
	! $memmap "${quick[@]}" --chunks "$dir/c" --output "$dir/a/../c" 2>"$dir/err" &&
		grep -q -- '--chunks' "$dir/err"
}
ok "two results into one file" twice
