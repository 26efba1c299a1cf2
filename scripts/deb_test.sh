#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build the package as a user in a fresh Debian 12 that has build-essential and
# the Build-Depends, nothing else; look at it with lintian; install it in
# another fresh one, run debian/tests/smoke there, remove it again.
# Root only, for it takes chroot and mount; apt's sources are this machine's.
# About 5 minutes. CHROOT=DIR: keep the fresh Debian there, not in build/chroot.
set -eu
cd "$(dirname "$0")/.."
chroot=$(realpath -m "${CHROOT:-build/chroot}")
base=$chroot/base
root=$chroot/run
log=$chroot/log

[ "$(id -u)" = 0 ] || { echo "deb_test.sh: needs root: sudo make deb-test" >&2; exit 1; }
# Mounts are seen by this process alone and are gone when it ends.
[ "${DEB_TEST_UNSHARED:-}" ] ||
	DEB_TEST_UNSHARED=1 exec unshare --mount scripts/deb_test.sh
scripts/deps.sh debootstrap git
mkdir -p "$chroot"

# step TEXT COMMAND...: what it prints is shown if it fails
step() {
	local text=$1 status

	shift
	# Not in a condition: set -e would not hold within it.
	set +e
	(set -e; "$@") >"$log" 2>&1
	status=$?
	set -e
	[ "$status" -eq 0 ] || { tail -n 30 "$log" >&2; echo "not ok $text" >&2; exit 1; }
	echo "ok $text"
}

bootstrap() {
	local mirror

	# shellcheck disable=SC2016 # apt's names
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
		'Created-By: Packages' | sed -n 's/ bookworm$//p' | head -n 1)
	[ -n "$mirror" ] || { echo "no apt source names bookworm"; return 1; }
	rm -rf "$base"
	debootstrap --variant=minbase bookworm "$base" "$mirror"
	touch "$base/.complete"
}

inside() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}

packages() {
	inside apt-get install -qy --no-install-recommends "$@"
}

remove() {
	umount -q "$root"/{proc,sys,dev} || true
	rm -rf --one-file-system "$root"
}

# A copy of it, with apt as it is here.
fresh() {
	remove
	cp -a --reflink=auto "$base" "$root"
	rm -rf "$root"/etc/apt/sources.list*
	cp -r /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt"
	cp -r /usr/share/keyrings "$root/usr/share"
	cp /etc/resolv.conf /etc/hosts "$root/etc"
	mount --bind /proc "$root/proc"
	mount --bind /sys "$root/sys"
	mount --bind /dev "$root/dev"
	inside apt-get update -q
}

sources() {
	mkdir "$root/tmp/build" "$root/tmp/build/memmap-init"
	git ls-files -co --exclude-standard -z |
		xargs -0 cp --parents -P -t "$root/tmp/build/memmap-init"
	packages build-essential
	inside apt-get build-dep -qy --no-install-recommends /tmp/build/memmap-init
	inside chown -R nobody /tmp/build
}

build() {
	inside setpriv --reuid=nobody --clear-groups sh -c \
		'cd /tmp/build/memmap-init && DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -us -uc'
	cp "$root"/tmp/build/memmap_*.deb "$chroot"
}

look() {
	packages lintian
	inside setpriv --reuid=nobody --clear-groups sh -c \
		'cd /tmp/build && lintian --fail-on error,warning memmap-init_*.changes'
}

# By itself first: what it needs has to be in its Depends.
use() {
	cp "$chroot"/memmap_*.deb debian/tests/smoke "$root/tmp"
	packages "/tmp/$(basename "$chroot"/memmap_*.deb)"
	inside sh -c 'cd / && memmap predict --machine server-16s-32t'
	packages man-db bash-completion zsh
	inside /tmp/smoke
}

purge() {
	inside apt-get purge -qy memmap
	! inside find /usr /etc -path '*memmap*' | grep .
}

rm -f "$chroot"/*.deb
[ -e "$base/.complete" ] || step "a fresh Debian 12" bootstrap
step "a copy of it" fresh
step "sources and Build-Depends there" sources
step "a user builds the package" build
step "lintian has nothing to say" look
step "another copy of it" fresh
step "installed, used and read" use
step "purged, nothing left" purge
remove
