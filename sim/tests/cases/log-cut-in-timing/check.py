# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "boot.log")
must(rc == 2 and "boot.log:6: this line looks like timings" in err, err)
