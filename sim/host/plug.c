// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is hot-added to a machine on real memory: brought online by the
 * boot CPU while background threads may drain, as online_pages() of the series
 * does it.
 */
#include <math.h>
#include <time.h>
#include "base/clock.h"
#include "host/internal.h"
#include "host/yardstick.h"
#include "shim/zone.h"

/* The zone of a node, which may have had no memory until now. */
static unsigned int zone_of(struct host *host, const struct topology_plug *plug)
{
	unsigned int i;

	for (i = 0; i < host->nr_zones; i++)
		if (host->zone_node[i] == plug->node)
			return i;
	host->zone_node[i] = plug->node;
	sim_zone_init(&host->zone[i], plug->node, plug->range.start_pfn,
		      plug->range.start_pfn);
	host->nr_zones++;
	return i;
}

/* As resize_zone_range(), with the lock, for an allocation may look. */
static void grow(struct zone *zone, unsigned long end_pfn)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	zone->spanned_pages = max(zone->spanned_pages,
				  end_pfn - zone->zone_start_pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void online(struct host *host, unsigned int i, bool eager)
{
	const struct topology_plug *plug = &host->topology->plug[i];
	unsigned long section = topology_section_pages(host->topology);
	unsigned int at = zone_of(host, plug);
	struct zone *zone = &host->zone[at];
	unsigned long pfn;

	if (!eager && !zone->pristine)
		host_add_set(host, at);
	for (pfn = plug->range.start_pfn; pfn < plug->range.end_pfn;
	     pfn += section) {
		unsigned long start = pfn, end = pfn + section;

		grow(zone, end);
		if (eager)
			mainline_range(zone, start, end);
		else if (memmap_boot_record(zone->pristine, &start, &end))
			memmap_boot_more(&host->boot);
	}
	host->nr_plugged = i + 1;
}

/* A signal ends it: then what is to come comes at once. */
static void sleep_until(u64 ns)
{
	const struct timespec at = { ns / 1000000000, ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* All that is online is written; since when, says the drain. */
static void note_ready(struct host *host, u64 start_ns,
		       struct host_plugged *plugged)
{
	double ns = (double)host->boot.drain.end_ns - start_ns;
	unsigned int i;

	if (isnan(plugged->drained_ns))
		plugged->drained_ns = ns;
	for (i = 0; i < host->nr_plugged; i++)
		if (isnan(plugged->ready_ns[i]))
			plugged->ready_ns[i] = ns - plugged->arrival_ns[i];
}

/* The strategy's drain ends; it begins anew if it has left any. */
static void drain_rest(struct host *host, u64 start_ns,
		       struct host_plugged *plugged)
{
	host_wait(host);
	if (!memmap_boot_pristine(&host->boot)) {
		note_ready(host, start_ns, plugged);
		return;
	}
	if (isnan(plugged->drained_ns))
		plugged->drained_ns = (double)host->boot.drain.end_ns -
				      start_ns;
	memmap_boot_added(&host->boot);
}

/**
 * host_plug - all memory that is hot-added arrives, each piece at its time
 * @host: boot has gone on
 * @strategy: whose; mainline's own has no state in @host
 * @start_ns: when boot began
 * @boot_wait_ns: and how long it waited
 * @plugged: the result
 *
 * Returns when all is online, and as much of it written as the strategy writes.
 */
void host_plug(struct host *host, const struct memmap_strategy *strategy,
	       u64 start_ns, double boot_wait_ns, struct host_plugged *plugged)
{
	bool eager = strategy->flags & MEMMAP_WAITS;
	unsigned int nr = host->topology->nr_plugs, i;
	const struct topology_plug *plug = host->topology->plug;

	plugged->drained_ns = NAN;
	for (i = 0; i < nr; i++) {
		double arrival_ns = fmax(boot_wait_ns, plug[i].at_ns);
		u64 settled_ns;

		sleep_until(start_ns + arrival_ns);
		online(host, i, eager);
		plugged->arrival_ns[i] = arrival_ns;
		plugged->online_ns[i] = (double)(clock_ns() - start_ns) -
					arrival_ns;
		plugged->ready_ns[i] = eager ? plugged->online_ns[i] : NAN;
		if (eager || !strategy->late)
			continue;
		settled_ns = clock_ns() + MEMMAP_SETTLE_MS * 1000000ULL;
		if (i + 1 < nr && start_ns + plug[i + 1].at_ns < settled_ns)
			continue;
		sleep_until(settled_ns);
		/* A drain that goes on takes what has come. */
		if (i + 1 == nr || !atomic_read(&host->boot.drain.nr_workers))
			drain_rest(host, start_ns, plugged);
	}
	if (eager || !strategy->late || !nr)
		return;
	host_wait(host);
	note_ready(host, start_ns, plugged);
}
