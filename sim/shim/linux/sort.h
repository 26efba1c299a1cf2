/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SORT_H
#define SIM_LINUX_SORT_H

#include <stdlib.h>
#define sort(base, nr, bytes, order, swap) qsort(base, nr, bytes, order)

#endif /* SIM_LINUX_SORT_H */
