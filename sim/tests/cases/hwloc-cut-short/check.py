# SPDX-License-Identifier: GPL-2.0-only
import os
import tempfile
from lib import *

status, out, err = run("machine", "show", "m.xml")
must(status == 2 and not out, "status %d" % status)
must("m.xml: malformed" in err, err)

whole = open("../hwloc-write-bandwidth/m.xml").read()
tried = [whole[:n] for n in range(0, len(whole), 53)]
tried += [whole[:m.start()] + whole[m.end():]
          for m in list(re.finditer(r' [a-z_]+="[^"]*"', whole))[::3]]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "cut.xml")
    for text in tried:
        with open(path, "w") as file:
            file.write(text)
        status, out, err = run("machine", "show", path)
        must(status in (0, 2), "status %d of %r" % (status, text))
        must(status == 0 or path in err, err)
