#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The patches are applied one after another. After each one the kernel must build
# without a warning and boot. A second build tree also compiles the files that a
# patch adds before the patch that gives the Kconfig symbol its prompt.
# About 25 minutes on 2 CPUs. LINUX= names the kernel.
set -eu
cd "$(dirname "$0")/.."
. guest/linux.sh
# shellcheck source=patches/lib.sh
. patches/lib.sh

src=$root/$linux_build/linux-bisect
out=$root/$linux_build/bisect
cc=gcc
! command -v ccache >/dev/null || cc="ccache gcc"
export KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=guest
export KBUILD_BUILD_HOST=guest CCACHE_BASEDIR=$root/$linux_build

rm -rf "$src"
cp -a --reflink=auto "$kernel" "$src"
apply_before "$src"
mkdir -p "$out" "$out-on"
printf 'config %s\n\tbool "before its prompt"\n' MEMMAP_INIT_SELECT MEMMAP_ONDEMAND \
	DYNAMIC_NUMA PAGE_NUMA PT_RELOC |
	cat "$src/Kconfig" - >"$out-on/Kconfig.on"

# build OUT TARGET...: with the configuration of the patched kernel and pages that
# wait to move, without the symbols that no patch has added yet.
build() {
	local out=$1

	cp "$linux_build/$flavour/.config" "$out/.config"
	"$src/scripts/config" --file "$out/.config" -e NUMA_BALANCING -e PAGE_NUMA \
		${PART:+-e ZONE_DEVICE}
	make -C "$src" O="$out" olddefconfig &&
	make -C "$src" O="$out" CC="$cc" "-j$(nproc)" "${@:2}"
}

failed=0
while read -r patch; do
	patch -d "$src" -p1 -F0 -s --no-backup-if-mismatch <"$series/$patch"
	start=$SECONDS
	mapfile -t objects < <(added_by "$patch" | sed -n 's/\.c$/.o/p')
	if ! { build "$out" bzImage &&
	       { [ ${#objects[@]} -eq 0 ] ||
		 KBUILD_KCONFIG=$out-on/Kconfig.on build "$out-on" "${objects[@]}"; }
	     } >"$out/build.log" 2>&1; then
		echo "not ok $patch: does not build; see $out/build.log"
		exit 1
	fi
	why=
	! grep -q 'warning:' "$out/build.log" || why="warnings in $out/build.log"
	guest/boot.py --kernel bisect --mem 2G --nodes 2 --cpus 2 \
		--cmdline "guest.job=load guest.mib=64 guest.rounds=1" \
		>"$out/boot.log" 2>&1 || why="does not boot; see $out/boot.log"
	if [ -z "$why" ]; then
		echo "ok $patch: builds and boots ($((SECONDS - start)) s)"
	else
		echo "not ok $patch: $why"
		failed=1
	fi
done < <(series_files)
exit "$failed"
