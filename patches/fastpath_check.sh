#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The allocator's fast path is no longer than mainline's: both page_alloc.o are
# built (nothing else of the kernels) and compared.
set -u
cd "$(dirname "$0")/.." || exit 1

object=mm/page_alloc.o
for flavour in deferred patched; do
	if ! guest/kernel.sh object "$flavour" "$object" >build/fastpath.log 2>&1; then
		echo "not ok fast path: no $object of the $flavour kernel"
		tail -n 20 build/fastpath.log | sed 's/^/    /'
		exit 1
	fi
done
mainline=build/kernel/deferred/$object
patched=build/kernel/patched/$object

if text=$(patches/fastpath.py "$mainline" "$patched"); then
	echo "ok fast path is not longer than mainline's"
else
	echo "not ok fast path is not longer than mainline's"
	failed=1
fi
echo "    ${text//$'\n'/$'\n'    }"

# The other way round it must be told, or the comparison proves nothing.
if patches/fastpath.py "$patched" "$mainline" >build/fastpath.log 2>&1; then
	echo "not ok fast path comparison can fail"
	failed=1
else
	echo "ok fast path comparison can fail"
fi
exit "${failed:-0}"
