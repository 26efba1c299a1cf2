# SPDX-License-Identifier: GPL-2.0-only
from lib import *

r, err = rows("boot.log", "skylake-8167m")
must([x["predicted_ms"] is None for x in r] == [False, True], r)
near(r[0]["predicted_ms"], 17.1, 12, "1 M pages by one thread")
must("node 8" in err and "gets no" in err.replace("get no", "gets no"), err)
must("99" in err and "1000000" in err, err)
