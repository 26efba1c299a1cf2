# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "boot.log", "--machine", "boot.log")
must(rc == 0, err)
must("page_poison" in out + err, "the reason, page_poison=1 on the command line, is not named")
