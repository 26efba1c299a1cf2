/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_MEMMAP_STRATEGIES_H
#define _MM_MEMMAP_STRATEGIES_H

/* Declares every strategy in list.h, for their files, strategy.c and tests. */

#include <linux/memmap_init.h>

#define MEMMAP_STRATEGY(name) extern const struct memmap_strategy memmap_##name;
#include "list.h"
#undef MEMMAP_STRATEGY

#endif /* _MM_MEMMAP_STRATEGIES_H */
