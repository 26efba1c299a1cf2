// SPDX-License-Identifier: GPL-2.0-only
/* What a hint fault does while more than one node has memory. */
#include <linux/cpuset.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/page_numa_hint.h>
#include <linux/sched/numa_balancing.h>

#include "kernel.h"

/* Tests that need to know who faults; the daemon makes the others. */
static bool may_wait(struct folio *folio, const struct vm_area_struct *vma,
		     int target_nid)
{
	/* As migrate_misplaced_folio_prepare(): probably a shared library. */
	if (folio_is_file_lru(folio) && (vma->vm_flags & VM_EXEC) &&
	    folio_likely_mapped_shared(folio))
		return false;
	/* The daemon allocates for a task that may not use that node. */
	return node_isset(target_nid, cpuset_current_mems_allowed);
}

static bool machine_queue(struct page_numa_machine *machine,
			  struct folio *folio, int target_nid, int *flags)
{
	struct page_numa_history *history = &machine->history;
	unsigned long pfn = folio_pfn(folio), waiting;
	struct page_numa_daemon *daemon;

	daemon = rcu_dereference(machine->daemon[target_nid]);
	if (!daemon)
		return false;
	switch (page_numa_fault(machine->pool, pfn, folio_order(folio),
				folio_nid(folio), target_nid, &waiting)) {
	case PAGE_NUMA_NEW:
		if (waiting == 1 || waiting == machine->pool->wake)
			wake_up(&daemon->wait);
		fallthrough;
	case PAGE_NUMA_LEAVE:
		if (target_nid == numa_node_id())
			*flags |= TNF_QUEUED;
		return true;
	case PAGE_NUMA_FULL:
		return true;
	case PAGE_NUMA_ABSENT:
		if (pfn < history->nr_pages) {
			set_bit(pfn >> history->section_shift, machine->wanted);
			page_numa_update();
		}
		return false;
	case PAGE_NUMA_MOVE:
		return false;
	}
	return false;
}

/* The page stays; but it may wait, and then its daemon should know of this. */
static void machine_note(struct page_numa_machine *machine, struct folio *folio)
{
	unsigned long waiting;
	int nid = numa_node_id();

	page_numa_fault(machine->pool, folio_pfn(folio), folio_order(folio),
			nid, nid, &waiting);
}

/* page_numa_queue() without the test of the key; page_numa_hint.h has it. */
bool __page_numa_queue(struct folio *folio, const struct vm_area_struct *vma,
		       int target_nid, int *flags)
{
	struct page_numa_machine *machine;
	bool queued = false;

	rcu_read_lock();
	machine = rcu_dereference(page_numa_machine);
	if (!machine)
		page_numa_first_fault();
	else if (target_nid == NUMA_NO_NODE)
		machine_note(machine, folio);
	else if (may_wait(folio, vma, target_nid))
		queued = machine_queue(machine, folio, target_nid, flags);
	rcu_read_unlock();
	return queued;
}
