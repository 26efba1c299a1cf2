# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of memmap(1) for bash. Verbs, options and the kind of an option's
# value are read from --help, so that a new one is known at once.

# _memmap_kind PROGRAM VERB OPTION: the word that stands for its value
_memmap_kind()
{
	"$1" "$2" --help | awk -v option="$3" '/^ +-/ {
		split($1 ~ /,$/ ? $2 : $1, long, "=")
		if ($1 == option "," || long[1] == option) {
			print long[2]
			exit
		}
	}'
}

# _memmap_values PROGRAM VERB KIND: what the value may be, where it is a list
_memmap_values()
{
	case $3 in
	SPEC) "$1" machine list --format csv | sed '1d; s/,.*//' ;;
	FORMAT) "$1" "$2" --help | sed -n 's/.*--format=FORMAT//p' |
		sed 's/,/ /g; s/ or / /' ;;
	LOAD) "$1" advise --help | sed -n 's/^  \([a-z]*\): .*/\1/p' ;;
	LINE) "$1" time --help | tr -s ' \n' ' ' |
		sed -n 's/.*STRATEGY is \([^;]*\);.*/\1/p' |
		sed 's/,/ /g; s/ or / /; s/[a-z][a-z]*/memmap_init=&/g' ;;
	esac
}

_memmap()
{
	# shellcheck disable=SC2034 # split is set by _init_completion
	local cur prev words cword split verb kind

	_init_completion -s || return
	verb=${words[1]}
	if ((cword == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "--help --version
			$("$1" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')" -- "$cur")
		return
	fi

	kind=$(_memmap_kind "$1" "$verb" "$prev" 2>/dev/null)
	case $kind in
	SPEC|FORMAT|LINE|LOAD)
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_memmap_values "$1" "$verb" "$kind" 2>/dev/null)" -- "$cur")
		# readline takes what stands before a "=" as a word of its own.
		[[ $cur != *=* || $COMP_WORDBREAKS != *=* ]] ||
			COMPREPLY=("${COMPREPLY[@]#*=}")
		[[ $kind != SPEC ]] || _filedir
		return ;;
	FILE*)
		_filedir
		return ;;
	?*)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_parse_help "$1" "$verb --help")" -- "$cur")
		[[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace
	elif [[ $verb == machine && $cword -eq 2 ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$("$1" machine --help |
			sed -n 's/^ *\(Usage\|or\): *memmap machine \[OPTION...\] \([a-z]*\).*/\2/p')" -- "$cur")
	else
		[[ $verb != machine ]] || mapfile -t COMPREPLY < <(compgen -W \
			"$(_memmap_values "$1" "$verb" SPEC)" -- "$cur")
		_filedir
	fi
} &&
	complete -F _memmap memmap
