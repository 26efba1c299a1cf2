# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "boot.log")
must(len(r) == 1, "1 rows: %s" % r)
for x, w in zip(r, [26.0]):
    near(x["predicted_ms"], w, 6, "node %s" % x["node"])
