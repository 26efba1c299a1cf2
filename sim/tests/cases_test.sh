#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Inputs as they come, see cases/README.md. cases_test.sh CASE...: those alone.
set -u
cd "$(dirname "$0")/cases" || exit 1
export PATH=$PWD/../../../build:$PATH PYTHONPATH=$PWD PYTHONDONTWRITEBYTECODE=1

[ $# -gt 0 ] || set -- */
for case in "${@%/}"; do
	if said=$(cd "$case" && python3 check.py 2>&1); then
		echo "ok case: $case"
	else
		echo "not ok case: $case: $(tail -n 1 <<<"$said")"
	fi
done

# The runner must see a wrong answer.
control=$(mktemp -d)
trap 'rm -rf "$control"' EXIT
echo 'from lib import *; must(run("machine", "show", "pu:2")[0] == 2, "control")' \
	>"$control/check.py"
if (cd "$control" && python3 check.py >/dev/null); then
	echo "not ok case: a wrong answer passes"
else
	echo "ok case: a wrong answer is seen"
fi
