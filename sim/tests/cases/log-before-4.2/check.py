# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "boot.log")
must(rc == 2 and "4.2" in err and "3.2.0" in err, err)
m, n = nodes("boot.log")
must(n == [(4, 33792)], n)
