/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PTRELOC_HOOKS_H
#define _LINUX_PTRELOC_HOOKS_H

/* What the rest of the kernel calls where page tables may move. */
#include <linux/errno.h>
#include <linux/jump_label.h>
#include <linux/types.h>

#ifdef CONFIG_PT_RELOC

DECLARE_STATIC_KEY_FALSE(ptreloc_key);

/**
 * ptreloc_active - may a page table have moved, or move now?
 *
 * Those who read a table without its lock, and take an empty entry for what it
 * says, ask this and take the lock. It is false until the first table moves.
 *
 * Context: any.
 */
static inline bool ptreloc_active(void)
{
	return static_branch_unlikely(&ptreloc_key);
}

void ptreloc_begin(void);
void ptreloc_begin_cpuslocked(void);
int ptreloc_evacuate(unsigned long start_pfn, unsigned long end_pfn);

#else

static inline bool ptreloc_active(void)
{
	return false;
}

static inline int ptreloc_evacuate(unsigned long start_pfn,
				   unsigned long end_pfn)
{
	return -EOPNOTSUPP;
}

#endif
#endif /* _LINUX_PTRELOC_HOOKS_H */
