#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# man.sh PROGRAM DIR DATADIR: write memmap.1 and a memmap-VERB.1 for each verb
# into DIR. All that they say comes from --help and from doc/memmap.h2m.
set -eu
cd "$(dirname "$0")/.."
program=$1 dir=$2 datadir=$3
verbs=$("$program" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')
[ -n "$verbs" ] || { echo "$program --help names no verb" >&2; exit 1; }

rm -rf "$dir"
mkdir -p "$dir"

# help2man keeps a line as it is behind "$": examples are indented by two
# blanks, without a gap as between an option and its text.
cat >"$dir/memmap" <<EOF
#!/bin/sh
"$(realpath "$program")" "\$@" | sed \\
	-e 's/^\([A-Z][a-z ]*:\)  *\(memmap .*\)/\n\1\n\n  $ \2/' \\
	-e '/^  [a-z]/ { /[^ ]   *[^ ]/! s/^  /  $ / }'
EOF
chmod +x "$dir/memmap"

# page NAME SUMMARY HELP-OPTION SEE-ALSO...
page() {
	name=$1 summary=$2 option=$3
	shift 3
	{
		sed "s|@DATADIR@|$datadir|" doc/memmap.h2m
		printf '.BR %s (1),\n' "$@" | sed '$s/,$//'
		printf '[name]\n%s \\- %s\n' "$name" "$summary"
	} | help2man --no-info --locale=C --section=1 --include=/dev/stdin \
		--help-option="$option" --output="$dir/$name.1" "$dir/memmap"
}

# shellcheck disable=SC2046,SC2086 # one word a verb is meant here
page memmap "who initialises the memmap, and how long boot waits for it" \
	--help $(printf 'memmap-%s ' $verbs) lstopo
for verb in $verbs; do
	page "memmap-$verb" \
		"$("$program" --help | sed -n "s/^  $verb  *//p")" \
		"$verb --help" memmap
done
rm "$dir/memmap"
