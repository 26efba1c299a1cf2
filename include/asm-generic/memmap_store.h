/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_GENERIC_MEMMAP_STORE_H
#define _ASM_GENERIC_MEMMAP_STORE_H

/*
 * An architecture whose stores can bypass the cache defines MEMMAP_HAVE_NT and
 * the two functions in its own asm/memmap_store.h. The others use ordinary
 * stores, which need no fence.
 */
#ifndef MEMMAP_HAVE_NT
#define MEMMAP_HAVE_NT 0

/**
 * memmap_store_nt - store a word; it need not stay in the cache
 * @to: where to
 * @word: the word
 *
 * Context: any.
 */
static inline void memmap_store_nt(unsigned long *to, unsigned long word)
{
	*to = word;
}

/**
 * memmap_store_fence - order memmap_store_nt() before all later stores
 *
 * Context: any.
 */
static inline void memmap_store_fence(void)
{
}
#endif

#endif /* _ASM_GENERIC_MEMMAP_STORE_H */
