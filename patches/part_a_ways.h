/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PATCHES_PART_A_WAYS_H
#define PATCHES_PART_A_WAYS_H

/*
 * Three ways over the struct pages of one zone: mainline's, part A's, and a plain
 * fill. Each claims pieces until none is left, so any number of threads may run
 * it at once.
 */

/**
 * ways_reset - nothing is claimed, and no block is free
 * @nr_pages: a multiple of a section
 */
void ways_reset(unsigned long nr_pages);

void way_today(void);
void way_part_a(void);
void way_fill_nt(void);
void way_fill_cached(void);

/**
 * ways_free_pages - how many pages are in the free lists
 *
 * Return: pages; for both of the first two ways all of them.
 */
unsigned long ways_free_pages(void);

#endif /* PATCHES_PART_A_WAYS_H */
