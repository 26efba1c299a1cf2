#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# regenerate.sh [DIR]: rewrite the series from itself, in its place or into DIR.
# LINUX= names the kernel; without it, every one that there is a series for.
# The changes to the kernel's own files are kept, and the Makefiles of the folders
# in mm/, which grow from patch to patch; the overlay's files are taken from this
# repository. A new one goes to the last patch that adds a file to its
# folder. Comments of the series stay where they are.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${LINUX:-}" ]; then
	. guest/linux.sh
	each_linux patches/regenerate.sh "$@"
	exit
fi
. guest/linux.sh
. patches/lib.sh

into=${1:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tree"
extract "$dir/tree"
repo_init "$dir/tree"

# home_of FILE: the patch that a new file goes to.
home_of() {
	local patch home=

	for patch in $(series_files); do
		added_by "$patch" | grep -q "^${1%/*}/[^/]*$" && home=$patch
	done
	[ -n "$home" ] || {
		echo "$1: no patch adds a file to ${1%/*}/; add a stub of it to one" >&2
		exit 1
	}
	echo "$home"
}

declare -A new
for file in $(comm -13 <(added) <(overlay_files)); do
	home=$(home_of "$file")
	new[$home]+=" $file"
	echo "$file is new: added to $home" >&2
done

for patch in $(series_files); do
	git -C "$dir/tree" am -q --keep-cr "$series/$patch"
	for file in $(git -C "$dir/tree" show --format= --name-only \
			--diff-filter=A) ${new[$patch]:-}; do
		[ -e "$file" ] || continue
		mkdir -p "$dir/tree/$(dirname "$file")"
		cp "$(overlay_path "$file")" "$dir/tree/$file"
	done
	git -C "$dir/tree" add -A -f
	git -C "$dir/tree" commit -q --amend --no-edit
done

git -C "$dir/tree" format-patch -q --zero-commit --no-signature -N \
	-o "$dir/new" "$(git -C "$dir/tree" rev-list --max-parents=0 HEAD)"
(cd "$dir/new" && ls -- *.patch) | parts_of "$series/series" > "$dir/series"
if [ -n "$into" ]; then
	cp "$dir"/new/*.patch "$dir/series" "$into"
	exit
fi
(cd "$series" && series_files | xargs rm -f)
cp "$dir"/new/*.patch "$dir/series" "$series"
exec patches/check.sh
