#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fetch.sh PACKAGE DIR: unpack a package of Debian's unstable or experimental into
# DIR. It comes from the mirror that this machine's own apt sources name. apt keeps
# its state below DIR, so the system's stays as it is, and nothing is installed.
set -euo pipefail

package=$1
mkdir -p "$2/apt/lists/partial" "$2/apt/archives/partial"
dir=$(realpath "$2")

# Not the sources of updates, whose mirror may have no such suite. apt expands
# these.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
	awk '$2 !~ /-/ { print $1; exit }')
if [ -z "$mirror" ]; then
	echo "fetch: this machine's apt sources name no mirror of Debian" >&2
	exit 1
fi
for suite in unstable experimental; do
	echo "deb $mirror $suite main"
done >"$dir/apt/sources.list"

private=(-qq
	-o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o "Dir::State=$dir/apt" -o Dir::State::status=/dev/null
	-o "Dir::Cache=$dir/apt" -o "APT::Sandbox::User=$(id -un)")
cd "$dir"
apt-get "${private[@]}" update >&2
if ! apt-get "${private[@]}" download "$package" >&2; then
	echo "fetch: $package is in neither unstable nor experimental of this machine's mirror" >&2
	exit 1
fi
dpkg-deb -x "$package"_*.deb .
rm -rf apt "$package"_*.deb
