/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_X86_MEMMAP_STORE_H
#define _ASM_X86_MEMMAP_STORE_H

/*
 * movnti writes eight bytes from a general register round the cache: no read
 * for ownership, no FPU state to save. Eight in a row fill a line in the
 * write-combining buffer, which then goes to memory whole.
 */
#ifdef __x86_64__
#define MEMMAP_HAVE_NT 1

static inline void memmap_store_nt(unsigned long *to, unsigned long word)
{
	asm volatile("movnti %1, %0" : "=m"(*to) : "r"(word));
}

/* Weakly ordered stores must be out before the lock that publishes them. */
static inline void memmap_store_fence(void)
{
	asm volatile("sfence" : : : "memory");
}
#endif

#include <asm-generic/memmap_store.h>

#endif /* _ASM_X86_MEMMAP_STORE_H */
