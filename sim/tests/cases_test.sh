#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Inputs as they come, see cases/README.md. cases_test.sh CASE...: those alone.
# MEMMAP: another program than the one that is built here.
set -u
cd "$(dirname "$0")/cases" || exit 1
export PYTHONPATH=$PWD PYTHONDONTWRITEBYTECODE=1
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
# It may come with options of its own.
printf '#!/bin/sh\nexec %s "$@"\n' "${MEMMAP:-$PWD/../../../build/memmap}" >"$here/memmap"
chmod +x "$here/memmap"
export PATH=$here:$PATH
unset MEMMAP_DATADIR

[ $# -gt 0 ] || set -- */
for case in "${@%/}"; do
	if said=$(cd "$case" && python3 check.py 2>&1); then
		echo "ok case: $case"
	else
		echo "not ok case: $case: $(tail -n 1 <<<"$said")"
	fi
done

# The runner must see a wrong answer, and that of another program.
mkdir "$here/control"
echo 'from lib import *; must(run("machine", "show", "pu:2")[0] == 2, "control")' \
	>"$here/control/check.py"
if (cd "$here/control" && python3 check.py >/dev/null); then
	echo "not ok case: a wrong answer passes"
else
	echo "ok case: a wrong answer is seen"
fi
if [ -z "${MEMMAP:-}" ]; then
	if MEMMAP=/bin/true bash ../cases_test.sh crlf | grep -q '^not ok case: crlf'; then
		echo "ok case: MEMMAP is what is tested"
	else
		echo "not ok case: MEMMAP is not what is tested"
	fi
fi
