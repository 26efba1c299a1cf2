#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Install the Debian packages named as arguments, those that are missing.
set -u

if ! command -v dpkg-query >/dev/null; then
	echo "Not a Debian: what these packages hold has to be here under another name:" >&2
	echo "    $*" >&2
	echo "Install it, then skip this check: mkdir -p build && touch build/deps build/deps-check" >&2
	exit 1
fi

missing=
for package in "$@"; do
	case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
	*"ok installed") ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "Missing Debian packages. Run:" >&2
		echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
		exit 1
	fi
	sudo="sudo -n"
fi

echo "installing:$missing" >&2
# One word a package is meant here.
# shellcheck disable=SC2086
{
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 ||
	{
		$sudo apt-get update -qq &&
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
	}
}
