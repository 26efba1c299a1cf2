# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, _ = rows("boot.log", "skylake-8167m")
must(len(r) == 2, "two rows")
for x in r:
    near(x["predicted_ms"], 1729, 12, "node %s" % x["node"])
