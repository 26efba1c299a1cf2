# SPDX-License-Identifier: GPL-2.0-only
# Shared by the scripts of this folder; sourced in the repository's root, behind
# guest/linux.sh.
# shellcheck shell=bash disable=SC2154

kernel=${KERNEL_SOURCE:-$linux_build/linux-source-$LINUX}

[ -e "$kernel/mm/mm_init.c" ] || guest/kernel.sh source || exit 1
kernel=$(realpath "$kernel")
# The scripts that source this file use it.
# shellcheck disable=SC2034
root=$PWD
series=$PWD/$linux_series${PART:+/$PART}
# What kernel.sh calls its kernel and tree.
flavour=${PART:+part$linux_suffix}
flavour=${flavour:-patched}

# added_by PATCH...: files that they add.
added_by() {
	(cd "$series" && cat "$@") |
		awk '/^--- \/dev\/null$/ { new = 1; next }
		     /^\+\+\+ / && new { sub(/^b\//, "", $2); print $2 }
		     { new = 0 }' | sort -u
}

# All that the series adds: the overlay.
added() {
	# shellcheck disable=SC2046 # names without blanks
	added_by $(series_files)
}

# Files of the overlay that this series leaves out: those of the default kernel's
# patches that it has none of the same name for.
left_out() {
	local -a names

	[ "$LINUX" != "$linux_default" ] || return 0
	mapfile -t names < <(comm -23 <(series=$root/patches series_files | sort) \
		<(series_files | sort))
	[ "${#names[@]}" -eq 0 ] || series=$root/patches added_by "${names[@]}"
}

# Every file of the overlay that belongs to the series. These folders hold
# nothing else, nor do those that a kernel has for itself.
overlay_files() {
	{
		(cd "$root" && find Documentation arch include mm -type f)
		# Mostly it has not all of them.
		(cd "$series" && find arch include mm -type f 2>/dev/null) || :
	} | sort -u | comm -23 - <(left_out)
}

# overlay_path FILE: where it is. The folder of a kernel may have its own one.
overlay_path() {
	local path=$series/$1

	[ -e "$path" ] || path=$root/$1
	echo "$path"
}

series_files() {
	grep -v '^#' "$series/series"
}

# The patches before the line "# part 2: ...": they are sent alone.
first_part() {
	sed '/^# part/,$d' "$series/series"
}

# parts_of SERIES: that list on standard input gets the comments of SERIES, each
# behind as many patches as there.
parts_of() {
	awk 'NR == FNR { if (/^#/) note[n] = note[n] $0 "\n"; else n++; next }
	     { printf "%s", note[i++]; print }' "$1" -
}

# The patches of the parts that this one stands on.
before_files() {
	local part

	for part in "${linux_before[@]}"; do
		series=$root/$linux_series/$part series_files |
			sed "s,^,$root/$linux_series/$part/,"
	done
}

# apply_before DIR: what they do to the kernel there.
apply_before() {
	local file

	for file in $(before_files); do
		patch -d "$1" -p1 -F0 -s --no-backup-if-mismatch <"$file" ||
			return 1
	done
}

# Files of the kernel that the series changes.
changed() {
	(cd "$series" && series_files | xargs cat) |
		sed -n 's,^--- a/,,p' | sort -u
}

# extract DIR: copy what the series changes from the unpatched kernel, with the
# parts before it.
extract() {
	local file

	for file in $({
		changed
		before_files | xargs -r cat | sed -n 's,^--- a/,,p'
	} | sort -u); do
		# A file that an earlier patch adds is not there yet.
		[ -e "$kernel/$file" ] || continue
		mkdir -p "$1/$(dirname "$file")"
		cp "$kernel/$file" "$1/$file"
	done
	apply_before "$1"
}

# The same commits on every host and at any time.
export GIT_AUTHOR_NAME="memmap-init developers"
export GIT_AUTHOR_EMAIL=memmap-init@example.org
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_COMMITTER_DATE="2026-11-24T12:00:00 +0000"
export GIT_CONFIG_GLOBAL=/dev/null

repo_init() {
	git -C "$1" init -q
	git -C "$1" add -A -f
	git -C "$1" commit -q -m base
}

# apply DIR: the kernel's files with the series, by git am.
apply() {
	mkdir "$1" && extract "$1" && repo_init "$1" &&
		series_files | sed "s,^,$series/," |
		xargs git -C "$1" am -q --keep-cr
}

# host_tree TREE DIR: what a part adds to TREE, laid out for user space.
host_tree() {
	rm -rf "$2" && mkdir -p "$2/linux/sched" "$2/mm" &&
		cp -r "$1/mm/memmap" "$1/include" "$2" && mv "$2/memmap" "$2/mm" &&
		cp -r "$1/arch/x86/include/." "$2/include" &&
		touch "$2"/linux/{cpumask,rculist,sched/clock,sizes,topology,unroll}.h \
			"$2/mm/mm_init.h"
}

# host_cc DIR ARGUMENT...: a compiler that finds it there, and the rest of Linux
# in sim/shim.
host_cc() {
	gcc -std=gnu11 -w -iquote "$1/mm/memmap" -I "$1" -I sim/shim \
		-I "$1/include" -include "patches/part_$PART.h" "${@:2}"
}
