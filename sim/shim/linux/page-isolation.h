/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_PAGE_ISOLATION_H
#define SIM_LINUX_PAGE_ISOLATION_H

#include <linux/mm.h>

int get_pageblock_migratetype(const struct page *page);
void set_pageblock_migratetype(struct page *page, int migratetype);

#endif /* SIM_LINUX_PAGE_ISOLATION_H */
