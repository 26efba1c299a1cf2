// SPDX-License-Identifier: GPL-2.0-only
/* Operations that several actors have. */
#include <stddef.h>
#include "ptreloc_ops.h"

struct state *state_of(struct run *run)
{
	return run->s;
}

u8 *from_pmd(struct run *run)
{
	return &run->s->pmd[run->world->from.pmd];
}

u8 *to_pmd(struct run *run)
{
	return &run->s->pmd[run->world->to.pmd];
}

bool is_table(u8 pmd)
{
	return pmd != NO_TABLE && pmd != HUGE_PMD;
}

struct page *page_of(struct run *run, u8 value)
{
	return &run->s->page[value & PAGE_MASK];
}

/* The end of an actor, from wherever it is. */
enum verdict leave(struct run *run)
{
	struct state *s = state_of(run);
	unsigned int i;

	for (i = 0; i < NR_TABLES; i++)
		if (s->table[i].lock == run->who + 1)
			s->table[i].lock = 0;
	if (s->pmd_lock == run->who + 1)
		s->pmd_lock = 0;
	read_unlock(run);
	return LEAVE;
}

enum verdict again(struct run *run)
{
	leave(run);
	return AGAIN;
}

/* pte_offset_map_nolock() and its parts */

enum verdict map_from(struct run *run)
{
	read_lock(run);
	run->a->table = *from_pmd(run);
	return is_table(run->a->table) ? NEXT : leave(run);
}

enum verdict lock_from(struct run *run)
{
	entry_of(run, run->a->table, 0);
	return take_lock(run, &state_of(run)->table[run->a->table].lock) ?
		       NEXT :
		       BLOCKED;
}

/* It may have been unlocked before: source and target may be one table. */
enum verdict unlock_number(struct run *run, unsigned int table)
{
	entry_of(run, table, 0);
	if (state_of(run)->table[table].lock == run->who + 1)
		state_of(run)->table[table].lock = 0;
	return NEXT;
}

enum verdict unlock_from(struct run *run)
{
	return unlock_number(run, run->a->table);
}

enum verdict from_pmd_same(struct run *run)
{
	return *from_pmd(run) == run->a->table ? NEXT : again(run);
}

enum verdict unmap(struct run *run)
{
	read_unlock(run);
	return NEXT;
}

enum verdict load(struct run *run)
{
	run->a->value = *entry_of(run, run->a->table, run->world->from.entry);
	return NEXT;
}

enum verdict leave_if_none(struct run *run)
{
	return run->a->value ? NEXT : leave(run);
}

enum verdict leave_if_present(struct run *run)
{
	return run->a->value ? leave(run) : NEXT;
}

enum verdict pte_same(struct run *run)
{
	u8 entry = *entry_of(run, run->a->table, run->world->from.entry);

	return entry == run->a->value ? NEXT : again(run);
}

enum verdict change(struct run *run, u8 value)
{
	change_entry(run, &run->world->from, run->a->table, value);
	return NEXT;
}

/* Read an entry and clear it, at once; its dirty bit goes to the page. */
enum verdict take(struct run *run)
{
	load(run);
	if (run->a->value & DIRTY)
		page_of(run, run->a->value)->dirty = 1;
	return run->a->value ? change(run, 0) : leave(run);
}

enum verdict install(struct run *run)
{
	return change(run, 2 | WRITABLE | ACCESSED | DIRTY);
}

/* All CPUs forget translations, not where tables are. */
enum verdict flush_page(struct run *run)
{
	unsigned int i;

	for (i = 0; i < NR_CPUS; i++)
		state_of(run)->cpu[i].entry = 0;
	return NEXT;
}

enum verdict flush_tables(struct run *run)
{
	unsigned int i;

	flush_page(run);
	for (i = 0; i < NR_CPUS; i++)
		state_of(run)->cpu[i].table = 0;
	return NEXT;
}
