# SPDX-License-Identifier: GPL-2.0-only
from lib import *

import gzip
import os
import tempfile
import time

folder = tempfile.mkdtemp()
made = {
    "packed.log": (gzip.compress(open("boot.log", "rb").read()), "gzip -d"),
    "noise.log": (os.urandom(100000), "binary"),
    "journal.log": (b"LPKSHHRH" + bytes(5000), "journalctl --file"),
    "letter.log": (b"Dear reader,\n\nno kernel here.\n", "no line of a kernel"),
    "empty.log": (b"", "no line of a kernel"),
}
tried = [("/dev/zero", "no line ends"), (folder, "directory"),
         ("nowhere.log", "No such file"), (os.path.realpath("/bin/sh"), "program")]
for name, (content, why) in made.items():
    path = os.path.join(folder, name)
    open(path, "wb").write(content)
    tried.append((path, why))
for path, why in tried:
    start = time.time()
    rc, out, err = run("validate", path)
    must(rc == 2 and not out, "%s: status %d, %s" % (path, rc, out))
    must(why.lower() in err.lower(), "%s: %s" % (path, err))
    must("hwloc" not in err, err)
    if os.path.isfile(path) or path == "/dev/zero":
        rc, out, err = run("predict", "--machine", path)
        must(rc == 2 and not out, "%s: status %d, %s" % (path, rc, out))
    must(time.time() - start < 2, "%s takes its time" % path)
