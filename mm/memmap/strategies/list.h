/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The strategies, in the order of the documentation. To add one, write
 * NAME.c beside this file, which defines memmap_NAME, and add its line here.
 * Read several times, each time with another MEMMAP_STRATEGY(), so there is
 * no include guard.
 */
MEMMAP_STRATEGY(serial)
MEMMAP_STRATEGY(local)
MEMMAP_STRATEGY(parallel)
MEMMAP_STRATEGY(async)
MEMMAP_STRATEGY(ondemand)
MEMMAP_STRATEGY(deferred)
