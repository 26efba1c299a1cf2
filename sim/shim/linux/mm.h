/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_MM_H
#define SIM_LINUX_MM_H

#include <linux/mmzone.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

#define PG_RESERVED	(1UL << 13)
#define PAGE_TYPE_NONE	0xffffffffU
#define PAGE_TYPE_BUDDY 0xf0000000U

/* The words of Linux's, in its order, on x86-64 with memory control groups. */
struct page {
	unsigned long flags;
	union {
		struct list_head lru;
		struct list_head buddy_list;
	};
	void *mapping;
	unsigned long index;
	unsigned long private;
	unsigned int page_type;
	atomic_t _refcount;
	unsigned long memcg_data;
};

extern struct page *vmemmap;

#define pfn_to_page(pfn)	  (vmemmap + (pfn))
#define page_to_pfn(page)	  ((unsigned long)((page)-vmemmap))
#define set_page_count(page, n)	  atomic_set(&(page)->_refcount, (n))
#define set_page_private(page, n) ((page)->private = (n))
#define __SetPageBuddy(page)	  ((page)->page_type = PAGE_TYPE_BUDDY)
#define __ClearPageBuddy(page)	  ((page)->page_type = PAGE_TYPE_NONE)
#define PageBuddy(page)		  ((page)->page_type == PAGE_TYPE_BUDDY)
#define __SetPageReserved(page)	  ((page)->flags |= PG_RESERVED)
#define __ClearPageReserved(page) ((page)->flags &= ~PG_RESERVED)

#endif /* SIM_LINUX_MM_H */
