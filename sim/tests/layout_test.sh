#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# memmap layout: what it refuses, what it moves and what it says of the rest.
# shellcheck disable=SC2086 # $memmap may come with options of its own
set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/ok.sh layout
. scripts/bad.sh

# What is wrong is told with file, line, word and remedy.
bad_layout() {
	printf '%s' "$3" >"$dir/bad.layout"
	$memmap layout "$dir/bad.layout" --machine microvm-1g >"$dir/out" 2>"$dir/err"
	if [ $? -ne 2 ] || [ -s "$dir/out" ] || ! grep -qF -- "bad.layout:$1: $2" "$dir/err"; then
		cat "$dir/err"
		return 1
	fi
}
ok "line without a node" bad_layout 1 "'4M-8M': want START-END NODE" '4M-8M'
ok "not aligned" bad_layout 2 "'6M': neither a multiple of a block of 4M nor an end of memory; want 4M or 8M" $'# x\n6M-8M 0\n'
ok "overlap" bad_layout 3 "'8M-16M': overlaps line 1, which ends at 12M" $'4M-12M 0\n\n8M-16M 0\n'
ok "not sorted" bad_layout 2 "'4M-8M': begins below line 1" $'8M-12M 0\n4M-8M 0\n'
ok "no such node" bad_layout 1 "'1': no node of this machine; want one of 0" '4M-8M 1'
ok "outside memory" bad_layout 1 "'4M-2G': no memory at 2044M; the memory next to it is 1M-1025M" '4M-2G 0'
ok "a binary" bad_layout 1 "'?ELF" $'\x7fELF\x02\x01'
bad "names no memory" layout /dev/null --machine microvm-1g
bad "no-such-file: No such file" layout no-such-file --machine microvm-1g
bad "$dir: Is a directory" layout "$dir" --machine microvm-1g
bad "is the second" layout a b
bad "want one of LAYOUT, --stripe and --push" layout a --push 0
bad "--push '9'" layout --push 9 --machine microvm-1g
bad "--stripe '3M'" layout --stripe 3M --machine microvm-1g
bad "--window '0'" layout --push 0 --window 0 --machine microvm-1g
bad "--hold '5'" layout --push 0 --hold 5 --machine microvm-1g
bad "--used '101'" layout --push 0 --used 101
bad "--pinned 'x'" layout --push 0 --pinned x
bad "--seed '-1'" layout --push 0 --seed -1
bad "want one --cmdline" layout --push 0 --cmdline memmap_init=serial --cmdline memmap_init=local
bad "--plan -: the table goes there" layout --push 0 --machine microvm-1g --plan -

# The machine's own layout, as printed, moves nothing, on any machine.
own_layout() {
	$memmap layout --machine "$1" --output "$dir/own.layout" &&
		$memmap layout "$dir/own.layout" --machine "$1" --format json --output "$dir/own.json" &&
		python3 -c "
import json
d = json.load(open('$dir/own.json'))
assert d['commit_ns'] == 0 and not d['left'], d
assert all(n['before'] == n['after'] for n in d['nodes']), d"
}
for machine in sim/machine/library/*.json "pack:3 [numa(memory=1000MB)] core:2 pu:1"; do
	ok "${machine##*/} as it is" own_layout "$machine"
done

# The author's example of 2013, "s 0 2 128": 128 MiB stripes over two nodes.
striped() {
	$memmap layout --stripe 128M --machine "pack:2 [numa(memory=8GiB)] core:2 pu:1" \
		--used 50 --cmdline memmap_init=local --format json --output "$dir/stripe.json" &&
		python3 -c "
import json
d = json.load(open('$dir/stripe.json'))
nodes = d['nodes']
for when in ('before', 'after'):
    assert all(n[when]['size_bytes'] >= n[when]['free_bytes'] for n in nodes), nodes
    assert sum(n[when]['size_bytes'] for n in nodes) == 16 << 30, nodes
assert sum(n['after']['stragglers_bytes'] for n in nodes) == sum(l['bytes'] for l in d['left']) > 0
moved = sum(w['moved_bytes'] for w in d['ways'])
assert moved + sum(l['bytes'] for l in d['left']) == sum(n['before']['stragglers_bytes'] for n in nodes)"
}
ok "stripes end with size >= free, and all is told" striped
plans() {
	printf '6G-7G 1\n' | $memmap layout - --machine "pack:2 [numa(memory=8GiB)] core:2 pu:1" \
		--plan "$dir/plan" --used 10 &&
		grep -q '^6G-7G 0->1 Normal rehome$' "$dir/plan" && [ "$(wc -l <"$dir/plan")" -eq 1 ]
}
ok "a plan, and a layout from standard input" plans

# A kernel has said what is in each block, and that it is not where it was at boot.
blocks() {
	printf '%s\n' '# of a kernel' '1M-4M 0 # DMA offline' '4M-16M 0 # DMA unmovable' \
		'16M-1G 0 # DMA32 used' '' '1G-1025M 0 # DMA32 offline' \
		'4G-4608M 0 # Normal free' '4608M-5G 1 # Movable pristine' >"$dir/blocks"
	$memmap layout - --machine "pack:2 [numa(memory=1GiB)] core:2 pu:1" --blocks "$dir/blocks" \
		--plan "$dir/plan" --output "$dir/out" <<-end &&
		4M-64M 1
		4G-5G 1
	end
		sort "$dir/plan" | diff - <(printf '%s\n' '16M-64M 0->1 DMA32 empty' '4M-16M 0->1 unmovable' \
			'4G-4224M 0->1 Normal grab' '4224M-4352M 0->1 Normal grab' '4352M-4480M 0->1 Normal grab' \
			'4480M-4608M 0->1 Normal grab' | sort) &&
		grep -q "blocks says" "$dir/out"
}
ok "what is in each block, as a kernel says" blocks
bad_blocks() {
	printf '%s\n' "$2" >"$dir/bad.blocks"
	bad "bad.blocks:$1: $3" layout --push 0 --machine microvm-1g --blocks "$dir/bad.blocks"
}
bad_blocks 1 '4M-8M 0' 'want START-END NODE # ZONE STATE'
bad_blocks 1 '4M-8M 0 # DMA what' 'want START-END NODE # ZONE STATE'
bad_blocks 1 '4M-8M 0 # Device free' 'want START-END NODE # ZONE STATE'
bad_blocks 1 '4M-8M 3 # DMA free' "'3': no node of this machine"
bad_blocks 2 $'8M-12M 0 # DMA free\n4M-8M 0 # DMA free' "'4M-8M': begins below line 1"
bad "want one of --blocks and --used" layout --push 0 --machine microvm-1g --blocks "$dir/blocks" --used 3
