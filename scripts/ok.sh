# SPDX-License-Identifier: GPL-2.0-only
# For scripts that test: . scripts/ok.sh [WORD], in the repository's root. Gives
# them $dir, a folder that is removed at the end, and ok. WORD begins the names
# of their tests.
# $failed is read there.
# shellcheck shell=bash disable=SC2034

ok_word=${1:+$1: }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# For those who end with it: 1 once a test has failed.
failed=0

# ok NAME COMMAND...: the command must succeed; what it says is shown if not.
ok() {
	local name=$ok_word$1

	shift
	if "$@" >"$dir/log" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 20 "$dir/log" | sed 's/^/    /'
		failed=1
	fi
}
