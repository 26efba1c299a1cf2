# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "--data", "mine.csv", "--format", "json")
if rc == 0:
    r = json.loads(out)
    must(r["rows_predicted"] == 2, "rows predicted: %s" % r["rows_predicted"])
else:
    must(rc == 2 and "mine.csv:3" in err, "names the line: " + err)
