// SPDX-License-Identifier: GPL-2.0-only
/*
 * ondemand: there is no drain. The allocator pulls a block when its free lists
 * run short, and the struct pages of memory that is never used are never
 * written.
 */
#include "strategies.h"

const struct memmap_strategy memmap_ondemand = {
	.name = "ondemand",
	.summary = "the allocator itself, a block at a time, ever after",
};
