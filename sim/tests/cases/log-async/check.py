# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "boot.log")
must(len(r) == 1 and r[0]["strategy"] == "async", r)
near(r[0]["predicted_ms"], 25, 8, "drain of 4 CPUs a node")
must("boot does not wait" in err, err)
r, err = rows("early.log")
must(not r and "memmap_init=async" in err and "save the log later" in err, err)
rc, out, err = run("validate", "early.log")
must(rc == 0 and "no line such as" not in err, err)
