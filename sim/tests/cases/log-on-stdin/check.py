# SPDX-License-Identifier: GPL-2.0-only
from lib import *

for args in (("validate", "-", "--machine", "-"),
             ("validate", "boot.log", "--machine", "-"),
             ("validate", "-", "--machine", "boot.log")):
    rc, out, err = run(*args, "--format", "json", stdin=open("boot.log"))
    must(rc == 0, err)
    must([x["node"] for x in json.loads(out)["rows"]] == [0, 1], out)
    for x in json.loads(out)["rows"]:
        near(x["predicted_ms"], 72, 5, "node %s" % x["node"])
rc, out, err = run("machine", "show", "-", stdin=open("boot.log"))
must(rc == 0 and "2 nodes (0 without CPUs), 8 CPUs, 128 GiB" in out, out + err)
rc, out, err = run("validate", "-")
must(rc == 2 and "standard input: no line of a kernel" in err, err)
rc, out, err = run("predict", "--machine", "-")
must(rc == 2 and "standard input" in err, err)
