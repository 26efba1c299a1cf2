/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_X86_MEMMAP_STORE_H
#define _ASM_X86_MEMMAP_STORE_H

/*
 * movnti stores eight bytes from a general register and bypasses the cache. So
 * no line is read from memory before it is written, and no FPU state has to be
 * saved. Eight stores in a row fill a line of the write-combining buffer, which
 * goes to memory as a whole.
 */
#ifdef __x86_64__
#define MEMMAP_HAVE_NT 1

/**
 * memmap_store_nt - store a word and bypass the cache
 * @to: where to
 * @word: the word
 *
 * Context: any.
 */
static inline void memmap_store_nt(unsigned long *to, unsigned long word)
{
	asm volatile("movnti %1, %0" : "=m"(*to) : "r"(word));
}

/**
 * memmap_store_fence - order memmap_store_nt() before all later stores
 *
 * movnti is weakly ordered: the plain store that releases a lock does not wait
 * for it.
 *
 * Context: any.
 */
static inline void memmap_store_fence(void)
{
	asm volatile("sfence" : : : "memory");
}
#endif

#include <asm-generic/memmap_store.h>

#endif /* _ASM_X86_MEMMAP_STORE_H */
