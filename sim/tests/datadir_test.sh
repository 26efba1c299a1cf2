#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command finds what it ships from any folder, wherever it is installed,
# and nowhere else.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. scripts/ok.sh datadir
# What else the environment names is not what is tested here.
named=${MEMMAP_DATADIR:-}
unset MEMMAP MEMMAP_DATADIR

# finds PROGRAM: run from the root folder.
finds() (
	cd / && "$1" machine list | grep -q server-16s-32t &&
		"$1" predict --machine microvm-1g && "$1" validate
)

# A library at $1 that holds one machine of its own.
own_library() {
	mkdir -p "$1/machines" "$1/data"
	cp sim/machine/library/microvm-1g.json "$1/machines/mine.json"
	cp sim/check/data/*.csv "$1/data/"
}

# lost PROGRAM: it must say where it looked.
lost() (
	local status

	cd "$top" || return 1
	"$1" machine list 2>"$dir/err"
	status=$?
	[ $status -eq 2 ] && grep -q "$dir/far/away/../share/memmap/machines, " "$dir/err"
)

ok "built, from the root folder" finds "$top/build/memmap"
mkdir -p "$dir/far/away" "$dir/bin"
cp build/memmap "$dir/far/away/memmap"
cp build/memmap "$dir/bin/memmap"
own_library "$dir/share/memmap"
own_library "$dir/elsewhere"
ok "installed, beside its folder" sh -c "'$dir/bin/memmap' machine list | grep -q mine"
ok "by a link to it" sh -c "ln -s '$dir/bin/memmap' '$dir/link' && '$dir/link' machine list | grep -q mine"
if [ -e /usr/share/memmap ] || [ -e /usr/local/share/memmap ]; then
	echo "    skipped: a program without its data, for memmap is installed here"
else
	ok "alone, even from the source tree: says where it looked" lost "$dir/far/away/memmap"
fi
ok "MEMMAP_DATADIR comes first" sh -c "
	MEMMAP_DATADIR='$dir/elsewhere' build/memmap machine list | grep -q mine &&
	MEMMAP_DATADIR='$dir/elsewhere' '$dir/far/away/memmap' validate"
environment() {
	MEMMAP=/bin/false MEMMAP_DATADIR=$dir/none bash sim/tests/datadir_test.sh >"$dir/inner" &&
		! grep '^not ok' "$dir/inner" && grep -q '^ok datadir: installed' "$dir/inner"
}
[ -n "$named" ] || ok "whatever the environment names" environment
