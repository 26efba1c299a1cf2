#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The allocator's fast path is no longer than mainline's: both page_alloc.o are
# built (nothing else of the kernels) and compared. LINUX= names the kernel;
# without it, every one that there is a series for.
set -u
cd "$(dirname "$0")/.." || exit 1

if [ -z "${LINUX:-}" ]; then
	. guest/linux.sh
	each_linux patches/fastpath_check.sh
	exit
fi
. guest/linux.sh
object=mm/page_alloc.o
if [ "$LINUX" != "$linux_default" ] && ! guest/kernel.sh source; then
	echo "skipped: the fast path of Linux $LINUX, whose source cannot be fetched"
	exit 0
fi
for flavour in deferred patched; do
	if ! guest/kernel.sh object "$flavour" "$object" >build/fastpath.log 2>&1; then
		echo "not ok $LINUX: fast path: no $object of the $flavour kernel"
		tail -n 20 build/fastpath.log | sed 's/^/    /'
		exit 1
	fi
done
mainline=$linux_build/deferred/$object
patched=$linux_build/patched/$object

if text=$(patches/fastpath.py "$mainline" "$patched"); then
	echo "ok $LINUX: fast path is not longer than mainline's"
else
	echo "not ok $LINUX: fast path is not longer than mainline's"
	failed=1
fi
echo "    ${text//$'\n'/$'\n'    }"

# The other way round it must be told, or the comparison proves nothing.
if patches/fastpath.py "$patched" "$mainline" >build/fastpath.log 2>&1; then
	echo "not ok $LINUX: fast path comparison can fail"
	failed=1
else
	echo "ok $LINUX: fast path comparison can fail"
fi
exit "${failed:-0}"
