/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_PTRELOC_STEPS_H
#define _MM_PTRELOC_STEPS_H

/*
 * How one page table moves while its process runs:
 *
 *	           lock pmd, old, new
 *	pmd -> old     copy               new = old
 *	pmd -> new     switch             CPUs may use either
 *	               flush              no CPU uses old any more
 *	               merge              bits that CPUs set in old meanwhile
 *	               clear              old is empty
 *	           unlock; free old after a grace period
 *
 * - The pmd is never empty: nobody skips the range, or makes a third table.
 * - CPUs set accessed and dirty bits in the old table until the flush ends. The
 *   lock of the new one is held until these bits are in it, so no other code
 *   sees an entry without them.
 * - Other code may have found the old table before the switch, and lock it after
 *   that. It then compares an entry with what it read before. The old table is
 *   cleared while it is locked, so the comparison fails.
 *
 * Readers that take no lock may see an empty entry in a table that was cleared.
 * Those to whom that makes a difference look twice, see doc/ptreloc.md.
 *
 * The file that includes this one defines struct ptreloc_env, the functions
 * declared below, PTRELOC_ENTRIES, and PTRELOC_AD: the bits that CPUs set. The
 * kernel's act on a page table, the model check's on a model of one.
 */
#include <linux/compiler.h>
#include <linux/ptreloc.h>
#include <linux/types.h>

/* The protocol. The model check walks this array and variants of it. */
static const u8 ptreloc_protocol[] = {
	PTRELOC_LOCK_PMD,   PTRELOC_LOOK,	PTRELOC_LOCK_OLD,
	PTRELOC_LOCK_NEW,   PTRELOC_COPY,	PTRELOC_SWITCH,
	PTRELOC_FLUSH,	    PTRELOC_MERGE,	PTRELOC_CLEAR,
	PTRELOC_UNLOCK_NEW, PTRELOC_UNLOCK_OLD, PTRELOC_UNLOCK_PMD,
	PTRELOC_RETIRE,	    PTRELOC_END,
};

enum ptreloc_lock { PTRELOC_PMD, PTRELOC_OLD, PTRELOC_NEW };

/**
 * struct ptreloc_progress - how far a move is
 * @at: index of the step that comes next
 * @entry: the entry that comes next, in steps that go through a table
 */
struct ptreloc_progress {
	u16 at;
	u16 entry;
};

/**
 * enum ptreloc_state - what a step has led to
 * @PTRELOC_GOES_ON: call again
 * @PTRELOC_WAITS: the same, and nothing was done: a lock is held by others
 * @PTRELOC_MOVED: the table has moved
 * @PTRELOC_NO_TABLE: the pmd points to no table, or to another one; nothing has
 *	changed, and the new table is not used
 */
enum ptreloc_state {
	PTRELOC_GOES_ON,
	PTRELOC_WAITS,
	PTRELOC_MOVED,
	PTRELOC_NO_TABLE,
};

struct ptreloc_env;

/* Lock it; true. A model may return false instead, and is called again. */
static inline bool ptreloc_lock(struct ptreloc_env *env,
				enum ptreloc_lock lock);
static inline void ptreloc_unlock(struct ptreloc_env *env,
				  enum ptreloc_lock lock);
/* Does the pmd point to a table that may move? It is old from now on. */
static inline bool ptreloc_look(struct ptreloc_env *env);
/* An entry of a table; the new one has no other user before the switch. */
static inline u64 ptreloc_get(struct ptreloc_env *env, enum ptreloc_lock table,
			      unsigned int entry);
static inline void ptreloc_set(struct ptreloc_env *env, enum ptreloc_lock table,
			       unsigned int entry, u64 value);
/* Set bits of an entry of the new table, at the same time as CPUs may. */
static inline void ptreloc_or_new(struct ptreloc_env *env, unsigned int entry,
				  u64 bits);
/* Make the pmd point to the new table, after all writes to it. */
static inline void ptreloc_switch(struct ptreloc_env *env);
/* Flush on all CPUs; true. A model may do one CPU and return false. */
static inline bool ptreloc_flush(struct ptreloc_env *env);
static inline void ptreloc_retire(struct ptreloc_env *env);

/* Go to the next entry. Return: was it the last one? */
static inline bool ptreloc_last_entry(struct ptreloc_progress *progress)
{
	if (++progress->entry < PTRELOC_ENTRIES)
		return false;
	progress->entry = 0;
	return true;
}

static inline void ptreloc_merge(struct ptreloc_env *env, unsigned int entry)
{
	u64 bits = ptreloc_get(env, PTRELOC_OLD, entry) & PTRELOC_AD;

	if (bits & ~ptreloc_get(env, PTRELOC_NEW, entry))
		ptreloc_or_new(env, entry, bits);
}

/**
 * ptreloc_step - one step of a move, or one entry in steps that have many
 * @env: what moves; the caller keeps its process from unmapping the table:
 *	mmap_lock is held for reading, and the table has a mapped address
 * @progress: all zeroes at first
 * @protocol: ptreloc_protocol
 *
 * Each call touches one thing that others may see, so a model that lets others
 * act between any two calls has let them act everywhere.
 *
 * Context: may spin; never sleeps, unless a function of @env does.
 * Return: what comes next.
 */
static __always_inline enum ptreloc_state
ptreloc_step(struct ptreloc_env *env, struct ptreloc_progress *progress,
	     const u8 *protocol)
{
	bool done = true;

	switch (protocol[progress->at]) {
	case PTRELOC_LOCK_PMD:
		done = ptreloc_lock(env, PTRELOC_PMD);
		break;
	case PTRELOC_LOOK:
		if (!ptreloc_look(env)) {
			ptreloc_unlock(env, PTRELOC_PMD);
			return PTRELOC_NO_TABLE;
		}
		break;
	case PTRELOC_LOCK_OLD:
		done = ptreloc_lock(env, PTRELOC_OLD);
		break;
	case PTRELOC_LOCK_NEW:
		done = ptreloc_lock(env, PTRELOC_NEW);
		break;
	case PTRELOC_COPY:
		ptreloc_set(env, PTRELOC_NEW, progress->entry,
			    ptreloc_get(env, PTRELOC_OLD, progress->entry));
		if (!ptreloc_last_entry(progress))
			return PTRELOC_GOES_ON;
		break;
	case PTRELOC_SWITCH:
		ptreloc_switch(env);
		break;
	case PTRELOC_FLUSH:
		if (!ptreloc_flush(env))
			return PTRELOC_GOES_ON;
		break;
	case PTRELOC_MERGE:
		ptreloc_merge(env, progress->entry);
		if (!ptreloc_last_entry(progress))
			return PTRELOC_GOES_ON;
		break;
	case PTRELOC_CLEAR:
		ptreloc_set(env, PTRELOC_OLD, progress->entry, 0);
		if (!ptreloc_last_entry(progress))
			return PTRELOC_GOES_ON;
		break;
	case PTRELOC_UNLOCK_NEW:
		ptreloc_unlock(env, PTRELOC_NEW);
		break;
	case PTRELOC_UNLOCK_OLD:
		ptreloc_unlock(env, PTRELOC_OLD);
		break;
	case PTRELOC_UNLOCK_PMD:
		ptreloc_unlock(env, PTRELOC_PMD);
		break;
	case PTRELOC_RETIRE:
		ptreloc_retire(env);
		break;
	case PTRELOC_END:
		return PTRELOC_MOVED;
	}
	if (!done)
		return PTRELOC_WAITS;
	progress->at++;
	return PTRELOC_GOES_ON;
}

#endif /* _MM_PTRELOC_STEPS_H */
