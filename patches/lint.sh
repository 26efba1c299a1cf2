#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tools of a reviewer say of the series. LINUX= names the kernel. Prints
# what is left:
# - checkpatch --strict on every patch, without the types below;
# - gcc W=1 and sparse on every file that the series adds or changes, without
#   what they say of mainline's file as well;
# - kernel-doc on every file that it adds, and the syntax of its pages;
# - symbols of these files that modules use and that are not exported;
# - memblock's own tests, which compile mm/memblock.c in user space.
set -eu
cd "$(dirname "$0")/.."
. guest/linux.sh
# shellcheck source=patches/lib.sh
. patches/lib.sh
scripts/deps.sh sparse perl liburcu-dev binutils python3-docutils

ignored=(
	# The entry is the last patch; the files it names must be there first.
	FILE_PATH_CHANGES
	# PageBuddy() and the like are the kernel's.
	CAMELCASE
	# TRACE_EVENT() is laid out as in its neighbours in include/trace/events.
	PARENTHESIS_ALIGNMENT OPEN_ENDED_LINE
	# Stubs of one line each, as in the rest of include/linux.
	LINE_SPACING
	# A moved line of mainline; its comment stands above the function.
	DATA_RACE
	# Macros of the tests name their argument twice, as KUnit's do.
	MACRO_ARG_REUSE
	# list.h is included with several definitions of its macro, and each
	# definition ends its entry with what is right there, ';' or ','.
	TRAILING_SEMICOLON COMPLEX_MACRO
	# kzalloc_obj() is not in 6.12, and the files are the same.
	ALLOC_WITH_SIZEOF
)

guest/kernel.sh patch
patched=$root/$linux_build/linux-$flavour
lint=$linux_build/lint
found=0

echo "checkpatch --strict, without ${ignored[*]}:"
while read -r patch; do
	(cd "$patched" && scripts/checkpatch.pl --no-tree --root=. --strict --terse \
		--show-types --no-summary --ignore "$(IFS=,; echo "${ignored[*]}")" \
		"$series/$patch") || found=1
done < <(series_files)

# compile SOURCE NAME FILE...: what gcc and sparse say, without line numbers.
compile() {
	local src=$1 out=$root/$lint/$2

	shift 2
	mkdir -p "$out"
	cp "$linux_build/$flavour/.config" "$out/.config"
	# KUnit compiles the tests; the others, what the small kernels leave out.
	"$src/scripts/config" --file "$out/.config" -e KUNIT -e CRASH_DUMP \
		-e MODULES -m HWPOISON_INJECT -e EDAC -m EDAC_SKX -e RAS \
		-e CPU_SUP_AMD -e AMD_NB -m AMD_ATL -e KEXEC -e VMCORE_INFO -e FTRACE \
		-e ENABLE_DEFAULT_TRACERS -e BLOCK -e SWAP -e SUSPEND \
		-e HIBERNATION -e VIRTUALIZATION -e KVM -e DEBUG_KERNEL \
		-e PAGE_OWNER -e PAGE_EXTENSION -e NUMA_BALANCING -e PAGE_NUMA \
		-e USERFAULTFD -e VIRTIO_MENU -e VIRTIO_PCI -m VIRTIO_MEM
	make -s -C "$src" O="$out" olddefconfig
	# Alone, because sparse cannot read what prepare compiles.
	make -s -C "$src" O="$out" modules_prepare >"$out/log" 2>&1
	# What is compiled already would say nothing.
	(cd "$out" && rm -f "${@/%.c/.o}")
	# -k: not every object belongs to this configuration.
	make -k -s -C "$src" O="$out" W=1 C=2 CF="-fdiagnostic-prefix=sparse" \
		"-j$(nproc)" "${@/%.c/.o}" >>"$out/log" 2>&1 || true
	# sparse cannot follow a lock that a function returns with, as
	# find_lock_task_mm() does, or one of an array. lockdep can.
	grep -E '(warning|error):' "$out/log" |
		grep -v 'context imbalance.*different lock contexts' |
		sed -e "s|^$src/||" -e 's/:[0-9:]*: /: /' | sort -u
}

# unit FILE: what is compiled: some files are parts of another.
unit() {
	local dir=${1%/*} of

	of=$(cd "$patched/$dir" && grep -l "^# *include \"${1##*/}\"" ./*.c | head -n 1)
	echo "${of:+$dir/${of#./}}"
}

mapfile -t files < <({ changed; added; } | grep '\.c$' | sort -u |
	while read -r file; do
		of=$(unit "$file")
		echo "${of:-$file}"
	done)
echo "gcc W=1 and sparse, ${#files[@]} files, without what they say of mainline:"
if comm -13 <(compile "$kernel" mainline "${files[@]}") \
		<(compile "$patched" patched "${files[@]}") | grep .; then
	found=1
else
	echo "nothing"
fi
modules=() builtin=()
for file in "${files[@]}"; do
	object=$lint/patched/${file/%.c/.o}
	if [ ! -e "$object" ]; then
		echo "not compiled in this configuration: $file"
	elif grep -q -e -DMODULE "${object%/*}/.${object##*/}.cmd"; then
		modules+=("$object")
	else
		builtin+=("$object")
	fi
done

mapfile -t files < <(added | grep '\.[ch]$')
mapfile -t pages < <(added | grep '\.rst$')
echo "kernel-doc, ${#files[@]} files, and the syntax of ${#pages[@]} pages:"
if { (cd "$patched" && scripts/kernel-doc -none -Wall "${files[@]}")
     patches/rst_check.py "$patched" "${pages[@]}"; } 2>&1 | grep .; then
	found=1
else
	echo "nothing"
fi
# A page with an error must be found, or the check proves nothing.
control=$lint/control
mkdir -p "$control"
ln -sfn "$patched/scripts" "$control/scripts"
printf 'Title\n=====\n\n*never ended\n' >"$control/page.rst"
if patches/rst_check.py "$control" page.rst >/dev/null 2>&1; then
	echo "a bad page passes the check"
	found=1
fi

# modpost would need a whole kernel to find a symbol that is not exported.
echo "what ${#modules[@]} modules use of these files and nobody exports:"
if [ "${#modules[@]}" -gt 0 ] &&
   comm -12 <(nm -u "${modules[@]}" | sed -n 's/.* U //p' | sort -u) \
	<(comm -23 <(nm --defined-only -g "${builtin[@]}" |
			sed -n 's/.* [A-Z] //p' | sort -u) \
		<(nm "${builtin[@]}" | sed -n 's/.*__export_symbol_//p' | sort -u)) |
	grep .; then
	found=1
else
	echo "nothing"
fi

echo "tools/testing/memblock:"
if make -s -C "$patched/tools/testing/memblock" >"$lint/memblock.log" 2>&1 &&
   "$patched/tools/testing/memblock/main" >>"$lint/memblock.log" 2>&1; then
	echo "nothing"
else
	tail -n 20 "$lint/memblock.log"
	found=1
fi
make -s -C "$patched/tools/testing/memblock" clean >/dev/null
exit "$found"
