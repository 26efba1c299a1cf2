# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, _ = rows("boot.log", "m.xml")
must([x["node"] for x in r] == [0, 8], "rows 0 and 8")
for x in r:
    near(x["predicted_ms"], 147, 5, "node %s" % x["node"])
rc, out, err = run("machine", "show", "m.xml")
must(re.search(r"\b2 nodes", out), "2 nodes in machine show")
