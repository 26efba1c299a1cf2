// SPDX-License-Identifier: GPL-2.0-only
/* userfaultfd on tables that move. */
#include <stddef.h>
#include "ptreloc_ops.h"

/* move_pages_pte() of UFFDIO_MOVE: table is of the source, table2 of the target */

static enum verdict map_to(struct run *run)
{
	read_lock(run);
	run->a->table2 = *to_pmd(run);
	return is_table(run->a->table2) ? NEXT : leave(run);
}

static enum verdict lock_number(struct run *run, unsigned int table)
{
	entry_of(run, table, 0);
	if (state_of(run)->table[table].lock == run->who + 1)
		return NEXT;
	return take_lock(run, &state_of(run)->table[table].lock) ? NEXT :
								   BLOCKED;
}

static enum verdict lock_to(struct run *run)
{
	return lock_number(run, run->a->table2);
}

static enum verdict load_to(struct run *run)
{
	run->a->value2 = *entry_of(run, run->a->table2, run->world->to.entry);
	return NEXT;
}

static enum verdict unlock_to(struct run *run)
{
	return unlock_number(run, run->a->table2);
}

static enum verdict leave_if_to_present(struct run *run)
{
	return run->a->value2 ? leave(run) : NEXT;
}

/* In these worlds nobody else touches the source, so there is no hole. */
static enum verdict no_hole(struct run *run)
{
	if (run->a->value)
		return NEXT;
	go_wrong(run, "UFFDIO_MOVE finds a hole where a page is");
	return leave(run);
}

/* double_pt_lock(): by address */
static enum verdict lock_lower(struct run *run)
{
	return lock_number(run, run->a->table < run->a->table2 ?
					run->a->table :
					run->a->table2);
}

static enum verdict lock_upper(struct run *run)
{
	return lock_number(run, run->a->table < run->a->table2 ?
					run->a->table2 :
					run->a->table);
}

static enum verdict both_same(struct run *run)
{
	u8 from = *entry_of(run, run->a->table, run->world->from.entry);
	u8 to = *entry_of(run, run->a->table2, run->world->to.entry);

	return from == run->a->value && to == run->a->value2 ? NEXT :
							       again(run);
}

static enum verdict to_pmd_same(struct run *run)
{
	return *to_pmd(run) == run->a->table2 ? NEXT : again(run);
}

static enum verdict take_and_flush(struct run *run)
{
	take(run);
	return flush_page(run);
}

static enum verdict put_to(struct run *run)
{
	change_entry(run, &run->world->to, run->a->table2, run->a->value);
	return NEXT;
}

#define MOVE_READ_TO                                                          \
	{ "finds the target's table", map_to },                               \
		{ "finds the source's table", map_from },                     \
		{ "locks the target's table", lock_to },                      \
		{ "reads the target", load_to }, { "unlocks it", unlock_to }, \
		{ "leaves if a page is there", leave_if_to_present },         \
		{ "locks the source's table", lock_from },                    \
		{ "reads the source", load },                                 \
	{                                                                     \
		"unlocks it", unlock_from                                     \
	}

#define MOVE_LOCK                                                              \
	{ "leaves if there is a hole", no_hole },                              \
		{ "locks a table", lock_lower }, { "locks both", lock_upper }, \
	{                                                                      \
		"compares both entries", both_same                             \
	}

#define MOVE_DO                                                \
	{ "clears the source", take_and_flush },               \
		{ "fills in the target", put_to },             \
		{ "unlocks the source's table", unlock_from }, \
		{ "unlocks the target's table", unlock_to },   \
	{                                                      \
		"unmaps", unmap                                \
	}

static const struct op uffd_move_ops[] = {
	MOVE_READ_TO, { "looks at the source's pmd again", from_pmd_same },
	MOVE_LOCK,    { "looks at the target's pmd again", to_pmd_same },
	MOVE_DO,      {}
};
const struct program uffd_move = { "UFFDIO_MOVE, pmds looked at again",
				   uffd_move_ops };

static const struct op uffd_move_unhooked_ops[] = {
	MOVE_READ_TO, MOVE_LOCK, MOVE_DO, {}
};
const struct program uffd_move_unhooked = { "UFFDIO_MOVE",
					    uffd_move_unhooked_ops };

static const struct op uffd_move_late_ops[] = {
	MOVE_READ_TO,
	MOVE_LOCK,
	{ "looks at the target's pmd again", to_pmd_same },
	{ "looks at the source's pmd again", from_pmd_same },
	MOVE_DO,
	{}
};
const struct program uffd_move_late = {
	"UFFDIO_MOVE, pmds looked at under both locks", uffd_move_late_ops
};

/* handle_userfault(): a thread waits unless the page is there by now */

static enum verdict enqueue(struct run *run)
{
	state_of(run)->queued = 1;
	return NEXT;
}

static enum verdict sleep_until_woken(struct run *run)
{
	return state_of(run)->woken ? NEXT : BLOCKED;
}

/* Another look finds the pmd changed: read it again; the queue stays joined. */
static enum verdict reread_pmd(struct run *run)
{
	return *from_pmd(run) == run->a->table ? NEXT : again(run);
}

#define MUST_WAIT_READ                                          \
	{ "queues", enqueue }, { "finds the table", map_from }, \
	{                                                       \
		"reads the entry", load                         \
	}

#define MUST_WAIT_SLEEP                                       \
	{ "goes on if a page is there", leave_if_present },   \
		{ "unmaps", unmap },                          \
	{                                                     \
		"sleeps until it is woken", sleep_until_woken \
	}

static const struct op must_wait_ops[] = { MUST_WAIT_READ,
					   { "looks at the pmd again",
					     reread_pmd },
					   MUST_WAIT_SLEEP,
					   {} };
const struct program must_wait = { "userfaultfd_must_wait, pmd read again",
				   must_wait_ops };

static const struct op must_wait_unhooked_ops[] = { MUST_WAIT_READ,
						    MUST_WAIT_SLEEP,
						    {} };
const struct program must_wait_unhooked = { "userfaultfd_must_wait",
					    must_wait_unhooked_ops };

/* mfill_atomic_install_pte(), then userfaultfd wakes who waits. */

static enum verdict wake(struct run *run)
{
	state_of(run)->woken = state_of(run)->queued;
	return NEXT;
}

static const struct op uffd_copy_ops[] = { MAP_LOCK,
					   { "reads the entry", load },
					   { "leaves if there is one",
					     leave_if_present },
					   { "installs a page", install },
					   { "unlocks the table", unlock_from },
					   { "unmaps", unmap },
					   { "wakes who waits", wake },
					   {} };
const struct program uffd_copy = { "UFFDIO_COPY", uffd_copy_ops };
