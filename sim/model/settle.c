// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process on each node, its pages on all of them. What follows is Linux's NUMA
 * balancing, as far as it decides when pages wait and when they move:
 *
 *	scan	some pages of a process become inaccessible, every so often
 *	touch	its threads go round its pages; one that is inaccessible is a
 *		hint fault, and page_numa_fault() says what comes of it
 *	daemon	of each node: takes a batch, moves it, takes the next
 *
 * Threads of a process share its touches, and each fault delays one of them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "base/heap.h"
#include "model/migration.h"
#include "model/settle.h"

/*
 * A hint fault beside what is done about its page: some 2800 instructions
 * (patches/0000-cover-letter.patch, a first touch; order of magnitude).
 */
#define HINT_FAULT_NS 1000.0

/* task_scan_min() of Linux 6.12, with its default scan_size. */
#define SCAN_PERIOD_MIN_MS 1000UL
#define SCAN_FLOOR_MS	   100UL

/* Scans of all memory after which pages that have not settled never will. */
#define MAX_PASSES 30

#define SECTION_SHIFT 15
#define BITS_A_WORD   64UL

/**
 * struct event - when something happens
 * @ns: the time; INFINITY: it waits for another one
 * @at: where this event is in the heap
 * @actor: to whom: a process, or behind all of them a daemon
 */
struct event {
	double ns;
	unsigned int *at;
	unsigned int actor;
};

/**
 * struct process - a process and its memory
 * @node: where it runs
 * @nr_cpus: its threads
 * @first: its first page; it has as many as any other
 * @at: the page that it touches now, counted from @first
 * @clock_ns: when
 * @nr_marked: of its pages, so many are inaccessible
 * @found: that page is inaccessible
 * @scan_ns: when pages are made so next
 * @scan_at: the first of them, counted from @first
 */
struct process {
	unsigned int node;
	unsigned int nr_cpus;
	unsigned long first;
	unsigned long at;
	double clock_ns;
	unsigned long nr_marked;
	bool found;
	double scan_ns;
	unsigned long scan_at;
};

/**
 * struct mover - the daemon of a node
 * @moving: it has a batch
 * @batch: the pages
 */
struct mover {
	bool moving;
	struct page_numa_batch *batch;
};

/**
 * struct settle - a run
 * @topology: of the machine
 * @costs: likewise
 * @load: what runs
 * @how: how pages are moved
 * @result: what has happened so far
 * @history: of all pages of all processes
 * @pool: of the machine
 * @home: node of each page
 * @marked: a bit a page: it is inaccessible
 * @process: all processes
 * @nr_processes: how many
 * @pages: of each process
 * @stride: from one page to the one touched next; prime to @pages
 * @chunk: pages that a scan takes
 * @period_ns: from scan to scan
 * @mover: of each node
 * @events: one of each actor
 * @at: where they are
 * @now: the time
 * @away: pages that are not shared and not at home
 * @seed: of what is random
 */
struct settle {
	const struct topology *topology;
	const struct machine_costs *costs;
	const struct settle_load *load;
	const struct settle_pool *how;
	struct settle_result *result;
	struct page_numa_history history;
	struct page_numa_pool *pool;
	unsigned short *home;
	u64 *marked;
	struct process *process;
	unsigned int nr_processes;
	unsigned long pages;
	unsigned long stride;
	unsigned long chunk;
	double period_ns;
	struct mover *mover;
	struct heap events;
	unsigned int *at;
	double now;
	unsigned long away;
	u32 seed;
};

static bool event_before(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->ns < y->ns || (x->ns == y->ns && x->actor < y->actor);
}

static void event_moved(void *entry, unsigned int at)
{
	*((struct event *)entry)->at = at;
}

static const struct heap_order order = {
	.bytes = sizeof(struct event),
	.before = event_before,
	.moved = event_moved,
};

static struct event *event_of(struct settle *s, unsigned int actor)
{
	return heap_at(&s->events, &order, s->at[actor]);
}

static void event_at(struct settle *s, unsigned int actor, double ns)
{
	event_of(s, actor)->ns = ns;
	heap_update(&s->events, &order, s->at[actor]);
}

static u32 random_below(struct settle *s, u32 n)
{
	s->seed = s->seed * 1664525 + 1013904223;
	return (u64)s->seed * n >> 32;
}

static bool has_process(const struct topology_node *node)
{
	return node->nr_cpus && topology_node_pages(node);
}

/**
 * settle_processes - processes that run on a machine
 * @topology: of the machine
 *
 * Return: nodes with CPUs and memory.
 */
unsigned int settle_processes(const struct topology *topology)
{
	unsigned int i, nr = 0;

	for (i = 0; i < topology->nr_nodes; i++)
		nr += has_process(&topology->nodes[i]);
	return nr;
}

/* The same pages in every run, whatever the pool. */
static bool is_shared(const struct settle *s, unsigned long pfn)
{
	return (u32)(pfn * 2654435761U) < s->load->shared * 4294967295.0;
}

static unsigned int owner_node(const struct settle *s, unsigned long pfn)
{
	return s->process[pfn / s->pages].node;
}

static bool is_away(const struct settle *s, unsigned long pfn)
{
	unsigned int home = s->home[pfn];

	return home != owner_node(s, pfn) && !is_shared(s, pfn);
}

static void settled(struct settle *s)
{
	static const double share[SETTLE_NR_SHARES] = { 0.5, 0.9, 0.99 };
	unsigned int i;

	for (i = 0; i < SETTLE_NR_SHARES; i++)
		if (isnan(s->result->ns[i]) &&
		    s->away <= (1 - share[i]) * s->result->misplaced)
			s->result->ns[i] = s->now;
}

static void page_moves(struct settle *s, unsigned long pfn, unsigned int node)
{
	s->away -= is_away(s, pfn);
	s->home[pfn] = node;
	s->away += is_away(s, pfn);
	settled(s);
}

static bool is_marked(const struct settle *s, unsigned long pfn)
{
	return s->marked[pfn / BITS_A_WORD] >> pfn % BITS_A_WORD & 1;
}

static void flip_mark(struct settle *s, struct process *p, unsigned long pfn)
{
	p->nr_marked += is_marked(s, pfn) ? -1UL : 1UL;
	s->marked[pfn / BITS_A_WORD] ^= 1ULL << pfn % BITS_A_WORD;
}

/*
 * Go on to the next page that is inaccessible, or to the next scan. Where none
 * is, nothing depends on which pages are touched meanwhile.
 */
static void process_goes_on(struct settle *s, unsigned int i)
{
	struct process *p = &s->process[i];
	double gap_ns = s->load->sweep_ns / s->pages;

	p->found = false;
	while (p->nr_marked && !p->found && p->clock_ns < p->scan_ns) {
		p->clock_ns += gap_ns;
		p->at += s->stride;
		if (p->at >= s->pages)
			p->at -= s->pages;
		p->found = is_marked(s, p->first + p->at);
	}
	if (p->found)
		flip_mark(s, p, p->first + p->at);
	else if (p->clock_ns < p->scan_ns)
		p->clock_ns = p->scan_ns;
	event_at(s, i, max(s->now, p->found ? p->clock_ns : p->scan_ns));
}

static void process_scans(struct settle *s, struct process *p)
{
	unsigned long end = min(p->scan_at + s->chunk, s->pages), i;

	for (i = p->first + p->scan_at; i < p->first + end; i++)
		if (!is_marked(s, i))
			flip_mark(s, p, i);
	p->scan_at = end % s->pages;
	p->scan_ns += s->period_ns;
}

/* Sooner than it would have run; not while it moves pages. */
static void wake_by(struct settle *s, unsigned int node, double ns)
{
	unsigned int actor = s->nr_processes + node;

	if (!s->mover[node].moving && event_of(s, actor)->ns > ns)
		event_at(s, actor, ns);
}

static void process_faults(struct settle *s, struct process *p)
{
	unsigned long pfn = p->first + p->at, waiting = 0;
	unsigned int user = p->node, home = s->home[pfn];
	enum page_numa_verdict verdict;
	double ns = HINT_FAULT_NS;

	if (is_shared(s, pfn))
		user = s->process[random_below(s, s->nr_processes)].node;
	verdict = page_numa_fault(s->pool, pfn, 0, home, user, &waiting);
	if (verdict == PAGE_NUMA_ABSENT) {
		page_numa_add(&s->history, pfn);
		verdict = page_numa_fault(s->pool, pfn, 0, home, user,
					  &waiting);
	}
	if (verdict == PAGE_NUMA_NEW && waiting == s->pool->wake)
		wake_by(s, user, s->now + s->costs->wakeup_ns);
	else if (verdict == PAGE_NUMA_NEW && waiting == 1)
		wake_by(s, user, s->now + s->how->delay_ns);
	if (verdict == PAGE_NUMA_MOVE) {
		ns += migration_ns(s->costs, s->topology->page_shift, 1, true);
		s->result->flushes += migration_flushes(1);
		s->result->fault_moved++;
		page_moves(s, pfn, user);
	}
	s->result->faults++;
	s->result->fault_ns += ns;
	p->clock_ns += ns / p->nr_cpus;
}

static void batch_ends(struct settle *s, unsigned int node)
{
	struct page_numa_batch *batch = s->mover[node].batch;
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		struct page_numa_item *item = &batch->item[i];

		if (item->end == PAGE_NUMA_STALE)
			continue;
		item->end = PAGE_NUMA_MIGRATED;
		page_moves(s, item->pfn, node);
	}
	page_numa_done(s->pool, node, batch);
	s->mover[node].moving = false;
}

static double batch_ns(struct settle *s, const struct page_numa_batch *batch)
{
	unsigned long moves = 0;
	unsigned int i;
	double ns;

	for (i = 0; i < batch->nr; i++)
		moves += batch->item[i].end != PAGE_NUMA_STALE;
	/* What is stale is looked at under a lock. */
	ns = (batch->nr - moves) * s->costs->lock_ns;
	if (moves)
		ns += migration_ns(s->costs, s->topology->page_shift, moves,
				   true);
	s->result->flushes += migration_flushes(moves);
	s->result->daemon_ns += ns;
	return ns;
}

static void mover_runs(struct settle *s, unsigned int node)
{
	struct mover *mover = &s->mover[node];
	unsigned int actor = s->nr_processes + node;
	bool again = mover->moving;
	struct page_numa_counts counts;

	if (mover->moving)
		batch_ends(s, node);
	page_numa_count(s->pool, node, &counts);
	if (!counts.waiting) {
		event_at(s, actor, INFINITY);
	} else if (again && counts.waiting < s->pool->wake) {
		event_at(s, actor, s->now + s->how->delay_ns);
	} else if (page_numa_take(s->pool, node, s->now / 1e6, mover->batch)) {
		mover->moving = true;
		event_at(s, actor, s->now + batch_ns(s, mover->batch));
	} else {
		/* The policy lets no more go there in this second. */
		event_at(s, actor, s->now + mover->batch->wait_ms * 1e6);
	}
}

static unsigned long stride_of(unsigned long pages)
{
	/* The golden section: any few pages touched in a row lie far apart. */
	unsigned long stride = max(1UL, (unsigned long)(pages * 0.618034));
	unsigned long a, b, rest;

	for (;; stride++) {
		for (a = pages, b = stride; b; a = b, b = rest)
			rest = a % b;
		if (a == 1)
			return stride;
	}
}

static void make_processes(struct settle *s)
{
	const struct topology *t = s->topology;
	unsigned long windows = DIV_ROUND_UP(s->pages, s->chunk);
	struct process *p = s->process;
	unsigned int i;

	s->period_ns = 1e6 * max(SCAN_FLOOR_MS, SCAN_PERIOD_MIN_MS / windows);
	for (i = 0; i < t->nr_nodes; i++) {
		if (!has_process(&t->nodes[i]))
			continue;
		p->node = i;
		p->nr_cpus = t->nodes[i].nr_cpus;
		p->first = (p - s->process) * s->pages;
		/* They have not all begun at the same moment. */
		p->scan_ns = random_below(s, s->period_ns);
		p++;
	}
}

/* Pages are interleaved over all nodes that have memory. */
static void place_pages(struct settle *s)
{
	const struct topology *t = s->topology;
	unsigned long total = s->nr_processes * s->pages, pfn;
	unsigned int node = 0;

	for (pfn = 0; pfn < total; pfn++) {
		do
			node = (node + 1) % t->nr_nodes;
		while (!topology_node_pages(&t->nodes[node]));
		s->home[pfn] = node;
		s->away += is_away(s, pfn);
	}
	s->result->misplaced = s->away;
}

static void make_events(struct settle *s)
{
	unsigned int nr = s->nr_processes + s->topology->nr_nodes, i;

	s->at = xcalloc(nr, sizeof(*s->at));
	for (i = 0; i < nr; i++) {
		struct event event = {
			.ns = i < s->nr_processes ? s->process[i].scan_ns :
						    INFINITY,
			.at = &s->at[i],
			.actor = i,
		};

		heap_push(&s->events, &order, &event);
	}
}

static void make(struct settle *s)
{
	unsigned int nr_nodes = s->topology->nr_nodes, i;
	unsigned long total;

	s->nr_processes = settle_processes(s->topology);
	s->pages = max(1UL, s->load->bytes >> s->topology->page_shift);
	s->chunk = max(1UL, SETTLE_SCAN_BYTES >> s->topology->page_shift);
	s->stride = stride_of(s->pages);
	s->seed = s->load->seed;
	total = s->nr_processes * s->pages;
	s->home = xcalloc(total, sizeof(*s->home));
	s->marked = xcalloc(total / BITS_A_WORD + 1, sizeof(*s->marked));
	s->process = xcalloc(s->nr_processes, sizeof(*s->process));
	s->mover = xcalloc(nr_nodes, sizeof(*s->mover));
	for (i = 0; i < nr_nodes; i++)
		s->mover[i].batch = xcalloc(1, sizeof(*s->mover[i].batch));
	s->history.byte = xcalloc(total, 1);
	s->history.nr_pages = total;
	s->history.section_shift = SECTION_SHIFT;
	s->history.present = xcalloc((total >> SECTION_SHIFT) / BITS_A_WORD + 1,
				     sizeof(*s->history.present));
	s->pool = page_numa_pool_alloc(&s->history, s->how->entries, nr_nodes);
	if (!s->pool)
		die_of_memory();
	s->pool->policy = s->how->policy;
	if (!s->how->entries)
		s->pool->policy.fallback = true;
	make_processes(s);
	place_pages(s);
	make_events(s);
}

static void unmake(struct settle *s)
{
	unsigned int i;

	for (i = 0; i < s->topology->nr_nodes; i++)
		free(s->mover[i].batch);
	page_numa_pool_free(s->pool);
	free(s->history.byte);
	free(s->history.present);
	free(s->home);
	free(s->marked);
	free(s->process);
	free(s->mover);
	free(s->at);
	heap_free(&s->events);
}

/* The sums of all nodes; what does not add up is a bug of this program. */
static void count(struct settle *s, struct page_numa_counts *sum)
{
	page_numa_count_all(s->pool, sum);
	if (sum->queued != sum->migrated + sum->stale + sum->dropped +
				   sum->waiting + sum->taken)
		abort();
}

/**
 * settle_run - pages move until nearly all are where they are used
 * @topology: of the machine; two nodes have memory, one of them has CPUs
 * @costs: likewise
 * @load: what runs
 * @pool: how pages are moved
 * @result: out
 */
void settle_run(const struct topology *topology,
		const struct machine_costs *costs,
		const struct settle_load *load, const struct settle_pool *pool,
		struct settle_result *result)
{
	struct settle s = {
		.topology = topology,
		.costs = costs,
		.load = load,
		.how = pool,
		.result = result,
	};
	double end;
	unsigned int i;

	memset(result, 0, sizeof(*result));
	for (i = 0; i < SETTLE_NR_SHARES; i++)
		result->ns[i] = NAN;
	make(&s);
	end = MAX_PASSES *
	      (DIV_ROUND_UP(s.pages, s.chunk) * s.period_ns + load->sweep_ns);
	settled(&s);
	while (isnan(result->ns[SETTLE_99])) {
		const struct event *event = heap_first(&s.events);
		unsigned int actor = event->actor;

		s.now = event->ns;
		if (s.now > end)
			break;
		if (actor >= s.nr_processes) {
			mover_runs(&s, actor - s.nr_processes);
			continue;
		}
		if (s.process[actor].found)
			process_faults(&s, &s.process[actor]);
		else
			process_scans(&s, &s.process[actor]);
		process_goes_on(&s, actor);
	}
	count(&s, &result->counts);
	unmake(&s);
}
