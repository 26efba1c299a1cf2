# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must(n in ([(4, 18431)], [(4, 18432)]), "nodes %s" % n)
r, _ = rows("boot.log", "boot.log")
near(r[0]["predicted_ms"], 16, 12, "node 0")
