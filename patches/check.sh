#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The series applies to the kernel's files as Debian ships them, with git am
# and with quilt, without fuzz, and the files that it adds equal the overlay's.
# LINUX= names the kernel; without it, every one that there is a series for.
# Every function is called by name through ok().
# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/.." || exit 1
if [ -z "${LINUX:-}" ]; then
	. guest/linux.sh
	each_linux patches/check.sh
	exit
fi
. guest/linux.sh
if [ "$LINUX" != "$linux_default" ] && ! guest/kernel.sh source; then
	echo "skipped: the series for Linux $LINUX, whose source cannot be fetched"
	exit 0
fi
. patches/lib.sh
. scripts/ok.sh "$LINUX${PART:+ part $PART}"

with_am() {
	apply "$dir/am"
}

with_quilt() {
	mkdir "$dir/quilt" && extract "$dir/quilt" &&
		(cd "$dir/quilt" &&
		 QUILT_PATCHES=$series quilt --quiltrc - push -a --fuzz=0)
}

# Quilt must refuse context that is not there.
fuzz_control() {
	local file

	mkdir "$dir/fuzz" && extract "$dir/fuzz" &&
		for file in $(changed); do
			[ ! -e "$dir/fuzz/$file" ] || sed -i 's/^$/ /' "$dir/fuzz/$file"
		done &&
		! (cd "$dir/fuzz" &&
		   QUILT_PATCHES=$series quilt --quiltrc - push -a --fuzz=0) >/dev/null 2>&1
}

# on_host SANITIZER [SED]: the files of the part that need no kernel, in user
# space; SED is a change that the test must find.
on_host() {
	local host=$dir/host file
	local -a files=()

	for file in ${units[$PART]}; do
		files+=("$host/mm/memmap/$file")
	done
	host_tree "$dir/am" "$host" &&
		sed -i "${2:-}" "$host"/mm/memmap/*.c &&
		host_cc "$host" -O1 -g "-fsanitize=$1" -o "$host/test" \
			"patches/part_${PART}_test.c" \
			"${files[@]}" -lpthread || return 3
	"$host/test"
}

# It is built, and says no.
on_host_fails() {
	on_host address "$1"
	[ $? -eq 1 ]
}

# What each part has of those files, and changes that its test must find.
declare -A units=([a]="page.c extent.c" [b]=pristine.c
	[c]="pristine.c worker.c") what=(
	[a]="page store and extents" [b]="table of extents"
	[c]="table of extents, and workers")
declare -A wrong=([a]="a wrong count, and chunks that overlap"
	[b]="extents that are not merged, and a search that is off by one"
	[c]="a batch that another takes, and one that counts as free")

on_host_control() {
	case $PART in
	a)	on_host_fails 's/set_page_count(&template, 0)/(void)template/' &&
			on_host_fails 's/fetch_add(CHUNK_PAGES/fetch_add(CHUNK_PAGES \/ 2/' ;;
	b)	on_host_fails 's/if (below \&\& above) {/if (0) {/' &&
			on_host_fails 's/end_pfn) <= pfn/end_pfn) < pfn/' ;;
	c)	on_host_fails 's/while (extent\[at\].busy)/while (0)/' &&
			on_host_fails 's/memmap_pristine_count_free(zone, pfn - end_pfn)/(void)0/' ;;
	esac
}

same_result() {
	diff -r -x .git -x .pc "$dir/am" "$dir/quilt"
}

# overlay TREE: its files equal the overlay's, and neither has one more.
overlay() {
	local file bad=0

	for file in $(overlay_files); do
		if [ ! -e "$1/$file" ]; then
			echo "$file is not in the series: make patches puts it there"
			bad=1
		fi
		cmp "$(overlay_path "$file")" "$1/$file" || bad=1
	done
	for file in $(added | grep '^mm/.*/'); do
		[ "${file##*/}" = Makefile ] || [ -e "$(overlay_path "$file")" ] ||
			{ echo "$file is in the series alone: remove it there"; bad=1; }
	done
	return "$bad"
}

# The comparison must be able to fail.
overlay_control() {
	cp -r "$dir/am" "$dir/control"
	echo >> "$dir/control/mm/memmap/extent.c"
	! overlay "$dir/control"
}

# stands_alone PATCH...: they name nothing that only other patches add.
stands_alone() {
	local name bad=0

	for name in $(comm -13 <(added_by "$@") <(added) |
			sed -n 's,^include/,,p; s,^\(mm/[^/]*/\).*,\1,p' | sort -u); do
		! (cd "$series" && grep -nF "$name" "$@") || bad=1
	done
	return "$bad"
}

first_part_alone() {
	# shellcheck disable=SC2046 # names without blanks
	stands_alone $(first_part)
}

# With the second part's last patch it needs the others of that part.
first_part_control() {
	# shellcheck disable=SC2046 # names without blanks
	[ "$(first_part | wc -l)" -lt "$(series_files | wc -l)" ] &&
		! stands_alone $(series_files | tail -n 1) >/dev/null
}

# The series is what regenerate.sh makes of itself and the overlay.
regenerates() {
	mkdir "$dir/again" "$dir/now" && patches/regenerate.sh "$dir/again" &&
		cp "$series"/*.patch "$series/series" "$dir/now" &&
		rm -f "$dir"/now/0000-* && diff -r "$dir/now" "$dir/again"
}

ok "series applies with git am" with_am
ok "series applies with quilt, no fuzz" with_quilt
ok "git am and quilt agree" same_result
if [ -n "${PART:-}" ]; then
	ok "a patch that is fuzzy is seen" fuzz_control
	if [ -e "patches/part_${PART}_test.c" ]; then
		ok "${what[$PART]} in user space, ASan and UBSan" \
			on_host address,undefined
		ok "the same under TSan" on_host thread
		ok "that test finds ${wrong[$PART]}" on_host_control
	fi
	if [ -e "patches/part_${PART}_bench.c" ]; then
		ok "the benchmark frees all pages in both ways" \
			patches/bench.sh 64 1
	fi
	exit $failed
fi
ok "overlay in the series is the repository's" overlay "$dir/am"
ok "overlay comparison can fail" overlay_control
if grep -q '^# part' "$series/series"; then
	ok "first part of the series names nothing of the second" first_part_alone
	ok "that can fail" first_part_control
fi
ok "series is what make patches makes" regenerates
for part in "${linux_parts[@]}"; do
	PART=$part patches/check.sh || failed=1
done
exit $failed
