#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What make install puts below DESTDIR works from another folder: the program
# finds its library, the manual says what --help says, completion knows every
# verb and option; make uninstall leaves nothing.
# Every function is called by name through ok().
# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. scripts/ok.sh install
root=$dir/root
memmap=$root/usr/local/bin/memmap

installs() {
	make -s install DESTDIR="$root" &&
		ls "$memmap" "$root"/usr/local/share/memmap/{machines/*.json,data/*.csv}
}

verbs() {
	"$memmap" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'
}

options() {
	"$memmap" "$1" --help | grep -o '^  .\{0,5\}--[a-z-]*' | grep -o -- '--.*'
}

finds_library() (
	cd / && "$memmap" machine list | grep -q server-16s-32t &&
		"$memmap" predict --machine microvm-1g &&
		"$memmap" validate >"$dir/validate" &&
		diff "$dir/validate" <(cd "$top" && build/memmap validate)
)

# Moved away from its library, the program must not find one by luck.
library_control() (
	cp "$memmap" "$dir/alone" && cd / &&
		! MEMMAP_DATADIR=$dir/none "$dir/alone" machine show microvm-1g
)

datadir_variable() (
	cp "$memmap" "$dir/alone" && cd / &&
		MEMMAP_DATADIR=$root/usr/local/share/memmap "$dir/alone" machine show microvm-1g
)

manual() {
	local page verb option

	for page in "$root"/usr/local/share/man/man1/*.1; do
		man --warnings=w -E UTF-8 -l "$page" >"$dir/page" 2>"$dir/warnings"
		# A long word in a narrow line is no fault of the page.
		! grep -v 'cannot adjust line' "$dir/warnings" || return 1
	done
	for verb in $(verbs); do
		man -l "$root/usr/local/share/man/man1/memmap-$verb.1" | col -b >"$dir/page"
		for option in $(options "$verb"); do
			grep -qe "$option" "$dir/page" ||
				{ echo "memmap-$verb(1) lacks $option"; return 1; }
		done
	done
}

# bash_complete LINE: what completion offers at its end
bash_complete() {
	# shellcheck disable=SC2016 # expanded by the shell that is started
	bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		. "$1"
		compopt() { :; }
		COMP_LINE=$2
		COMP_POINT=${#COMP_LINE}
		COMP_TYPE=9
		# As readline does it: blanks part words, = is one.
		mapfile -t COMP_WORDS < <(sed "s/=/\n=\n/g; s/ /\n/g" <<<"$2")
		[[ $2 != *= ]] || unset "COMP_WORDS[-1]"
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_memmap memmap "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$root/usr/local/share/bash-completion/completions/memmap" "$1"
}

# zsh_complete LINE: what a terminal shows when TAB is pressed after it
zsh_complete() {
	timeout 20 zsh -f sim/tests/complete.zsh \
		"$root/usr/local/share/zsh/site-functions" "$1" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g'
}

# offers COMPLETE LINE WORD...: each of the words must be among the offers
offers() {
	local complete=$1 line=$2 word

	shift 2
	"$complete" "$line" | tr -s ' \r=' '\n' >"$dir/offers"
	for word in "$@"; do
		grep -qxFe "$word" "$dir/offers" ||
			{ echo "after '$line' $complete lacks $word:"; cat "$dir/offers"; return 1; }
	done
}

completion() {
	local complete=$1 verb

	# shellcheck disable=SC2046 # words are meant
	offers "$complete" "memmap " $(verbs) --help || return 1
	for verb in $(verbs); do
		[ -z "$(options "$verb")" ] && continue
		# shellcheck disable=SC2046
		offers "$complete" "memmap $verb --" $(options "$verb") || return 1
	done
	offers "$complete" "memmap predict --machine s" server-16s-32t &&
		offers "$complete" "memmap time --format=" text json csv &&
		offers "$complete" "memmap advise --load=" tenth database &&
		offers "$complete" "memmap sweep --load=" tenth database &&
		offers "$complete" "memmap machine " list show import export &&
		offers "$complete" "memmap machine show micro" microvm-1g
}

# Every strategy of list.h, whatever the list is.
completes_strategies() {
	# shellcheck disable=SC2046
	offers "$1" "memmap predict --cmdline memmap_init=" \
		$(sed -n 's/^MEMMAP_STRATEGY(\(.*\))/\1/p' mm/memmap/strategies/list.h)
}

completion_control() {
	! offers "$1" "memmap time --" --no-such-option
}

uninstalls() {
	make -s uninstall DESTDIR="$root" && ! find "$root" ! -type d | grep .
}

PATH=$root/usr/local/bin:$PATH
ok "make install below DESTDIR" installs
ok "run from / it finds its library and its data" finds_library
ok "MEMMAP_DATADIR comes first" datadir_variable
ok "without a library it says so" library_control
ok "manual pages render and know every option" manual
for shell in bash zsh; do
	ok "$shell completes every verb, option and machine" completion ${shell}_complete
	ok "$shell completes every strategy" completes_strategies ${shell}_complete
	ok "the check of $shell can fail" completion_control ${shell}_complete
done
ok "make uninstall leaves nothing" uninstalls
exit $failed
