# SPDX-License-Identifier: GPL-2.0-only
from lib import *

want = {
    "power": [0x1000000, 0x801000000],
    "s390": [0x90000000],
    "arm64-old": [0x140000000],
    "arm64-new": [0x108000000],
}
for name in want:
    m, n = nodes(name + ".log")
    must([x["early_end_bytes"] for x in m["nodes"]] == want[name], (name, m["nodes"]))
