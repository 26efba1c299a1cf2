# SPDX-License-Identifier: GPL-2.0-only
from lib import *

for log, words in (("no-lists.log", "shared out evenly over 2 nodes"), ("no-pages.log", "taken for 64 KiB"),
                   ("no-cpus.log", "how many CPUs"), ("all.log", "")):
    rc, out, err = run("machine", "show", log)
    must(rc == 0 and words in err and (err == "") == (words == ""), "%s: %s" % (log, err))
    must(len(err.splitlines()) == bool(words), "%s: one line: %s" % (log, err))
