/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_MEMMAP_WORKER_H
#define _MM_MEMMAP_WORKER_H

/* What a drain asks of its workers: in which zone they write, and how much. */
#include <linux/memmap_init.h>

void memmap_worker_busy(const struct memmap_drain *drain,
			struct memmap_worker *worker);
bool memmap_worker_claim(struct memmap_drain *drain,
			 struct memmap_worker *worker);
bool memmap_worker_stays(const struct memmap_drain *drain,
			 const struct memmap_worker *worker);
void memmap_worker_leave(struct memmap_worker *worker);
void memmap_worker_timed(struct memmap_worker *worker,
			 const struct memmap_drain *drain,
			 unsigned long batch_ns, unsigned long pages);
void memmap_worker_count(struct memmap_worker *worker, int nr,
			 unsigned long speed);
void memmap_worker_stop(struct memmap_worker *worker);

#endif /* _MM_MEMMAP_WORKER_H */
