# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "m.json")
must([(x["boot"], x["measured_ms"]) for x in r] == [(1, 26), (2, 7)], r)
near(r[0]["predicted_ms"], 25.5, 5, "threads=1")
near(r[1]["predicted_ms"], 6.8, 5, "threads=4")
