# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "boot.log")
must(abs(r[0]["predicted_ms"] - 11.4) < .8, r)
must("put together of lines 2 to 3" in err, err)
