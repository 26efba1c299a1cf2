// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who else has to know that memory has changed its node: notifiers, memory
 * blocks, their links, and user space.
 */
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/kobject.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/node.h>
#include <linux/nodemask.h>
#include "../../internal.h"
#include "kernel.h"

/**
 * dnuma_tell_kernel - send MEM_CHANGED_NODE for each range that has moved
 * @before: where memory was
 *
 * dnuma_pfn_to_nid() says to which node.
 *
 * Context: process context; mem_hotplug_lock held for writing.
 */
void dnuma_tell_kernel(const struct memlayout *before)
{
	struct memlayout_diff diff = { .old = before, .new = dnuma_actual() };

	while (memlayout_diff_next(&diff)) {
		struct memory_notify arg = {
			.start_pfn = diff.start_pfn,
			.nr_pages = diff.end_pfn - diff.start_pfn,
			.status_change_nid = NUMA_NO_NODE,
			.status_change_nid_normal = NUMA_NO_NODE,
		};

		memory_notify(MEM_CHANGED_NODE, &arg);
	}
}

/* The zone of a node that a page is in; NULL if it is in none. */
static struct zone *zone_of(int nid, unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		if (dnuma_zone_has(dnuma_zone(nid, i), pfn))
			return dnuma_zone(nid, i);
	return NULL;
}

/* All nodes of a memory block; its zone if it is one. */
static struct zone *look_at_block(unsigned long start_pfn,
				  unsigned long end_pfn, nodemask_t *nodes)
{
	const struct memlayout *actual = dnuma_actual();
	struct zone *one = NULL, *zone;
	unsigned long pfn;
	unsigned int i;
	bool many = false;

	for (i = 0; i < actual->nr; i++) {
		const struct memlayout_range *r = &actual->range[i];

		if (r->end_pfn <= start_pfn || r->start_pfn >= end_pfn)
			continue;
		node_set(r->nid, *nodes);
		for (pfn = max(r->start_pfn, start_pfn);
		     pfn < min(r->end_pfn, end_pfn);
		     pfn = ALIGN(pfn + 1, PAGES_PER_SUBSECTION)) {
			zone = zone_of(r->nid, pfn);
			if (zone)
				many = many || (one && zone != one);
			if (zone)
				one = zone;
		}
		cond_resched();
	}
	return many ? NULL : one;
}

static void block_update(unsigned long pfn)
{
	unsigned long pages = memory_block_size_bytes() >> PAGE_SHIFT;
	unsigned long start_pfn = ALIGN_DOWN(pfn, pages);
	struct memory_block *block;
	nodemask_t nodes = NODE_MASK_NONE;
	struct zone *zone;

	block = find_memory_block(pfn_to_section_nr(start_pfn));
	if (!block)
		return;
	if (block->state == MEM_ONLINE) {
		zone = look_at_block(start_pfn, start_pfn + pages, &nodes);
		memory_block_change_nodes(block, &nodes, zone);
	}
	put_device(&block->dev);
}

/**
 * dnuma_tell_users - links of memory blocks, and an event of each node concerned
 * @before: where memory was
 *
 * Context: process context, sleeps; device_hotplug_lock held.
 */
void dnuma_tell_users(const struct memlayout *before)
{
	unsigned long pages = memory_block_size_bytes() >> PAGE_SHIFT;
	struct memlayout_diff diff = { .old = before, .new = dnuma_actual() };
	nodemask_t nodes = NODE_MASK_NONE;
	unsigned long pfn = 0;
	int nid;

	while (memlayout_diff_next(&diff)) {
		node_set(diff.from, nodes);
		node_set(diff.to, nodes);
		/* Each block once, however many ranges are in it. */
		for (pfn = max(pfn, ALIGN_DOWN(diff.start_pfn, pages));
		     pfn < diff.end_pfn; pfn += pages)
			block_update(pfn);
	}
	for_each_node_mask(nid, nodes)
		kobject_uevent(&node_devices[nid]->dev.kobj, KOBJ_CHANGE);
}
