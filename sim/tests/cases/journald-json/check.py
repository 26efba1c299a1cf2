# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "boot.log")
must(len(r) == 1 and r[0]["strategy"] == "parallel", "one row of parallel: %s" % r)
near(r[0]["predicted_ms"], 101.5, 5, "predicted ms")
must("bad" not in err and "unknown" not in err, "warning: " + err.strip())
m, n = nodes("boot.log")
must([c for c, _ in n] == [4, 4], "CPUs by node: %s" % n)
