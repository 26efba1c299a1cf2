# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log")
got = [(x["node"], x["measured_ms"]) for x in r]
must(got == [(0, 40), (1, 44), (2, 48), (3, 41)], "rows %s, said: %s" % (got, err))
