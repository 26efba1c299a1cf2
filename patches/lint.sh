#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a reviewer's robots say: checkpatch --strict on every patch, gcc W=1 and
# sparse on every object that the series adds or touches. Prints what they find;
# doc/kernel.md justifies what stays.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=patches/lib.sh
. patches/lib.sh
scripts/deps.sh sparse perl

guest/kernel.sh patch
src=$PWD/build/kernel/linux-patched
out=$PWD/build/kernel/lint
mkdir -p "$out"
cp build/kernel/patched/.config "$out/.config"
# KUnit, so that the tests are compiled; what the small kernels leave out.
"$src/scripts/config" --file "$out/.config" -e KUNIT -e HWPOISON_INJECT \
	-e CRASH_DUMP -e KEXEC -e VMCORE_INFO -e FTRACE -e ENABLE_DEFAULT_TRACERS \
	-e BLOCK -e SWAP -e SUSPEND -e HIBERNATION -e VIRTUALIZATION -e KVM \
	-e DEBUG_KERNEL -e PAGE_OWNER -e PAGE_EXTENSION
make -s -C "$src" O="$out" olddefconfig

echo "checkpatch --strict:"
cd "$src"
while read -r patch; do
	scripts/checkpatch.pl --no-tree --strict --terse --show-types \
		--no-summary "../../../patches/$patch" || true
done <"$root/patches/series"
cd "$root"

objects=()
while read -r file; do
	case $file in
	*.c) ;;
	*) continue ;;
	esac
	object=${file%.c}.o
	# Not every file belongs to this configuration.
	objects+=("$object")
done < <({ changed; added; } | sort -u)
echo "gcc W=1 and sparse: ${objects[*]}"
# vmlinux is not wanted: -k goes on behind an object that is not configured.
make -k -s -C "$src" O="$out" W=1 C=2 CF="-fdiagnostic-prefix=sparse" \
	"-j$(nproc)" "${objects[@]}" 2>&1 |
	grep -E 'warning|error|sparse' | sort -u || echo "nothing"
