/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PAGE_NUMA_HINT_H
#define _LINUX_PAGE_NUMA_HINT_H

/*
 * What both handlers of hint faults call. It costs them one no-op while one node
 * has all memory, and nothing without CONFIG_PAGE_NUMA.
 */

#include <linux/jump_label.h>
#include <linux/types.h>

struct folio;
struct vm_area_struct;

bool __page_numa_queue(struct folio *folio, const struct vm_area_struct *vma,
		       int target_nid, int *flags);

#ifdef CONFIG_PAGE_NUMA

DECLARE_STATIC_KEY_FALSE(page_numa_key);

/* Has more than one node memory, and may pages wait to move between them? */
static inline bool page_numa_enabled(void)
{
	return static_branch_unlikely(&page_numa_key);
}

#else /* !CONFIG_PAGE_NUMA */

/* The function below then calls nothing, so the compiler drops the call. */
static inline bool page_numa_enabled(void)
{
	return false;
}

#endif /* CONFIG_PAGE_NUMA */

/**
 * page_numa_queue - a hint fault leaves the move of a folio to a daemon
 * @folio: the folio
 * @vma: where it was used
 * @target_nid: the node that it should go to; NUMA_NO_NODE: it should stay
 * @flags: of the fault, for task_numa_fault(); out: TNF_QUEUED is set if the
 *	folio waits to move to the node of this CPU
 *
 * Context: under the page table's lock.
 * Return: true if the fault maps the folio where it is; false if it does with
 * @target_nid what it does without this function.
 */
static inline bool page_numa_queue(struct folio *folio,
				   const struct vm_area_struct *vma,
				   int target_nid, int *flags)
{
	return page_numa_enabled() &&
	       __page_numa_queue(folio, vma, target_nid, flags);
}

#endif /* _LINUX_PAGE_NUMA_HINT_H */
