// SPDX-License-Identifier: GPL-2.0-only
/*
 * All page tables of a process, or of all: those that an order wants are moved.
 * The tables that huge pages keep for their split are empty and nobody can find
 * them, so another one takes their place, and that is all.
 */
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/oom.h>
#include <linux/pagewalk.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptreloc_hooks.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <asm/pgalloc.h>
#include "kernel.h"

/* Protects ptreloc_stats; held while tables move. */
DEFINE_MUTEX(ptreloc_mutex);
struct ptreloc_stats ptreloc_stats;

/* No more tables are set aside because the range that is left has their locks. */
#define MOST_TABLES 1024

/* A page for the table in @pfn, made a table; NULL: it stays. */
static struct page *make_table(struct ptreloc_order *order, unsigned long pfn)
{
	struct page *page;

	for (;;) {
		page = order->page(order, pfn);
		if (page)
			page = ptreloc_make_table(page, order->gfp);
		if (!page) {
			ptreloc_stats.no_page++;
			return NULL;
		}
		if (!ptreloc_holds(order, page_to_pfn(page)) ||
		    order->nr_tables == MOST_TABLES)
			return page;
		list_add(&page->lru, &order->tables);
		order->nr_tables++;
	}
}

/* The next table in a list of deposits, which has no head of its own. */
static struct page *next_deposit(struct page *head, struct page *page)
{
	page = list_next_entry(page, lru);
	return page == head ? NULL : page;
}

/* The table in a list that so many stand before; NULL if it is shorter. */
static struct page *nth_deposit(struct page *head, unsigned int nr)
{
	struct page *page = head;

	while (page && nr--)
		page = next_deposit(head, page);
	return page;
}

static bool is_deposited(struct page *head, const struct page *wanted)
{
	struct page *page = head;

	while (page && page != wanted)
		page = next_deposit(head, page);
	return page;
}

/* Put one table in the place of another one. */
static void replace_deposit(struct mm_struct *mm, pmd_t *pmd, struct page *old,
			    struct page *page)
{
	if (list_empty(&old->lru))
		INIT_LIST_HEAD(&page->lru);
	else
		list_replace(&old->lru, &page->lru);
	if (pmd_huge_pte(mm, pmd) == old)
		pmd_huge_pte(mm, pmd) = page;
}

/* Which table comes next, of those that an order wants? */
static struct page *wanted_deposit(struct ptreloc_order *order,
				   struct mm_struct *mm, pmd_t *pmd,
				   unsigned int *nr)
{
	struct page *page;

	pmd_lock(mm, pmd);
	do
		page = nth_deposit(pmd_huge_pte(mm, pmd), (*nr)++);
	while (page && !order->wants(order, page_to_pfn(page)));
	spin_unlock(pmd_lockptr(mm, pmd));
	return page;
}

/* All deposits of the pmds that lie in a page with this one, each once. */
static void move_deposits(struct ptreloc_order *order, struct mm_struct *mm,
			  pmd_t *pmd)
{
	void *table = (void *)((unsigned long)pmd & PAGE_MASK);
	struct page *old, *page;
	unsigned int nr = 0;
	bool there;

	if (order->last_deposits == table)
		return;
	order->last_deposits = table;
	while ((old = wanted_deposit(order, mm, pmd, &nr))) {
		page = make_table(order, page_to_pfn(old));
		if (!page)
			return;
		/* Somebody may have withdrawn it meanwhile. */
		pmd_lock(mm, pmd);
		there = is_deposited(pmd_huge_pte(mm, pmd), old);
		if (there)
			replace_deposit(mm, pmd, old, page);
		spin_unlock(pmd_lockptr(mm, pmd));
		pte_free(mm, there ? old : page);
		if (there)
			ptreloc_stats.deposited++;
		else
			ptreloc_stats.gone++;
		cond_resched();
	}
}

static int table_entry(pmd_t *pmd, unsigned long addr, unsigned long next,
		       struct mm_walk *walk)
{
	struct ptreloc_order *order = walk->private;
	struct page *old, *page;
	bool wanted;
	pmd_t value;

	walk->action = ACTION_CONTINUE;
	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	/* Several VMAs may lie in one table. */
	if (order->last == (addr & PMD_MASK))
		return 0;
	order->last = addr & PMD_MASK;
	/* khugepaged may take the table away; until then it is one. */
	rcu_read_lock();
	value = pmdp_get_lockless(pmd);
	wanted = pmd_present(value) && !pmd_leaf(value) && !pmd_bad(value) &&
		 order->wants(order, page_to_pfn(pmd_pgtable(value)));
	rcu_read_unlock();
	if (pmd_trans_huge(value))
		move_deposits(order, walk->mm, pmd);
	if (!wanted)
		return 0;
	old = pmd_pgtable(value);
	page = make_table(order, page_to_pfn(old));
	if (page)
		ptreloc_move(walk->vma, addr, pmd, old, page);
	return 0;
}

/* Where the kernel maps memory of devices, there are tables all the same. */
static int any_vma(unsigned long start, unsigned long end, struct mm_walk *walk)
{
	return 0;
}

static const struct mm_walk_ops table_ops = {
	.pmd_entry = table_entry,
	.test_walk = any_vma,
	.walk_lock = PGWALK_RDLOCK,
};

/**
 * ptreloc_mm - move tables of a process
 * @order: which, and where to
 * @mm: the process; the caller holds a reference to its users
 *
 * New tables are charged to the memory cgroup of the process.
 *
 * Context: process context, may sleep; ptreloc_mutex held.
 * Return: 0, or -EINTR after a fatal signal.
 */
int ptreloc_mm(struct ptreloc_order *order, struct mm_struct *mm)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(mm), *before;
	int err;

	lockdep_assert_held(&ptreloc_mutex);
	before = set_active_memcg(memcg);
	order->last = ULONG_MAX;
	order->last_deposits = NULL;
	err = mmap_read_lock_killable(mm);
	if (!err) {
		err = walk_page_range(mm, 0, TASK_SIZE_MAX, &table_ops, order);
		mmap_read_unlock(mm);
	}
	set_active_memcg(before);
	mem_cgroup_put(memcg);
	return err;
}

/* The first process from a number on; the number is set to its own. */
static struct mm_struct *next_mm(int *nr)
{
	struct task_struct *task, *thread;
	struct mm_struct *mm = NULL;
	struct pid *pid;

	rcu_read_lock();
	while (!mm && (pid = find_ge_pid(*nr, &init_pid_ns))) {
		*nr = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_TGID);
		thread = task ? find_lock_task_mm(task) : NULL;
		if (!thread)
			continue;
		if (!(thread->flags & PF_KTHREAD) && mmget_not_zero(thread->mm))
			mm = thread->mm;
		task_unlock(thread);
	}
	rcu_read_unlock();
	return mm;
}

/**
 * ptreloc_all - move tables of all processes
 * @order: which, and where to
 *
 * The old tables are free when it returns.
 *
 * Context: process context, may sleep; ptreloc_mutex held.
 * Return: 0, or -EINTR after a fatal signal.
 */
int ptreloc_all(struct ptreloc_order *order)
{
	unsigned long moved = ptreloc_stats.moved;
	struct mm_struct *mm;
	int nr = 1, err = 0;

	while (!err && (mm = next_mm(&nr))) {
		err = ptreloc_mm(order, mm);
		mmput(mm);
	}
	/* For the callbacks of pte_free_defer(). */
	if (moved != ptreloc_stats.moved)
		rcu_barrier();
	return err;
}
