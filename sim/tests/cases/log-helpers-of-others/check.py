# SPDX-License-Identifier: GPL-2.0-only
from lib import *

for log, want in (("arm64-6.1.log", 286), ("arm64-6.12.log", 72), ("x86-6.1.log", 70)):
    r, err = rows(log, log)
    near(r[0]["predicted_ms"], want, 6, log)
    must(("one thread" in err) == (log == "arm64-6.1.log"), "%s: %s" % (log, err))
