# SPDX-License-Identifier: GPL-2.0-only
from lib import *


def says(log, *words):
    rc, out, err = run("machine", "import", log)
    must(rc == 0 and len(err.splitlines()) == len(words), (log, err))
    for word in words:
        must(word in err, (log, word, err))


says("whole.log")
says("beginning.log", "beginning.log:2: the kernel counts 32 GiB here, and the lines of nodes name 16 GiB",
     "node 0 has memory, and no line says which")
says("range.log", "range.log:6: the kernel counts 32 GiB here, and the lines of nodes name 18 GiB")
says("total.log", "total.log:8: no line says how many CPUs came up; taken for the 4 that have a node")
