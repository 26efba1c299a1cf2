#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# format.sh: bring every C and C++ file into the form of .clang-format.
# format.sh --check [FILE...]: name what is not in it, and what .editorconfig
# forbids: blanks at the end of a line, no end of the last line, carriage returns.
set -u
cd "$(dirname "$0")/.." || exit 1
scripts/deps.sh clang-format || exit 1

# TRACE_EVENT() is laid out as its neighbours in the kernel are, by hand.
mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' |
	grep -v '^include/trace/')
if [ "${1:-}" != --check ]; then
	exec clang-format -i "${sources[@]}"
fi
shift
if [ $# -gt 0 ]; then
	exec clang-format --dry-run -Werror "$@"
fi

bad=0
clang-format --dry-run -Werror "${sources[@]}" || bad=1
mapfile -t texts < <(git ls-files -co --exclude-standard | grep -v '\.patch$\|\.xml$\|/cases/\|/tests/logs/')
if grep -nIE $'[ \t]+$|\r$' "${texts[@]}"; then
	echo "blanks or a carriage return at the end of these lines" >&2
	bad=1
fi
for text in "${texts[@]}"; do
	if [ -s "$text" ] && [ -n "$(tail -c 1 "$text")" ]; then
		echo "$text: the last line has no end" >&2
		bad=1
	fi
done
exit "$bad"
