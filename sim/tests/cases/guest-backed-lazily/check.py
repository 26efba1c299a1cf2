# SPDX-License-Identifier: GPL-2.0-only
from lib import *

rc, out, err = run("validate", "boot.log", "--machine", "boot.log")
must(rc == 0, err)
text = out + err
must("fault_ns" in text, "fault_ns is not named")
seen = [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*\.?\d*(?:e[+]?\d+)?", text[text.index("fault_ns") - 200 if text.index("fault_ns") > 200 else 0:])]
must(any(abs(x - f) <= f * .2 for x in seen for f in (23550, 23.55)), "no value near 23550 ns: %s" % seen)
