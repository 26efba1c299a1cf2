/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PTRELOC_HOOKS_H
#define _LINUX_PTRELOC_HOOKS_H

/* What the rest of the kernel calls where page tables may move. */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/jump_label.h>
#include <linux/types.h>

/**
 * enum ptreloc_spoil - what a test can take out, and where it can have code wait
 * @PTRELOC_SPOIL_COPY: a table is copied before it is locked
 * @PTRELOC_SPOIL_CLEAR: the old table is not cleared
 * @PTRELOC_SPOIL_MUST_WAIT: userfaultfd_must_wait() looks once
 * @PTRELOC_SPOIL_UFFD_MOVE: move_pages_pte() looks at no pmd again
 * @PTRELOC_SPOIL_EVACUATE: nothing is moved out of a range, or of blocks
 * @PTRELOC_WINDOW_MOVE: a move waits before it locks the pmd
 * @PTRELOC_WINDOW_FAULT: a fault waits between its entry and the table's lock
 * @PTRELOC_WINDOW_UFFD: so do UFFDIO_MOVE, and a fault that user space resolves,
 *	before it is queued and before it looks whether to wait
 *
 * Bits of /sys/kernel/debug/ptreloc/spoil, with CONFIG_DEBUG_VM.
 */
enum ptreloc_spoil {
	PTRELOC_SPOIL_COPY,
	PTRELOC_SPOIL_CLEAR,
	PTRELOC_SPOIL_MUST_WAIT,
	PTRELOC_SPOIL_UFFD_MOVE,
	PTRELOC_SPOIL_EVACUATE,
	PTRELOC_WINDOW_MOVE,
	PTRELOC_WINDOW_FAULT,
	PTRELOC_WINDOW_UFFD,
};

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
