#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh source             fetch and unpack Debian's kernel source
# kernel.sh patch              build/kernel/linux-patched: that and its series
# kernel.sh build FLAVOUR      configure and build out of tree
# kernel.sh object FLAVOUR F   the same, but only as far as object file F
#
# Flavours: patched, debug, devmem, kcsan, resident (the series); part, part-debug
# (a piece of it, which PART= names, and those before that); deferred, nodeferred,
# debug-mainline, resident-mainline (the unpatched source). The image is
# build/kernel/FLAVOUR/arch/x86/boot/bzImage; for a piece that is not the first,
# build/kernel/part-b, part-debug-b and so on.
#
# LINUX=VERSION: another kernel, below build/kernel/VERSION/; guest/linux.sh.
# WITHOUT=PATCH:FILE: what this patch does to this file is left out, to see that a
# test fails without it; the tree and its kernels are below build/kernel/without/.
set -euo pipefail
cd "$(dirname "$0")/.."

say() {
	echo "guest: $*" >&2
}

die() {
	say "$*"
	exit 1
}

. guest/linux.sh
kernel=$PWD/$linux_build
pristine=$kernel/linux-source-$LINUX
[ -z "${WITHOUT:-}" ] || kernel=$kernel/without
patched=$kernel/linux-patched
stage=$kernel/stage
tarball=/usr/src/linux-source-$LINUX.tar.xz
# Folders in that of the series, whose series are applied in turn
parts=("")

# The default kernel is a package of this Debian; others are only read.
get_tarball() {
	[ ! -e "$tarball" ] || return 0
	if [ "$LINUX" = "$linux_default" ]; then
		scripts/deps.sh "linux-source-$LINUX"
	else
		say "fetching linux-source-$LINUX (160 MiB)"
		guest/fetch.sh "linux-source-$LINUX" "$kernel/package" || exit 1
		tarball=$kernel/package$tarball
	fi
	[ -e "$tarball" ] || die "$tarball is missing: package linux-source-$LINUX does not hold it"
}

get_source() {
	[ ! -e "$pristine/.complete" ] || return 0
	# A tree that was unpacked by hand will do if its last file is there.
	if [ -e "$pristine/virt/lib/Makefile" ]; then
		touch "$pristine/.complete"
		return 0
	fi
	get_tarball
	say "unpacking $tarball (1.5 GiB, about a minute)"
	mkdir -p "$kernel"
	rm -rf "$kernel/unpack"
	mkdir "$kernel/unpack"
	tar -C "$kernel/unpack" -xf "$tarball"
	rm -rf "$pristine"
	mv "$kernel/unpack/linux-source-$LINUX" "$pristine"
	rmdir "$kernel/unpack"
	touch "$pristine/.complete"
}

# The patches named in the series, in order, comments and blank lines dropped.
patch_names() {
	local part

	for part in "${parts[@]}"; do
		[ -e "$linux_series/${part}series" ] || continue
		sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' \
			-e "s/[[:space:]].*//; s|^|$part|" "$linux_series/${part}series"
	done
}

# Every path that a set of patches creates, changes or removes.
touched_paths() {
	local name

	for name in "$@"; do
		sed -n -e 's|^--- a/\([^[:space:]]*\).*|\1|p' \
			-e 's|^+++ b/\([^[:space:]]*\).*|\1|p' "$linux_series/$name"
	done | sort -u
}

# A patch, but for what is left out of it.
patch_text() {
	awk -v left_out="${WITHOUT:-}" -v patch="$1:" '
		/^diff --git / { skip = patch substr($3, 3) == left_out }
		!skip' "$linux_series/$1"
}

# Apply the series to copies of the few files that it touches, then copy only
# those that differ into the big tree: so an edited patch rebuilds little.
patch_source() {
	local -a names
	local path

	get_source
	mapfile -t names < <(patch_names)
	[ "${#names[@]}" -gt 0 ] ||
		die "$linux_series/${parts[-1]}series does not exist or is empty: there is no patched kernel to build (make kernel-baseline builds the unpatched ones)"

	rm -rf "$stage"
	mkdir -p "$stage"
	touched_paths "${names[@]}" >"$stage.paths"
	while read -r path; do
		if [ -e "$pristine/$path" ]; then
			mkdir -p "$stage/$(dirname "$path")"
			cp -p "$pristine/$path" "$stage/$path"
		fi
	done <"$stage.paths"
	for path in "${names[@]}"; do
		say "applying $path"
		patch_text "$path" |
			patch -d "$stage" -p1 -F0 -s --no-backup-if-mismatch ||
			die "$linux_series/$path does not apply to linux-source-$LINUX without fuzz"
	done

	if [ ! -e "$patched/.complete" ]; then
		say "copying the tree to ${patched##*/}"
		rm -rf "$patched"
		mkdir "$patched"
		# Its content: the source may be a symbolic link to a tree elsewhere.
		cp -a --reflink=auto "$pristine/." "$patched"
		: >"$patched/.touched"
	fi
	sort -u "$patched/.touched" "$stage.paths" >"$stage.sync"
	# Written first, so that a sync cut short is finished by the next one.
	cp "$stage.sync" "$patched/.touched"
	while read -r path; do
		local from=$pristine/$path

		! grep -qxF "$path" "$stage.paths" || from=$stage/$path
		if [ ! -e "$from" ]; then
			rm -f "$patched/$path"
		elif ! cmp -s "$from" "$patched/$path"; then
			mkdir -p "$patched/$(dirname "$path")"
			cp "$from" "$patched/$path"
		fi
	done <"$stage.sync"
	cp "$stage.paths" "$patched/.touched"
	say "${#names[@]} patches applied, $(wc -l <"$stage.paths") files"
}

# Kconfig drops symbols with unmet dependencies and does not say so. A kernel
# without one of them would not test what it should. Of two fragments that set the
# same symbol the later one counts.
check_config() {
	local out=$1 fragment line symbol dropped=0

	shift
	for fragment in "$@"; do
		shift
		while read -r line; do
			symbol=${line#\# }
			symbol=${symbol%%[= ]*}
			! grep -qE "^(# )?${symbol}[= ]" "$@" /dev/null || continue
			case $line in
			CONFIG_*=n)
				symbol=${line%%=*}
				! grep -q "^$symbol=" "$out/.config" || {
					say "$fragment wants $symbol off, and it is on"
					dropped=1
				} ;;
			CONFIG_*=*)
				grep -qxF "$line" "$out/.config" || {
					say "$fragment wants $line, and Kconfig dropped it"
					dropped=1
				} ;;
			"# CONFIG_"*" is not set")
				symbol=${line#\# }
				symbol=${symbol%% *}
				! grep -q "^$symbol=" "$out/.config" || {
					say "$fragment wants $symbol off, and it is on"
					dropped=1
				} ;;
			esac
		done <"$fragment"
	done
	[ "$dropped" -eq 0 ] || die "unmet dependencies; see $out/.config"
}

configure() {
	local src=$1 out=$2

	shift 2
	mkdir -p "$out"
	make -s -C "$src" O="$out" tinyconfig >"$out/config.log" 2>&1 ||
		{ cat "$out/config.log" >&2; die "tinyconfig failed"; }
	(cd "$src" && ./scripts/kconfig/merge_config.sh -O "$out" \
		"$out/.config" "${@/#/$OLDPWD/}") >>"$out/config.log" 2>&1 ||
		{ tail -n 20 "$out/config.log" >&2; die "merge_config.sh failed"; }
	check_config "$out" "$@"
}

# What follows is about the series that PART= names.
use_part() {
	[ -n "${PART:-}" ] || { say "which part? PART= is not set"; exit 2; }
	parts=("${linux_before[@]/%//}" "$PART/")
	patched=$kernel/linux-part$linux_suffix
	stage=$kernel/stage-part$linux_suffix
}

build() {
	local flavour=$1 object=${2:-} src=$pristine out=$kernel/$1 cc=gcc
	local start=$SECONDS
	local -a fragments=(guest/kernel.config) command

	case $flavour in
	deferred|nodeferred)
		fragments+=("guest/$flavour.config") ;;
	patched)
		src=$patched fragments+=(guest/patched.config) ;;
	debug)
		src=$patched fragments+=(guest/patched.config guest/debug.config
			guest/kunit.config) ;;
	part|part-debug)
		use_part
		src=$patched out=$out$linux_suffix
		fragments+=(guest/deferred.config)
		# The first part has no option, the others have this one.
		[ -z "$linux_suffix" ] || fragments+=(guest/part-b.config)
		[ "$flavour" = part ] ||
			fragments+=(guest/debug.config guest/device.config) ;;
	devmem)
		src=$patched fragments+=(guest/patched.config guest/devmem.config) ;;
	kcsan)
		src=$patched fragments+=(guest/patched.config guest/kcsan.config) ;;
	resident)
		src=$patched fragments+=(guest/patched.config guest/resident.config) ;;
	resident-mainline)
		fragments+=(guest/deferred.config guest/resident.config) ;;
	debug-mainline)
		fragments+=(guest/deferred.config guest/debug.config) ;;
	*)
		say "no such flavour: '$flavour'; want patched, debug, devmem, kcsan, resident, part, part-debug, deferred, nodeferred, debug-mainline or resident-mainline"
		exit 2 ;;
	esac
	# What only this kernel has, or has under another name.
	local fragment
	for fragment in "${fragments[@]}"; do
		fragment=${fragment%.config}-$LINUX.config
		[ ! -e "$fragment" ] || fragments+=("$fragment")
	done
	# All files of this repository that the kernel is built from.
	local key built=$out/.built bzimage=$out/arch/x86/boot/bzImage
	key=$({
		cat guest/kernel.sh "${fragments[@]}"
		echo "${WITHOUT:-}"
		[ "$src" != "$patched" ] || { patch_names
			patch_names | sed "s|^|$linux_series/|" | xargs -r cat; }
	} | sha256sum)
	if [ -z "${FORCE:-}" ] && [ -e "${object:+$out/}${object:-$bzimage}" ] &&
	   [ "$(cat "$built" 2>/dev/null)" = "$key" ]; then
		return 0
	fi
	if [ "$src" = "$patched" ]; then patch_source; else get_source; fi
	rm -f "$built"
	say "$flavour: configuring"
	configure "$src" "$out" "${fragments[@]}"

	! command -v ccache >/dev/null || cc="ccache gcc"
	# A fixed time and builder: equal sources give equal images and cache hits.
	export KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=guest
	export KBUILD_BUILD_HOST=guest KBUILD_BUILD_VERSION=1
	export CCACHE_BASEDIR=$kernel
	# It names the tree, and what it makes of file names is the same in each.
	export CCACHE_IGNOREOPTIONS="-fmacro-prefix-map=*"
	# ccache makes names relative, so that Linux's own map does not know them, and
	# the longer a tree's name, the less memory its kernel would leave.
	export KCFLAGS="-fmacro-prefix-map=../${src##*/}/="
	# What was compiled before this has such names.
	export CCACHE_NAMESPACE=mapped
	command=(nice -n 10 make -C "$src" O="$out" CC="$cc" "-j${JOBS:-$(nproc)}")
	if [ -n "$object" ]; then
		say "$flavour: building $object"
		"${command[@]}" "$object" >"$out/build.log" 2>&1 ||
			{ tail -n 20 "$out/build.log" >&2; die "$flavour: no $object"; }
		return
	fi
	say "$flavour: building (about 5 minutes on 2 CPUs the first time); log in ${out#"$PWD"/}/build.log"
	# One line for a hundred files, to show progress.
	"${command[@]}" bzImage 2>&1 | tee "$out/build.log" |
		awk -v f="$flavour" '/error:|\*\*\*/ { print; fflush() }
			/^  CC/ && !(++n % 100) {
				printf "guest: %s: %d files compiled\n", f, n
				fflush()
			}' >&2 || die "$flavour: the build failed; see $out/build.log"
	[ -e "$bzimage" ] ||
		die "$flavour: there is no bzImage; see $out/build.log"
	say "$flavour: $(grep -c '^  CC' "$out/build.log" || true) files compiled in $((SECONDS - start)) s: ${bzimage#"$PWD"/}"
	echo "$key" >"$built"
}

case ${1:-} in
source)	get_source ;;
patch)	[ -z "${PART:-}" ] || use_part; patch_source ;;
build)	build "${2:-}" ;;
object)	build "${2:-}" "${3:?an object file, as in mm/page_alloc.o}" ;;
*)	sed -n '3,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
