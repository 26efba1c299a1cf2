# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "boot.log")
near(r[0]["predicted_ms"], 99.5, 5, "threads=1")
must("2 times" in err and "parallel,threads=1" in err, err)
