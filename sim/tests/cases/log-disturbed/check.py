# SPDX-License-Identifier: GPL-2.0-only
from lib import *

import os

for name, words in (("init_on_free=1", ["init_on_free"]), ("debug_pagealloc=on", ["debug_pagealloc"]),
                    ("page-poison=y", ["page_poison"]), ("page_poison=1 page_poison=0", []),
                    ("init_on_free=0", []), ("init_on_alloc=1", [])):
    text = open("boot.log").read().replace("quiet", name)
    open("/tmp/memmap-case-%d.log" % os.getpid(), "w").write(text)
    r, err = rows("/tmp/memmap-case-%d.log" % os.getpid())
    os.unlink("/tmp/memmap-case-%d.log" % os.getpid())
    must(len(r) == 1, name)
    must(all(w in err for w in words) and bool(words) == ("no prediction" in err), "%s: %s" % (name, err))
r, err = rows("kasan.log")
must("deferred was used instead: KASAN" in err and "KASAN poisons" in err, err)
r, err = rows("heap-free.log")
must("init_on_free" in err, err)
