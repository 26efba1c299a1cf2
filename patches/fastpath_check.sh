#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The allocator's fast path is no longer than mainline's; without PAGE_NUMA page
# faults are mainline's, and without PT_RELOC the readers of page tables: these
# objects of both kernels are built (nothing else) and compared. What writes struct
# pages has their words in registers, for mm/memmap/page.c says why. LINUX= names
# the kernel; without it, every one that there is a series for.
set -u
cd "$(dirname "$0")/.." || exit 1

if [ -z "${LINUX:-}" ]; then
	. guest/linux.sh
	each_linux patches/fastpath_check.sh
	exit
fi
. guest/linux.sh
object=mm/page_alloc.o
if [ "$LINUX" != "$linux_default" ] && ! guest/kernel.sh source; then
	echo "skipped: the fast path of Linux $LINUX, whose source cannot be fetched"
	exit 0
fi
for flavour in deferred patched; do
	if ! guest/kernel.sh object "$flavour" "$object" >build/fastpath.log 2>&1; then
		echo "not ok $LINUX: fast path: no $object of the $flavour kernel"
		tail -n 20 build/fastpath.log | sed 's/^/    /'
		exit 1
	fi
done
mainline=$linux_build/deferred/$object
patched=$linux_build/patched/$object

if text=$(patches/fastpath.py "$mainline" "$patched"); then
	echo "ok $LINUX: fast path is not longer than mainline's"
else
	echo "not ok $LINUX: fast path is not longer than mainline's"
	failed=1
fi
echo "    ${text//$'\n'/$'\n'    }"

# The other way round it must be told, or the comparison proves nothing.
if patches/fastpath.py "$patched" "$mainline" >build/fastpath.log 2>&1; then
	echo "not ok $LINUX: fast path comparison can fail"
	failed=1
else
	echo "ok $LINUX: fast path comparison can fail"
fi
# compile FLAVOUR FILE OUT OPTION...: a file of mm/, with the command that made
# page_alloc.o. These kernels have no NUMA balancing, so it comes as an option.
compile() {
	local flavour=$1 file=$2 out=$PWD/$3 command

	shift 3
	command=$(sed -n 's,^savedcmd_mm/page_alloc.o := ,,p' \
		"$linux_build/$flavour/mm/.page_alloc.o.cmd")
	command=$(sed -e 's,-Wp\,-MMD\,[^ ]*,,' -e "s, -o [^ ]*, -o $out," \
		-e "s,/mm/page_alloc\\.c *\$,/mm/$file.c," <<<"${command%%;*}")
	(cd "$linux_build/$flavour" && eval "$command -DCONFIG_NUMA_BALANCING=1 $*")
}

objects=$linux_build/fastpath
mkdir -p "$objects"

# in_registers FUNCTION: it stores past the cache and reads nothing from the stack.
in_registers() {
	objdump -d "$objects/page.o" | awk -v name="<$1>:" '
		/>:$/ { inside = $2 == name }
		inside && /movnti/ { stores++ }
		inside && /\(%r[sb]p\)/ { loads++ }
		END { exit !stores || loads }'
}
if compile patched memmap/page "$objects/page.o" && in_registers block_store_nt; then
	echo "ok $LINUX: the words of a struct page are in registers"
else
	echo "not ok $LINUX: the words of a struct page are in registers"
	failed=1
fi

# same FILE OPTION OPTIONS...: a file of mm/ is mainline's without the option.
same() {
	local file=$1 option=$2

	shift 2
	if compile deferred "$file" "$objects/old.o" &&
	   compile patched "$file" "$objects/new.o" "$@" &&
	   text=$(patches/same_code.py "$objects/old.o" "$objects/new.o"); then
		echo "ok $LINUX: $file.o without $option is mainline's"
	else
		echo "not ok $LINUX: $file.o without $option is mainline's"
		echo "    ${text//$'\n'/$'\n'    }"
		failed=1
	fi
}

# differs FILE FUNCTION OPTION OPTIONS...: with it the function is told to differ.
differs() {
	local file=$1 function=$2 option=$3

	shift 3
	compile deferred "$file" "$objects/old.o"
	compile patched "$file" "$objects/new.o" "$@"
	text=$(patches/same_code.py "$objects/old.o" "$objects/new.o")
	if grep -qx "$function" <<<"$text"; then
		echo "ok $LINUX: with $option $file.o differs: ${text//$'\n'/, }"
	else
		echo "not ok $LINUX: with $option $file.o differs"
		failed=1
	fi
}

grep -q '^# part 3' "$linux_series/series" || exit "${failed:-0}"

# Faults are mainline's where pages do not wait to move (CONFIG_PAGE_NUMA).
same memory PAGE_NUMA
same huge_memory PAGE_NUMA
differs memory numa_migrate_check PAGE_NUMA -DCONFIG_PAGE_NUMA=1

grep -q '^# part 4' "$linux_series/series" || exit "${failed:-0}"

# Readers of page tables are mainline's where tables do not move.
echo '#undef CONFIG_PT_RELOC' >"$objects/without.h"
same page_vma_mapped PT_RELOC -include "$PWD/$objects/without.h"
same khugepaged PT_RELOC -include "$PWD/$objects/without.h"
differs page_vma_mapped page_vma_mapped_walk PT_RELOC
exit "${failed:-0}"
