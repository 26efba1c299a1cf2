# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("predict", "--machine", "m.xml", "--format", "json")
must(rc == 0, err)
for x in json.loads(out)["results"]:
    near(x["pages_total"], 4194304, 0.1, "pages of " + x["strategy"])
