/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The strategies, in the order of the documentation. To add one, write NAME.c
 * in this folder, which includes strategies.h and defines memmap_NAME, and add
 * its line here.
 *
 * There is no include guard, because the file is included several times, each
 * time with another definition of MEMMAP_STRATEGY().
 */
MEMMAP_STRATEGY(serial)
MEMMAP_STRATEGY(local)
MEMMAP_STRATEGY(parallel)
MEMMAP_STRATEGY(async)
MEMMAP_STRATEGY(ondemand)
MEMMAP_STRATEGY(idle)
MEMMAP_STRATEGY(deferred)
