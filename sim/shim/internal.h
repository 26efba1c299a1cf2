/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MM_INTERNAL_H
#define SIM_MM_INTERNAL_H

#include <linux/mm.h>

/* Mainline's own first pass, which is also what our template is made of. */
static inline void __init_single_page(struct page *page, unsigned long pfn,
				      unsigned long zone, int nid)
{
	*page = (struct page){
		.flags = (unsigned long)nid << 58 | zone << 56 | 0xffUL << 40,
		.page_type = PAGE_TYPE_NONE,
		._refcount = { 1 },
	};
	INIT_LIST_HEAD(&page->lru);
}

#endif /* SIM_MM_INTERNAL_H */
