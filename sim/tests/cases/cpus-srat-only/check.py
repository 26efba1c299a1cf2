# SPDX-License-Identifier: GPL-2.0-only
from lib import *

m, n = nodes("boot.log")
must([c for c, _ in n] == [1, 3], "CPUs by node %s, want [1, 3]" % [c for c, _ in n])
