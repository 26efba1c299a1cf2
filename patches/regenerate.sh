#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# regenerate.sh [DIR]: rewrite the series from itself, in patches/ or into DIR.
# The changes to the kernel's own files are kept, the files that the series adds
# are taken from this repository. A new overlay file belongs to a patch first:
# add a stub of it there.
set -eu
cd "$(dirname "$0")/.."
. patches/lib.sh

into=${1:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tree"
extract "$dir/tree"
repo_init "$dir/tree"

for patch in $(cd patches && series_files); do
	git -C "$dir/tree" am -q --keep-cr "$root/patches/$patch"
	for file in $(git -C "$dir/tree" show --format= --name-only \
			--diff-filter=A); do
		cp "$file" "$dir/tree/$file"
	done
	git -C "$dir/tree" add -A -f
	git -C "$dir/tree" commit -q --amend --no-edit
done

git -C "$dir/tree" format-patch -q --zero-commit --no-signature -N \
	-o "$dir/new" "$(git -C "$dir/tree" rev-list --max-parents=0 HEAD)"
(cd "$dir/new" && ls -- *.patch) > "$dir/series"
if [ -n "$into" ]; then
	cp "$dir"/new/*.patch "$dir/series" "$into"
	exit
fi
(cd patches && series_files | xargs rm -f)
cp "$dir"/new/*.patch "$dir/series" patches/
exec patches/check.sh
