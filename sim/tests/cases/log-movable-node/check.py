# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must([x["early_end_bytes"] for x in m["nodes"][1:]] == [0x108000000, 0x208000000], m["nodes"])
must(m["nodes"][0]["early_end_bytes"] == 0x10000000, m["nodes"][0])
