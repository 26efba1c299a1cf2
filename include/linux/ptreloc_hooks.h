/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PTRELOC_HOOKS_H
#define _LINUX_PTRELOC_HOOKS_H

/* What the rest of the kernel calls where page tables may move. */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/jump_label.h>
#include <linux/ptreloc_spoil.h>
#include <linux/types.h>

#if defined(CONFIG_PT_RELOC) && defined(CONFIG_DEBUG_VM)
extern u32 ptreloc_spoil, ptreloc_window_ms;

void ptreloc_wait(void);

static inline bool ptreloc_spoilt(enum ptreloc_spoil what)
{
	return unlikely(READ_ONCE(ptreloc_spoil) & BIT(what));
}
#else
static inline bool ptreloc_spoilt(enum ptreloc_spoil what)
{
	return false;
}

static inline void ptreloc_wait(void)
{
}
#endif

/**
 * ptreloc_window - wait a while where a test wants that
 * @where: PTRELOC_WINDOW_MOVE, or one that follows it
 *
 * A window that is a few instructions long is hit too seldom.
 *
 * Context: any.
 */
static inline void ptreloc_window(enum ptreloc_spoil where)
{
	if (ptreloc_spoilt(where))
		ptreloc_wait();
}

#ifdef CONFIG_PT_RELOC

DECLARE_STATIC_KEY_FALSE(ptreloc_key);

/**
 * ptreloc_active - may a page table have moved, or move now?
 *
 * Those who read a table without its lock, and take an empty entry for what it
 * says, ask this and take the lock.
 *
 * Context: any.
 * Return: false until the first table moves.
 */
static inline bool ptreloc_active(void)
{
	return static_branch_unlikely(&ptreloc_key);
}

void ptreloc_begin(void);
void ptreloc_begin_cpuslocked(void);
int ptreloc_evacuate_cpuslocked(unsigned long start_pfn, unsigned long end_pfn);

#else

static inline bool ptreloc_active(void)
{
	return false;
}

static inline int ptreloc_evacuate_cpuslocked(unsigned long start_pfn,
					      unsigned long end_pfn)
{
	return -EOPNOTSUPP;
}

#endif
#endif /* _LINUX_PTRELOC_HOOKS_H */
