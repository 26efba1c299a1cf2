# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "boot.log")
must(rc == 0 and "memmap_init=ondemand, which drains nothing" in err, err)
must("is it a kernel log" not in err and "gzip" not in err, err)
