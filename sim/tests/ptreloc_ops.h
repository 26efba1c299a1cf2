/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_PTRELOC_OPS_H
#define SIM_TESTS_PTRELOC_OPS_H

/* Operations of actors that more than one of them has; see ptreloc_ops.c. */
#include "ptreloc_model.h"

struct state *state_of(struct run *run);
u8 *from_pmd(struct run *run);
u8 *to_pmd(struct run *run);
bool is_table(u8 pmd);
struct page *page_of(struct run *run, u8 value);
enum verdict leave(struct run *run);
enum verdict again(struct run *run);
enum verdict map_from(struct run *run);
enum verdict lock_from(struct run *run);
enum verdict unlock_number(struct run *run, unsigned int table);
enum verdict unlock_from(struct run *run);
enum verdict from_pmd_same(struct run *run);
enum verdict unmap(struct run *run);
enum verdict load(struct run *run);
enum verdict leave_if_none(struct run *run);
enum verdict leave_if_present(struct run *run);
enum verdict pte_same(struct run *run);
enum verdict change(struct run *run, u8 value);
enum verdict take(struct run *run);
enum verdict install(struct run *run);
enum verdict flush_page(struct run *run);
enum verdict flush_tables(struct run *run);

/* pte_offset_map_lock() */
#define MAP_LOCK                                                           \
	{ "finds the table", map_from }, { "locks the table", lock_from }, \
	{                                                                  \
		"looks at the pmd again", from_pmd_same                    \
	}

#endif /* SIM_TESTS_PTRELOC_OPS_H */
