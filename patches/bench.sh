#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bench.sh [MIB [ROUNDS]]: what a part of the series writes and how mainline
# writes it, timed on this host over a memmap of MIB. LINUX= and PART= name it.
set -eu
cd "$(dirname "$0")/.."
. guest/linux.sh
# shellcheck source=patches/lib.sh
. patches/lib.sh
if [ -z "${PART:-}" ] || [ ! -e "patches/part_${PART}_bench.c" ]; then
	echo "PART=${PART:-}: there is no benchmark of it; make patches-bench LINUX=7.3 PART=a" >&2
	exit 2
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
apply "$dir/tree"
host_tree "$dir/tree" "$dir/host"
# The kernel has no vector registers to spare; the plain fill has.
host_cc "$dir/host" -O2 -fno-strict-aliasing -mgeneral-regs-only -c \
	-o "$dir/ways.o" "patches/part_${PART}_ways.c"
host_cc "$dir/host" -O2 -fno-strict-aliasing -mgeneral-regs-only -c \
	-o "$dir/page.o" "$dir/host/mm/memmap/page.c"
gcc -std=gnu11 -D_GNU_SOURCE -O2 -ffunction-sections -iquote sim \
	-iquote sim/shim/linux -Isim/shim -Iinclude -c -o "$dir/fill.o" \
	sim/host/roofline.c
gcc -std=gnu11 -O2 -Wall -o "$dir/bench" "patches/part_${PART}_bench.c" \
	"$dir"/{ways,page,fill}.o -Wl,--gc-sections -lpthread
sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c | sed 's/^ *//'
"$dir/bench" "${1:-1024}" "${2:-9}"
