# SPDX-License-Identifier: GPL-2.0-only
# For scripts that test what the command says of bad input: . scripts/bad.sh
# after ok.sh. Gives them $memmap and bad.
# shellcheck shell=bash disable=SC2086,SC2154 # options in $memmap; ok.sh has $dir

memmap=${MEMMAP:-build/memmap}

# bad WORD ARGS...: must end with status 2 and a message that holds WORD.
bad() {
	local word=$1 status

	shift
	$memmap "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	if [ $status -eq 2 ] && grep -qF -- "$word" "$dir/err" && [ ! -s "$dir/out" ]; then
		echo "ok ${ok_word}rejects $*"
	else
		echo "not ok $ok_word$* gives status $status: $(head -n 2 "$dir/err")"
	fi
}
