# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("m.xml")
want = [40000, 25000]
for i, w in enumerate(want):
    c = m["nodes"][i].get("costs", {}).get("node_nt_bytes_per_s")
    must(c is not None, "node %d has no rate of its own" % i)
    near(c["value"], w * 2**20, 2, "node %d node_nt_bytes_per_s" % i)
    must(c["label"] == "datasheet", "label " + c["label"])
