// SPDX-License-Identifier: GPL-2.0-only
/*
 * One page table moves, by the steps of ../steps.h. The functions that they call
 * are defined here, on a table of x86-64:
 *
 * - A CPU that walks the old table after the switch finds the pages and the
 *   permissions of the new one, so neither has to be empty in between.
 * - flush_tlb_range() of 512 pages flushes all of the process, and says that
 *   tables are freed: what CPUs remember of where tables are goes too.
 * - pte_free_defer() frees the old table after a grace period, for which GUP-fast
 *   and those who have mapped the table by pte_offset_map() are waited for.
 *
 * Entries are read and written as numbers: a move changes no reference to a page
 * and no counter, and is none of page_table_check's business.
 */
#include <linux/hugetlb.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/ptreloc_hooks.h>
#include <linux/spinlock.h>
#include <asm/pgalloc.h>
#include <asm/tlbflush.h>
#include "kernel.h"

#define PTRELOC_ENTRIES PTRS_PER_PTE
#define PTRELOC_AD	(_PAGE_ACCESSED | _PAGE_DIRTY)
#include "../steps.h"

/**
 * struct ptreloc_env - a table that moves
 * @vma: of some address in it; mmap_lock is held
 * @addr: the first address that it maps
 * @pmd: that points to it
 * @old: its page
 * @new: the new table's
 * @entry: the entries of both; indexed by enum ptreloc_lock
 * @ptl: the locks, likewise
 */
struct ptreloc_env {
	struct vm_area_struct *vma;
	unsigned long addr;
	pmd_t *pmd;
	struct page *old;
	struct page *new;
	pte_t *entry[PTRELOC_NEW + 1];
	spinlock_t *ptl[PTRELOC_NEW + 1];
};

/* What tests have to find wrong; the model check has more. */
static const u8 copies_early[] = {
	PTRELOC_COPY,	    PTRELOC_LOCK_PMD,	PTRELOC_LOOK,
	PTRELOC_LOCK_OLD,   PTRELOC_LOCK_NEW,	PTRELOC_SWITCH,
	PTRELOC_FLUSH,	    PTRELOC_MERGE,	PTRELOC_CLEAR,
	PTRELOC_UNLOCK_NEW, PTRELOC_UNLOCK_OLD, PTRELOC_UNLOCK_PMD,
	PTRELOC_RETIRE,	    PTRELOC_END,
};

static const u8 clears_not[] = {
	PTRELOC_LOCK_PMD,   PTRELOC_LOOK,	PTRELOC_LOCK_OLD,
	PTRELOC_LOCK_NEW,   PTRELOC_COPY,	PTRELOC_SWITCH,
	PTRELOC_FLUSH,	    PTRELOC_MERGE,	PTRELOC_UNLOCK_NEW,
	PTRELOC_UNLOCK_OLD, PTRELOC_UNLOCK_PMD, PTRELOC_RETIRE,
	PTRELOC_END,
};

static const u8 *protocol(void)
{
	if (ptreloc_spoilt(PTRELOC_SPOIL_COPY))
		return copies_early;
	if (ptreloc_spoilt(PTRELOC_SPOIL_CLEAR))
		return clears_not;
	return ptreloc_protocol;
}

/* Their numbers are lockdep's subclasses: a pmd's, then those of two tables. */
static inline bool ptreloc_lock(struct ptreloc_env *env, enum ptreloc_lock lock)
{
	if (lock == PTRELOC_PMD)
		ptreloc_window(PTRELOC_WINDOW_MOVE);
	spin_lock_nested(env->ptl[lock], lock);
	return true;
}

static inline void ptreloc_unlock(struct ptreloc_env *env,
				  enum ptreloc_lock lock)
{
	spin_unlock(env->ptl[lock]);
}

static inline bool ptreloc_look(struct ptreloc_env *env)
{
	pmd_t pmd = pmdp_get(env->pmd);

	if (!pmd_present(pmd) || pmd_leaf(pmd) || pmd_bad(pmd) ||
	    pmd_pgtable(pmd) != env->old)
		return false;
	/* It is in use, so it has a lock. */
	env->ptl[PTRELOC_OLD] = ptlock_ptr(page_ptdesc(env->old));
	return true;
}

static inline u64 ptreloc_get(struct ptreloc_env *env, enum ptreloc_lock table,
			      unsigned int entry)
{
	return pte_val(ptep_get(env->entry[table] + entry));
}

static inline void ptreloc_set(struct ptreloc_env *env, enum ptreloc_lock table,
			       unsigned int entry, u64 value)
{
	set_pte(env->entry[table] + entry, __pte(value));
}

static inline void ptreloc_or_new(struct ptreloc_env *env, unsigned int entry,
				  u64 bits)
{
	unsigned long *word = (unsigned long *)(env->entry[PTRELOC_NEW] + entry);

	if (bits & _PAGE_ACCESSED)
		set_bit(_PAGE_BIT_ACCESSED, word);
	if (bits & _PAGE_DIRTY)
		set_bit(_PAGE_BIT_DIRTY, word);
	ptreloc_stats.merged++;
}

static inline void ptreloc_switch(struct ptreloc_env *env)
{
	/* Pairs with the dependent loads of who walks tables without a lock. */
	smp_wmb();
	pmd_populate(env->vma->vm_mm, env->pmd, env->new);
}

static inline bool ptreloc_flush(struct ptreloc_env *env)
{
	flush_tlb_range(env->vma, env->addr, env->addr + PMD_SIZE);
	return true;
}

static inline void ptreloc_retire(struct ptreloc_env *env)
{
	pte_free_defer(env->vma->vm_mm, env->old);
}

/**
 * ptreloc_make_table - make a page a page table of the lowest level
 * @page: of order 0; allocated, not charged
 * @gfp: what may be done so that it can be charged
 *
 * It is charged to the active memory cgroup.
 *
 * Context: process context, may sleep.
 * Return: it; or NULL, and it is free.
 */
struct page *ptreloc_make_table(struct page *page, gfp_t gfp)
{
	if (memcg_kmem_charge_page(page, gfp | __GFP_ACCOUNT, 0)) {
		__free_page(page);
		return NULL;
	}
	if (pagetable_pte_ctor(page_ptdesc(page))) {
		/* A deposited table has to be empty. */
		clear_page(page_address(page));
		return page;
	}
	__free_page(page);
	return NULL;
}

/**
 * ptreloc_free_table - free what ptreloc_make_table() has made
 * @page: it; not used as a table
 *
 * Context: process context.
 */
void ptreloc_free_table(struct page *page)
{
	pagetable_pte_dtor(page_ptdesc(page));
	__free_page(page);
}

/**
 * ptreloc_move - move a page table
 * @vma: of an address that it maps
 * @addr: any such address
 * @pmd: that points to it
 * @old: its page
 * @page: for the new one: ptreloc_make_table(); is used, or is free afterwards
 *
 * Context: process context, mmap_lock held for reading, ptreloc_mutex held.
 * Return: 0; -ENOENT if @pmd does not point to @old any more.
 */
int ptreloc_move(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd,
		 struct page *old, struct page *page)
{
	struct ptreloc_env env = {
		.vma = vma,
		.addr = addr & PMD_MASK,
		.pmd = pmd,
		.old = old,
		.new = page,
		.entry = { NULL, page_address(old), page_address(page) },
		.ptl = { pmd_lockptr(vma->vm_mm, pmd), NULL,
			 ptlock_ptr(page_ptdesc(page)) },
	};
	struct ptreloc_progress progress = {};
	const u8 *steps = protocol();
	enum ptreloc_state state;
	unsigned long ns;
	ktime_t start;

	mmap_assert_locked(vma->vm_mm);
	start = ktime_get();
	do
		state = ptreloc_step(&env, &progress, steps);
	while (state == PTRELOC_GOES_ON);
	ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	if (state != PTRELOC_MOVED) {
		ptreloc_free_table(page);
		ptreloc_stats.gone++;
		return -ENOENT;
	}
	ptreloc_stats.moved++;
	ptreloc_stats.longest_ns = max(ptreloc_stats.longest_ns, ns);
	return 0;
}
