# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("m.xml")
want = [40000, 25000]
for i, w in enumerate(want):
    c = m["nodes"][i].get("costs", {}).get("node_nt_bytes_per_s")
    must(c is not None, "node %d has no rate of its own" % i)
    near(c["value"], w * 2**20, 2, "node %d node_nt_bytes_per_s" % i)
    must(c["label"] == "datasheet", "label " + c["label"])

# A rate beyond all hardware is a wrong file, not a machine.
import os
import tempfile
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "fast.xml")
    with open(path, "w") as file:
        file.write(open("m.xml").read().replace('value="40000"', 'value="4%s"' % ("0" * 18)))
    status, out, err = run("machine", "show", path)
    must(status == 2 and not out, "status %d" % status)
    must(path in err and "node 0: bandwidth" in err, err)
