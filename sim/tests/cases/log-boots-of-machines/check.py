# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must(n == [(4, 8192)], n)
rc, out, err = run("machine", "show", "boot.log")
must("2 boots" in err and "boot.log:6" in err, err)
r, err = rows("boot.log")
must([(x["boot"], x["measured_ms"]) for x in r] == [(1, 30), (2, 15)], r)
rc, out, err = run("validate", "boot.log")
must("boot 1, from line 1: Linux 6.11.0" in out and "boot 2, from line 6: Linux 6.12.0" in out, out)
r, err = rows("boot.log", "boot.log")
must("boot.log:1: this boot had 16 GiB, and boot.log has 8 GiB" in err, err)
must("boot.log:6: this boot" not in err, err)
