# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must([c for c, _ in n] == [2, 2], "CPUs by node %s, want [2, 2]" % [c for c, _ in n])
