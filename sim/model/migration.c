// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math.h>
#include "model/migration.h"

/* A cache line. */
#define LINE_BYTES 64UL

/*
 * A line that is stored to crosses the memory twice, read for ownership and
 * written back; one that is copied crosses it three times.
 */
#define COPY_OF_STORE 1.5

/* Pages that share a flush of TLBs: NR_MAX_BATCHED_MIGRATION of Linux 6.12. */
#define PAGES_A_FLUSH 512

/**
 * migration_flushes - how often TLBs are flushed
 * @pages: pages that are moved with one call of migrate_pages()
 *
 * Return: flushes.
 */
unsigned long migration_flushes(unsigned long pages)
{
	return DIV_ROUND_UP(pages, PAGES_A_FLUSH);
}

/**
 * migration_ns - how long it takes to move pages
 * @costs: of the machine
 * @page_shift: a page has 1 << @page_shift bytes
 * @pages: pages that are moved with one call of migrate_pages()
 * @remote: to another node
 *
 * Return: nanoseconds of one CPU.
 */
double migration_ns(const struct machine_costs *costs, unsigned int page_shift,
		    unsigned long pages, bool remote)
{
	double lines = (1UL << page_shift) / LINE_BYTES;
	double copy = lines * COPY_OF_STORE * costs->page_ns[WRITE_CACHED];

	if (remote)
		copy *= costs->remote_factor;
	/* One lock to take the new page, one to put it in the old one's place. */
	return pages * (copy + 2 * costs->lock_ns) +
	       migration_flushes(pages) * costs->ipi_ns;
}
