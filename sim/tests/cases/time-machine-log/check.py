# SPDX-License-Identifier: GPL-2.0-only
from lib import *

out = good("time", "--machine", "boot.log", "--runs", "1", "--cmdline", "memmap_init=serial")
must("1 node, 2 CPUs, 512 MiB" in out, out)
