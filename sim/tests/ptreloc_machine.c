// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine of the model check of page tables that move: locks, tables, CPUs,
 * RCU, and the functions that the core's steps call. What must never happen is
 * found here, at the moment when it happens.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "ptreloc_model.h"

#define PTRELOC_ENTRIES NR_ENTRIES
#define PTRELOC_AD	(ACCESSED | DIRTY)
#include "../../mm/ptreloc/steps.h"

const u8 *const protocol_of_core = ptreloc_protocol;
const unsigned int protocol_steps = ARRAY_SIZE(ptreloc_protocol);

/**
 * struct ptreloc_env - a mover, as the core's steps see it
 * @run: the mover acts
 * @m: it
 * @new: its new table
 */
struct ptreloc_env {
	struct run *run;
	struct mover *m;
	unsigned int new;
};

void go_wrong(struct run *run, const char *what)
{
	if (!run->wrong)
		run->wrong = what;
}

bool take_lock(struct run *run, u8 *lock)
{
	if (*lock)
		return false;
	*lock = run->who + 1;
	return true;
}

static void give_lock(struct run *run, u8 *lock)
{
	if (*lock != run->who + 1)
		go_wrong(run, "a lock is released that is not held");
	*lock = 0;
}

/* The memory of a freed table is somebody else's. */
static struct table *table_of(struct run *run, unsigned int table)
{
	if (run->s->table[table].life == FREED)
		go_wrong(run, "a freed table is used");
	return &run->s->table[table];
}

u8 *entry_of(struct run *run, unsigned int table, unsigned int entry)
{
	return &table_of(run, table)->entry[entry];
}

/* The kernel, movers apart, changes an entry. */
void change_entry(struct run *run, const struct place *place,
		  unsigned int table, u8 value)
{
	u8 *entry = entry_of(run, table, place->entry);

	if (run->s->table[table].lock != run->who + 1)
		go_wrong(run, "an entry is changed without the table's lock");
	if (run->s->pmd[place->pmd] != table && *entry != value)
		go_wrong(run,
			 "an entry of a table that is out of use is changed");
	*entry = value;
}

void retire_table(struct run *run, unsigned int table)
{
	struct table *t = &run->s->table[table];

	if (t->life != LIVE)
		go_wrong(run, "a table is freed twice");
	t->life = RETIRED;
	t->readers = run->world->free_at_once ? 0 : run->s->rcu;
	if (run->world->free_at_once)
		t->life = FREED;
}

void read_lock(struct run *run)
{
	run->s->rcu |= 1U << run->who;
}

void read_unlock(struct run *run)
{
	unsigned int i;

	run->s->rcu &= ~(1U << run->who);
	for (i = 0; i < NR_TABLES; i++)
		run->s->table[i].readers &= ~(1U << run->who);
}

/* What the core's steps call. */

static unsigned int number_of(struct ptreloc_env *env, enum ptreloc_lock lock)
{
	return lock == PTRELOC_OLD ? env->m->old : env->new;
}

static u8 *lock_of(struct ptreloc_env *env, enum ptreloc_lock lock)
{
	if (lock == PTRELOC_PMD)
		return &env->run->s->pmd_lock;
	return &table_of(env->run, number_of(env, lock))->lock;
}

static bool ptreloc_lock(struct ptreloc_env *env, enum ptreloc_lock lock)
{
	return take_lock(env->run, lock_of(env, lock));
}

static void ptreloc_unlock(struct ptreloc_env *env, enum ptreloc_lock lock)
{
	give_lock(env->run, lock_of(env, lock));
}

static bool ptreloc_look(struct ptreloc_env *env)
{
	env->m->old = env->run->s->pmd[0];
	return env->m->old != NO_TABLE && env->m->old != HUGE_PMD;
}

static u64 ptreloc_get(struct ptreloc_env *env, enum ptreloc_lock table,
		       unsigned int entry)
{
	return *entry_of(env->run, number_of(env, table), entry);
}

static void ptreloc_set(struct ptreloc_env *env, enum ptreloc_lock table,
			unsigned int entry, u64 value)
{
	*entry_of(env->run, number_of(env, table), entry) = value;
}

static void ptreloc_or_new(struct ptreloc_env *env, unsigned int entry,
			   u64 bits)
{
	*entry_of(env->run, env->new, entry) |= bits;
}

static void ptreloc_switch(struct ptreloc_env *env)
{
	env->run->s->pmd[0] = env->new;
}

/* A CPU at a time: in between, others have flushed and some have not. */
static bool ptreloc_flush(struct ptreloc_env *env)
{
	struct cpu *cpu = &env->run->s->cpu[env->m->flushed];

	if (env->m->flushed < env->run->world->nr_cpus) {
		memset(cpu, 0, sizeof(*cpu));
		env->m->flushed++;
	}
	return env->m->flushed >= env->run->world->nr_cpus;
}

static void ptreloc_retire(struct ptreloc_env *env)
{
	retire_table(env->run, env->m->old);
}

/* mmap_lock for reading, all steps, and unlock it. */
bool mover_act(struct run *run, unsigned int nr, const char **what)
{
	static const char *const names[] = {
		[PTRELOC_LOCK_PMD] = "locks the pmd",
		[PTRELOC_LOOK] = "looks where the pmd points",
		[PTRELOC_LOCK_OLD] = "locks the old table",
		[PTRELOC_LOCK_NEW] = "locks the new table",
		[PTRELOC_COPY] = "copies an entry",
		[PTRELOC_SWITCH] = "switches to the new table",
		[PTRELOC_FLUSH] = "flushes a CPU",
		[PTRELOC_MERGE] = "merges an entry",
		[PTRELOC_CLEAR] = "clears an entry",
		[PTRELOC_UNLOCK_NEW] = "unlocks the new table",
		[PTRELOC_UNLOCK_OLD] = "unlocks the old table",
		[PTRELOC_UNLOCK_PMD] = "unlocks the pmd",
		[PTRELOC_RETIRE] = "retires the old table",
		[PTRELOC_END] = "ends",
	};
	struct mover *m = &run->s->mover[nr];
	struct ptreloc_progress progress = { m->at, m->entry };
	struct ptreloc_env env = { run, m, NEW + nr };
	enum ptreloc_state state;

	if (m->phase == 2)
		return false;
	if (m->phase == 0) {
		if (!run->world->no_mmap_lock) {
			if (run->s->mmap_writer)
				return false;
			run->s->mmap_readers |= 1U << run->who;
		}
		m->phase = 1;
		*what = "takes mmap_lock";
		return true;
	}
	*what = names[run->world->protocol[m->at]];
	state = ptreloc_step(&env, &progress, run->world->protocol);
	m->at = progress.at;
	m->entry = progress.entry;
	if (state == PTRELOC_MOVED || state == PTRELOC_NO_TABLE) {
		run->s->mmap_readers &= ~(1U << run->who);
		m->phase = 2;
	}
	return state != PTRELOC_WAITS;
}

/* CPUs: a walk reads the pmd, or starts where it ended last time. */

static void cpu_writes(struct run *run, struct cpu *cpu)
{
	struct page *page = &run->s->page[cpu->entry & PAGE_MASK];

	if (page->life != LIVE)
		go_wrong(run, "a CPU writes to a page that is free");
	if (page->sealed)
		go_wrong(run,
			 "a CPU writes to a page that was write-protected");
	page->written = 1;
}

/* Walk; set bits in the entry; remember the translation. */
static bool cpu_walks(struct run *run, struct cpu *cpu, u8 bits)
{
	u8 *entry = entry_of(run, cpu->table, run->world->cpu.entry);

	cpu->entry = 0;
	if (!*entry || ((bits & DIRTY) && !(*entry & WRITABLE)))
		return false;
	*entry |= bits;
	cpu->entry = *entry & ~ACCESSED;
	return true;
}

bool cpu_act(struct run *run, unsigned int nr, unsigned int choice,
	     const char **what)
{
	struct cpu *cpu = &run->s->cpu[nr];
	u8 pmd = run->s->pmd[run->world->cpu.pmd];

	switch (choice) {
	case 0:
		*what = "reads the pmd";
		if (cpu->table || pmd == NO_TABLE || pmd == HUGE_PMD)
			return false;
		cpu->table = pmd;
		return true;
	case 1:
		*what = "reads the entry and sets accessed";
		return cpu->table && !cpu->entry &&
		       cpu_walks(run, cpu, ACCESSED);
	case 2:
		*what = "writes";
		if (!(cpu->entry & WRITABLE))
			return false;
		if (!(cpu->entry & DIRTY) &&
		    (!cpu->table || !cpu_walks(run, cpu, ACCESSED | DIRTY)))
			return false;
		cpu_writes(run, cpu);
		return true;
	case 3:
		*what = "forgets the entry";
		if (!cpu->entry)
			return false;
		cpu->entry = 0;
		return true;
	default:
		*what = "forgets where the table is";
		if (!cpu->table)
			return false;
		cpu->table = 0;
		return true;
	}
}

/* Free what no reader can see any more: a table; or use a free page again. */
bool rcu_act(struct run *run, unsigned int nr, const char **what)
{
	struct table *t;

	if (nr >= NR_TABLES) {
		struct page *page = &run->s->page[nr - NR_TABLES];

		*what = "uses a free page";
		if (!run->world->reuse || page->life != FREED)
			return false;
		page->life = REUSED;
		return true;
	}
	t = &run->s->table[nr];
	*what = "frees a table";
	if (t->life != RETIRED || t->readers)
		return false;
	t->life = FREED;
	return true;
}
