/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_GENERIC_MEMMAP_STORE_H
#define _ASM_GENERIC_MEMMAP_STORE_H

/* Where no store goes round the cache, ordinary ones do for both kinds. */
#ifndef MEMMAP_HAVE_NT
#define MEMMAP_HAVE_NT 0

static inline void memmap_store_nt(unsigned long *to, unsigned long word)
{
	*to = word;
}

static inline void memmap_store_fence(void)
{
}
#endif

#endif /* _ASM_GENERIC_MEMMAP_STORE_H */
