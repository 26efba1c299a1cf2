# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("predict", "--machine", "m.xml")
if rc == 0:
    m, n = nodes("m.xml")
    must(n == [(2, 16384)], "nodes %s" % n)
else:
    must(rc == 2 and not out, "status %d" % rc)
    must(re.search(r"hwloc", err) and re.search(r"\b3(\.|\b)|v3", err), "names the version: " + err)
    must("export-xml-flags" in err or re.search(r"\bv2\b|version=.?2|2\.\d", err), "says how to get one that it reads: " + err)
