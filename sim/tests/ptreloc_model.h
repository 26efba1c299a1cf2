/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_PTRELOC_MODEL_H
#define SIM_TESTS_PTRELOC_MODEL_H

/*
 * A process whose page table moves, in miniature, and everybody who may act on
 * it at the same time. Each *agent* does one thing that others can see at a
 * time; explore() goes through every order.
 *
 *	movers    the core's ptreloc_step(), unmodified
 *	actors    what Linux does in faults, rmap, zap, khugepaged ...: a list of
 *	          operations each (ptreloc_actors.c, _removal.c, _uffd.c)
 *	CPUs      walk the table, set accessed and dirty bits, cache entries and
 *	          where the table is, write
 *	RCU       frees retired tables; an allocator uses free pages again
 *
 * Two pmds, each with a table of two entries; three pages. Memory is
 * sequentially consistent here.
 */
#include <linux/types.h>

/* Tables by number; 0 is no table. Mover i moves to NEW + i. */
enum { NO_TABLE, OLD, NEW, NEWER, FIXED, NR_TABLES };

/* Instead of a table, a pmd may map a huge page. */
#define HUGE_PMD 15

#define NR_PMDS	   2
#define NR_ENTRIES 2
#define NR_PAGES   4
#define NR_CPUS	   2
#define NR_MOVERS  2
#define NR_ACTORS  3

/* An entry: page number, 0 for none, and bits. */
#define PAGE_MASK 3
#define WRITABLE  4
#define ACCESSED  8
#define DIRTY	  16

enum life { LIVE, RETIRED, FREED, REUSED };

/**
 * struct table - a page table
 * @entry: its entries
 * @lock: agent that holds its lock, plus 1
 * @life: LIVE, RETIRED until readers have left, FREED
 * @readers: agents that RCU waits for
 */
struct table {
	u8 entry[NR_ENTRIES];
	u8 lock;
	u8 life;
	u8 readers;
};

/**
 * struct page - a page of a file that the process maps
 * @life: LIVE, FREED, REUSED
 * @written: a CPU wrote to it since it was last saved
 * @dirty: the kernel knows
 * @sealed: nobody may write to it any more
 * @refs: taken by GUP-fast
 */
struct page {
	u8 life;
	u8 written;
	u8 dirty;
	u8 sealed;
	u8 refs;
};

/**
 * struct cpu - what a CPU remembers
 * @table: where the table is
 * @entry: a translation: page, WRITABLE, DIRTY; 0 for none
 */
struct cpu {
	u8 table;
	u8 entry;
};

/**
 * struct actor - how far an actor is, and what it remembers
 * @at: its next operation
 * @table: the table that it found in its pmd
 * @value: an entry that it has read
 * @table2: the same for a second place
 * @value2: the same
 */
struct actor {
	u8 at;
	u8 table;
	u8 value;
	u8 table2;
	u8 value2;
};

/**
 * struct mover - how far a mover is
 * @at: of its steps
 * @entry: of its steps
 * @old: the table that it found
 * @flushed: CPUs that have flushed
 * @phase: 0 before it holds mmap_lock, 1 while it does, 2 after
 */
struct mover {
	u8 at;
	u8 entry;
	u8 old;
	u8 flushed;
	u8 phase;
};

/**
 * struct state - all of it, at a moment
 * @pmd: table of each, or HUGE_PMD
 * @pmd_lock: agent that holds it, plus 1
 * @mmap_readers: agents that hold mmap_lock for reading
 * @mmap_writer: agent that holds it for writing, plus 1
 * @rcu: agents in a read-side section
 * @queued: a thread waits for userfaultfd
 * @woken: it was woken
 */
struct state {
	u8 pmd[NR_PMDS];
	u8 pmd_lock;
	u8 mmap_readers;
	u8 mmap_writer;
	u8 rcu;
	u8 queued;
	u8 woken;
	struct table table[NR_TABLES];
	struct page page[NR_PAGES];
	struct cpu cpu[NR_CPUS];
	struct mover mover[NR_MOVERS];
	struct actor actor[NR_ACTORS];
} __attribute__((aligned(8)));

/**
 * enum verdict - what an operation of an actor has led to
 * @NEXT: go on
 * @BLOCKED: nothing was done; somebody else must act first
 * @AGAIN: start over
 * @LEAVE: the actor is done
 */
enum verdict { NEXT, BLOCKED, AGAIN, LEAVE };

struct run;

/**
 * struct op - an operation of an actor
 * @name: for traces
 * @act: carries it out
 */
struct op {
	const char *name;
	enum verdict (*act)(struct run *run);
};

/**
 * struct program - what an actor does
 * @name: for traces
 * @op: one after the other; the one behind the last has no act
 */
struct program {
	const char *name;
	const struct op *op;
};

/**
 * struct place - where an actor acts
 * @pmd: number of the pmd
 * @entry: in its table
 */
struct place {
	u8 pmd;
	u8 entry;
};

/**
 * struct world - who acts, and how all begins
 * @name: for the table of results
 * @protocol: of the movers
 * @nr_movers: how many
 * @no_mmap_lock: movers do not take it
 * @free_at_once: retired tables are freed without a grace period
 * @nr_cpus: how many
 * @cpu: where they read and write
 * @reuse: free pages come into use again
 * @actor: at most NR_ACTORS
 * @from: where actors act
 * @to: where UFFDIO_MOVE puts what it took
 * @mapped: value of the entry at @cpu in the beginning
 */
struct world {
	const char *name;
	const u8 *protocol;
	unsigned int nr_movers;
	bool no_mmap_lock;
	bool free_at_once;
	unsigned int nr_cpus;
	struct place cpu;
	bool reuse;
	const struct program *actor[NR_ACTORS];
	struct place from;
	struct place to;
	u8 mapped;
};

/**
 * struct run - an agent acts
 * @world: in which
 * @s: on which state
 * @a: it, if it is an actor
 * @op: what it does, if it is an actor
 * @who: its number
 * @wrong: what it did wrong; NULL for nothing
 */
struct run {
	const struct world *world;
	struct state *s;
	struct actor *a;
	const struct op *op;
	unsigned int who;
	const char *wrong;
};

#define MAX_WRONG 16

/**
 * struct outcome - what explore() has found
 * @wrong: what can go wrong, the nearest first
 * @nr_wrong: how many different things that is
 * @states: how many there are; none is looked for behind one that is wrong
 * @ends: states in which movers and actors are done
 * @moved: of those, in how many a table has moved
 * @depth: steps to the state that is farthest
 * @trace: the steps to the first thing that goes wrong, one a line; NULL, or
 *	the caller frees it
 */
struct outcome {
	const char *wrong[MAX_WRONG];
	unsigned int nr_wrong;
	unsigned int states;
	unsigned int ends;
	unsigned int moved;
	unsigned int depth;
	char *trace;
};

/* More states than that are an error. */
#define MAX_STATES (8U << 20)

struct outcome explore(const struct world *world);

/* The core's, and its length with PTRELOC_END. */
extern const u8 *const protocol_of_core;
extern const unsigned int protocol_steps;

/* ptreloc_machine.c: who touches what; each says what is wrong in run->wrong. */
void go_wrong(struct run *run, const char *what);
bool take_lock(struct run *run, u8 *lock);
u8 *entry_of(struct run *run, unsigned int table, unsigned int entry);
void change_entry(struct run *run, const struct place *place,
		  unsigned int table, u8 value);
void retire_table(struct run *run, unsigned int table);
void read_lock(struct run *run);
void read_unlock(struct run *run);
bool mover_act(struct run *run, unsigned int nr, const char **what);
bool cpu_act(struct run *run, unsigned int nr, unsigned int choice,
	     const char **what);
bool rcu_act(struct run *run, unsigned int table, const char **what);
#define CPU_CHOICES 5

/* ptreloc_actors.c, ptreloc_removal.c, ptreloc_uffd.c */
extern const struct program zap, mprotect, mkclean, mkclean_unhooked,
	fault_present, fault_reuse, fault_missing, gup_fast, gup_fast_unchecked,
	aging, collapse, collapse_unhooked, collapse_pmd_same, retract,
	free_tables, uffd_move, uffd_move_unhooked, uffd_move_late, must_wait,
	must_wait_unhooked, uffd_copy;

#endif /* SIM_TESTS_PTRELOC_MODEL_H */
