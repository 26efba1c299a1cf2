/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_PAGEBLOCK_FLAGS_H
#define SIM_LINUX_PAGEBLOCK_FLAGS_H

#define pageblock_order	   9
#define pageblock_nr_pages (1UL << pageblock_order)

#endif /* SIM_LINUX_PAGEBLOCK_FLAGS_H */
