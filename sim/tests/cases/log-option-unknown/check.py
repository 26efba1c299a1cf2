# SPDX-License-Identifier: GPL-2.0-only
from lib import *

want, err = rows("without.log", "without.log")
must("does not know" not in err, err)
for log in ("says.log", "mainline.log"):
    r, err = rows(log, log)
    must(r[0]["strategy"] == "deferred", r)
    near(r[0]["predicted_ms"], want[0]["predicted_ms"], 0.1, log)
    must(log + ":2: memmap_init=parallel,threads=1 is given, and this kernel does not know it" in err, err)
