# SPDX-License-Identifier: GPL-2.0-only
from lib import *

for log in ("journal.json", "dmesg.json"):
    m, n = nodes(log)
    must(n == [(1, 4096), (3, 4096)], "%s: %s" % (log, n))
    r, err = rows(log, log)
    must([x["measured_ms"] for x in r] == [8], r)
