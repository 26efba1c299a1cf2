#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The Makefile has a rule for all that each flavour needs, from nothing on.
# What the commands do is for other tests: here they are only listed.
set -u
cd "$(dirname "$0")/../.." || exit 1
. scripts/ok.sh make

# from_nothing FLAVOUR TARGET: the commands end with the one that links it.
from_nothing() {
	make -n FLAVOUR="$1" BUILD="$dir/none" "$2" >"$dir/$1" &&
		grep -q ' -c -o .*main\.o\|_test\.o' "$dir/$1" && [ ! -e "$dir/none" ]
}
for flavour in gcc clang asan tsan fuzz; do
	ok "FLAVOUR=$flavour, from nothing" from_nothing $flavour all
	ok "FLAVOUR=$flavour, from nothing: unit tests" from_nothing $flavour test-bins
done
ok "FLAVOUR=fuzz, from nothing: fuzz-bins" from_nothing fuzz fuzz-bins
no_flavour() {
	! make -n FLAVOUR=gc all >"$dir/said" 2>&1 &&
		grep -q 'FLAVOUR=gc: want gcc' "$dir/said"
}
ok "a flavour that there is not" no_flavour
# The check sees it where a rule is missing.
# shellcheck disable=SC2016 # make expands it
no_rule() {
	sed '/^\$(OUT)\/%\.o: %\.c/,/^$/d' Makefile >"$dir/Makefile" &&
		! make -n -f "$dir/Makefile" FLAVOUR=asan BUILD="$dir/none" all >"$dir/said" 2>&1 &&
		grep -q 'No rule to make target' "$dir/said"
}
ok "a rule that is missing is seen" no_rule
