# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must([c for c, _ in n] == [4, 8], "CPUs by node %s, want [4, 8]" % [c for c, _ in n])
