# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must(n == [(4, 20401)] or n == [(4, 20400)], "nodes %s" % n)
rc, out, err = run("predict", "--machine", "boot.log")
must(rc == 0, err)
