/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM memmap_init

#if !defined(_TRACE_MEMMAP_INIT_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_MEMMAP_INIT_H

#include <linux/types.h>
#include <linux/tracepoint.h>

/* An extent that the late part of a strategy begins with. */
TRACE_EVENT(memmap_init_extent,

	TP_PROTO(int nid, unsigned long start_pfn, unsigned long end_pfn),

	TP_ARGS(nid, start_pfn, end_pfn),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(unsigned long, start_pfn)
		__field(unsigned long, end_pfn)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->start_pfn = start_pfn;
		__entry->end_pfn = end_pfn;
	),

	TP_printk("nid=%d range=(0x%lx ~ 0x%lx)",
		__entry->nid,
		__entry->start_pfn,
		__entry->end_pfn)
);

/* A worker, whose home is worker_nid, has claimed a chunk on node nid. */
TRACE_EVENT(memmap_init_chunk,

	TP_PROTO(int worker_nid, int nid, unsigned long start_pfn,
		unsigned long end_pfn),

	TP_ARGS(worker_nid, nid, start_pfn, end_pfn),

	TP_STRUCT__entry(
		__field(int, worker_nid)
		__field(int, nid)
		__field(unsigned long, start_pfn)
		__field(unsigned long, end_pfn)
	),

	TP_fast_assign(
		__entry->worker_nid = worker_nid;
		__entry->nid = nid;
		__entry->start_pfn = start_pfn;
		__entry->end_pfn = end_pfn;
	),

	TP_printk("worker_nid=%d nid=%d range=(0x%lx ~ 0x%lx)",
		__entry->worker_nid,
		__entry->nid,
		__entry->start_pfn,
		__entry->end_pfn)
);

/* The allocator has pulled a block; nr_left pages of the zone are pristine. */
TRACE_EVENT(memmap_init_pull,

	TP_PROTO(int nid, int zone, int migratetype, unsigned long nr_left),

	TP_ARGS(nid, zone, migratetype, nr_left),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(int, zone)
		__field(int, migratetype)
		__field(unsigned long, nr_left)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->zone = zone;
		__entry->migratetype = migratetype;
		__entry->nr_left = nr_left;
	),

	TP_printk("nid=%d zone=%d migratetype=%d nr_left=%lu",
		__entry->nid,
		__entry->zone,
		__entry->migratetype,
		__entry->nr_left)
);

/* A drain has ended; nid is -1 if it was that of all nodes. */
TRACE_EVENT(memmap_init_drain,

	TP_PROTO(int nid, unsigned long nr_pages, u64 us, unsigned int cpus),

	TP_ARGS(nid, nr_pages, us, cpus),

	TP_STRUCT__entry(
		__field(int, nid)
		__field(unsigned long, nr_pages)
		__field(u64, us)
		__field(unsigned int, cpus)
	),

	TP_fast_assign(
		__entry->nid = nid;
		__entry->nr_pages = nr_pages;
		__entry->us = us;
		__entry->cpus = cpus;
	),

	TP_printk("nid=%d nr_pages=%lu us=%llu cpus=%u",
		__entry->nid,
		__entry->nr_pages,
		__entry->us,
		__entry->cpus)
);

#endif /* _TRACE_MEMMAP_INIT_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
