# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "--format", "json", "boot.log", "--machine", "boot.log")
must(rc == 2 and not out, "status %d" % rc)
must("begins too late" in err and "Early memory node ranges" in err and "log_buf_len" in err, err)
must("hwloc" not in err and "lstopo" not in err, err)
