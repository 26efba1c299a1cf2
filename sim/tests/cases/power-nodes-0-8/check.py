# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must(n == [(2, 65536), (6, 65536)], "nodes %s" % n)
rc, out, err = run("machine", "show", "boot.log")
must(re.search(r"\b2 nodes \(0 without CPUs\), 8 CPUs", out), "machine show: 2 nodes, 8 CPUs")
r, _ = rows("boot.log", "boot.log")
must([x["node"] for x in r] == [0, 8], "rows 0 and 8")
a, b = (x["predicted_ms"] for x in r)
must(a and b and 2.2 < a / b < 3.6, "node 8 has three times the CPUs: %s, %s" % (a, b))
