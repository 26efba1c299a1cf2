/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_PTRELOC_SPOIL_H
#define _LINUX_PTRELOC_SPOIL_H

/* By itself, because programs that test the kernel include it as well. */

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

#endif /* _LINUX_PTRELOC_SPOIL_H */
