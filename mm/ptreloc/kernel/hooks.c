// SPDX-License-Identifier: GPL-2.0-only
/*
 * When readers of page tables that take no lock have to look twice. Each hook is
 * a branch of a static key, until the first table moves:
 *
 *	map_pte()                    takes the table's lock
 *	collapse_pte_mapped_thp()    takes the pmd's lock first
 *	move_pages_pte()             looks at both pmds again
 *	userfaultfd_must_wait()      looks at the pmd again
 *
 * The last two do so at all times.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/ptreloc_hooks.h>
#include <linux/rcupdate.h>

DEFINE_STATIC_KEY_FALSE(ptreloc_key);

#ifdef CONFIG_DEBUG_VM
/* Negative controls for tests, which have to find each of them. */
u32 ptreloc_spoil, ptreloc_window_ms;

/**
 * ptreloc_wait - wait as long as a test wants
 *
 * Context: any.
 */
void ptreloc_wait(void)
{
	mdelay(READ_ONCE(ptreloc_window_ms));
}
#endif

/* Held until those who have not seen the key on are done. */
static DEFINE_MUTEX(begin_mutex);

/**
 * ptreloc_begin_cpuslocked - tables will move from now on
 *
 * Context: process context, may sleep; cpus_read_lock() held.
 */
void ptreloc_begin_cpuslocked(void)
{
	mutex_lock(&begin_mutex);
	if (!ptreloc_active()) {
		static_branch_enable_cpuslocked(&ptreloc_key);
		/*
		 * Those who have asked before, and act on the answer, do not
		 * sleep between the two.
		 */
		synchronize_rcu_tasks();
	}
	mutex_unlock(&begin_mutex);
}

/**
 * ptreloc_begin - tables will move from now on
 *
 * Context: process context, may sleep.
 */
void ptreloc_begin(void)
{
	cpus_read_lock();
	ptreloc_begin_cpuslocked();
	cpus_read_unlock();
}
