# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log")
got = sorted((x["node"], x["measured_ms"]) for x in r)
must(got == [(0, 44), (1, 40), (2, 48)], "rows %s, said: %s" % (got, err))
