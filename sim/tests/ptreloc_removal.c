// SPDX-License-Identifier: GPL-2.0-only
/* Those who take tables away: khugepaged, munmap. */
#include <stddef.h>
#include "ptreloc_ops.h"

/* khugepaged */

static enum verdict lock_pmd(struct run *run)
{
	return take_lock(run, &state_of(run)->pmd_lock) ? NEXT : BLOCKED;
}

static enum verdict unlock_pmd(struct run *run)
{
	state_of(run)->pmd_lock = 0;
	return NEXT;
}

static enum verdict look_from(struct run *run)
{
	run->a->table = *from_pmd(run);
	return is_table(run->a->table) ? NEXT : leave(run);
}

static enum verdict take_if_there(struct run *run)
{
	load(run);
	return run->a->value ? take(run) : NEXT;
}

/* pmdp_collapse_flush(): out goes the table to which the pmd points now. */
static enum verdict collapse_flush(struct run *run)
{
	struct state *s = state_of(run);
	unsigned int i;

	run->a->table2 = *from_pmd(run);
	for (i = 0; i < NR_ENTRIES; i++)
		if (*entry_of(run, run->a->table2, i))
			go_wrong(run, "a table that has entries is dropped");
	s->pmd[run->world->from.pmd] = NO_TABLE;
	return flush_tables(run);
}

static enum verdict retire_dropped(struct run *run)
{
	retire_table(run, run->a->table2);
	return NEXT;
}

#define COLLAPSE_SCAN                                 \
	MAP_LOCK, { "reads the entry", load },        \
		{ "unlocks the table", unlock_from }, \
	{                                             \
		"unmaps", unmap                       \
	}

#define COLLAPSE_DROP                                                   \
	{ "drops the table", collapse_flush },                          \
		{ "unlocks the table", unlock_from },                   \
		{ "unlocks the pmd", unlock_pmd }, { "unmaps", unmap }, \
	{                                                               \
		"retires the table", retire_dropped                     \
	}

/* collapse_pte_mapped_thp(), the pmd locked before the table is looked for */
static const struct op collapse_ops[] = { COLLAPSE_SCAN,
					  { "locks the pmd", lock_pmd },
					  { "finds the table", map_from },
					  { "locks the table", lock_from },
					  { "clears the entry", take_if_there },
					  COLLAPSE_DROP,
					  {} };
const struct program collapse = { "collapse_pte_mapped_thp, pmd locked",
				  collapse_ops };

/* as it is: the lock of the table is taken once more, from memory */
static const struct op collapse_unhooked_ops[] = {
	COLLAPSE_SCAN,
	{ "finds the table", map_from },
	{ "locks the table", lock_from },
	{ "clears the entry", take_if_there },
	{ "unlocks the table", unlock_from },
	{ "unmaps", unmap },
	{ "locks the pmd", lock_pmd },
	{ "locks the table again", lock_from },
	COLLAPSE_DROP,
	{}
};
const struct program collapse_unhooked = { "collapse_pte_mapped_thp",
					   collapse_unhooked_ops };

/* with no more than a look at the pmd under the table's lock */
static const struct op collapse_pmd_same_ops[] = {
	COLLAPSE_SCAN,
	{ "finds the table", map_from },
	{ "locks the table", lock_from },
	{ "looks at the pmd again", from_pmd_same },
	{ "clears the entry", take_if_there },
	{ "unlocks the table", unlock_from },
	{ "unmaps", unmap },
	{ "locks the pmd", lock_pmd },
	{ "locks the table again", lock_from },
	COLLAPSE_DROP,
	{}
};
const struct program collapse_pmd_same = { "collapse_pte_mapped_thp, pmd_same",
					   collapse_pmd_same_ops };

/* retract_page_tables(): no mmap_lock; the table is empty */
static const struct op retract_ops[] = { { "locks the pmd", lock_pmd },
					 { "looks at the pmd", look_from },
					 { "locks the table", lock_from },
					 COLLAPSE_DROP,
					 {} };
const struct program retract = { "retract_page_tables", retract_ops };

/* free_pgtables(): mmap_lock for writing, and no other */

static enum verdict lock_mmap(struct run *run)
{
	struct state *s = state_of(run);

	return !s->mmap_readers && take_lock(run, &s->mmap_writer) ? NEXT :
								     BLOCKED;
}

static enum verdict unlock_mmap(struct run *run)
{
	state_of(run)->mmap_writer = 0;
	return NEXT;
}

static enum verdict clear_pmd(struct run *run)
{
	*from_pmd(run) = NO_TABLE;
	return NEXT;
}

static enum verdict flush_all(struct run *run)
{
	return flush_tables(run);
}

static enum verdict retire_from(struct run *run)
{
	retire_table(run, run->a->table);
	return NEXT;
}

static const struct op free_tables_ops[] = { { "takes mmap_lock", lock_mmap },
					     { "looks at the pmd", look_from },
					     { "clears the pmd", clear_pmd },
					     { "flushes", flush_all },
					     { "retires the table",
					       retire_from },
					     { "gives mmap_lock", unlock_mmap },
					     {} };
const struct program free_tables = { "free_pgtables", free_tables_ops };
