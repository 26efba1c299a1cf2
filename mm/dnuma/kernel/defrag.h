/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_KERNEL_DEFRAG_H
#define _MM_DNUMA_KERNEL_DEFRAG_H

/*
 * Shared by the files of targeted defragmentation:
 *
 *	defrag.c	blocks are emptied and stay where they are
 *	obstacles.c	what is in a block, and what of it cannot be migrated
 *	answer.c	the file in debugfs: requests, one at a time, and answers
 *
 * Locks: cpu_hotplug_lock and mem_hotplug_lock for reading, zone->lock.
 */

#include <linux/dnuma_defrag.h>
#include <linux/types.h>

/**
 * enum dnuma_when - when a block is looked at
 * @DNUMA_SEEN: nothing has been done to it
 * @DNUMA_ISOLATED: its pageblocks are isolated
 * @DNUMA_TRIED: and what could be migrated was
 */
enum dnuma_when {
	DNUMA_SEEN,
	DNUMA_ISOLATED,
	DNUMA_TRIED,
};

/* obstacles.c */
bool dnuma_in_buddy(unsigned long pfn, unsigned int order);
bool dnuma_block_free(unsigned long start_pfn, unsigned int order);
void dnuma_block_look(const struct dnuma_defrag_request *request,
		      unsigned long start_pfn, enum dnuma_when when,
		      struct dnuma_defrag_block *block);

/* defrag.c */
bool dnuma_tables_move(const struct dnuma_defrag_request *request);
int dnuma_defrag(struct dnuma_defrag *defrag);

#endif /* _MM_DNUMA_KERNEL_DEFRAG_H */
