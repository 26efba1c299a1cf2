// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a log says of memory: the ranges of the nodes, the zones, the size of a
 * page. mm/mm_init.c has printed nearly the same since 2.6.20.
 */
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"

/* What the kernel counts leaves out a page here and there. */
#define LEAST_SHARE 0.97

static void add_range(struct facts *f, const struct log_values *v,
		      unsigned long end, bool in_pages)
{
	unsigned int i;

	/* A console may print it twice. */
	for (i = 0; i < f->nr_ranges && i < 4; i++) {
		const struct log_range *old =
			&f->ranges[f->nr_ranges - 1 - i].range;

		if (old->nid == v->number[0] && old->start == v->number[1] &&
		    old->end == end)
			return;
	}
	f->ranges = xgrow(f->ranges, f->nr_ranges, sizeof(*f->ranges));
	f->ranges[f->nr_ranges++] = (struct said_range){
		.range = { .nid = v->number[0],
			   .start = v->number[1],
			   .end = end,
			   .line = f->line },
		.in_pages = in_pages,
	};
	f->any = true;
}

/* First and last byte. */
static const char *take_range(struct facts *f, const char *text,
			      const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES || v->number[2] + 1 <= v->number[1])
		facts_odd(f, &f->odd_memory);
	else
		add_range(f, v, v->number[2] + 1, false);
	return v->end;
}

/* First page, and behind the last. */
static const char *take_pfn_range(struct facts *f, const char *text,
				  const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES || v->number[2] <= v->number[1])
		facts_odd(f, &f->odd_memory);
	else
		add_range(f, v, v->number[2], true);
	return v->end;
}

static const char *take_listed_range(struct facts *f, const char *text,
				     const struct log_values *v)
{
	return f->context == IN_PFN_RANGES ? take_pfn_range(f, text, v) : NULL;
}

static const char *enter_pfn_ranges(struct facts *f, const char *text,
				    const struct log_values *v)
{
	f->context = IN_PFN_RANGES;
	return v->end;
}

static const char *leave(struct facts *f, const char *text,
			 const struct log_values *v)
{
	f->context = NO_CONTEXT;
	return v->end;
}

static const char *enter_movable(struct facts *f, const char *text,
				 const struct log_values *v)
{
	f->context = IN_MOVABLE_STARTS;
	f->movable_in_pages = !strncmp(text, "Movable zone start PFN", 22);
	return v->end;
}

static const char *take_movable(struct facts *f, const char *text,
				const struct log_values *v)
{
	if (f->context != IN_MOVABLE_STARTS || v->number[0] >= LOG_MOST_NODES)
		return NULL;
	facts_say(f, &facts_node(f, v->number[0])->movable, v->number[1]);
	return v->end;
}

static const char *const zone_names[] = {
	"DMA32", "DMA", "Normal", "HighMem", "Movable", "Device",
};

static const char *add_zone(struct facts *f, const char *text,
			    const struct log_values *v, unsigned long end)
{
	struct log_boot *boot = &f->boot;
	const char *name = NULL;
	unsigned int i;

	for (i = 0; i < sizeof(zone_names) / sizeof(*zone_names) && !name; i++)
		if (!strncmp(text, zone_names[i], strlen(zone_names[i])))
			name = zone_names[i];
	for (i = 0; i < boot->nr_zones; i++)
		if (boot->zones[i].name == name)
			return v->end;
	boot->zones = xrealloc(boot->zones, boot->nr_zones + 1,
			       sizeof(*boot->zones));
	boot->zones[boot->nr_zones++] = (struct log_zone){
		.name = name,
		.start = v->nr ? v->number[0] : 0,
		.end = v->nr ? end : 0,
		.line = f->line,
	};
	return v->end;
}

static const char *take_zone(struct facts *f, const char *text,
			     const struct log_values *v)
{
	return add_zone(f, text, v, v->nr ? v->number[1] + 1 : 0);
}

/* In pages of 4 KiB: the architectures of that time had no others. */
static const char *take_pfn_zone(struct facts *f, const char *text,
				 const struct log_values *v)
{
	struct log_values bytes = *v;

	if (v->number[0] > v->number[1] || v->number[1] >> 50)
		return NULL;
	bytes.number[0] <<= LOG_MIN_SHIFT;
	return add_zone(f, text, &bytes, v->number[1] << LOG_MIN_SHIFT);
}

/* "(order: 12, 268435456 bytes": what an order of 0 is, if it is a page. */
static const char *take_table(struct facts *f, const char *text,
			      const struct log_values *v)
{
	long order = v->number[1];
	unsigned long bytes = v->number[2];
	unsigned int shift;

	if (order > 40 || order < -18 || bytes & (bytes - 1) || bytes >> 50)
		return v->end;
	bytes = order < 0 ? bytes << -order : bytes >> order;
	for (shift = LOG_MIN_SHIFT; shift <= LOG_MAX_SHIFT; shift++)
		if (bytes == 1UL << shift && !f->sizes[shift]++)
			f->size_line[shift] = f->line;
	return v->end;
}

static const char *take_node_pages(struct facts *f, const char *text,
				   const struct log_values *v)
{
	if (!f->node_pages.line && v->number[1]) {
		f->node_pages_nid = v->number[0];
		facts_say(f, &f->node_pages, v->number[1]);
	}
	return v->end;
}

static const char *take_zone_pages(struct facts *f, const char *text,
				   const struct log_values *v)
{
	facts_say(f, &f->zone_pages, v->number[0]);
	return v->end;
}

static const char *take_memory(struct facts *f, const char *text,
			       const struct log_values *v)
{
	f->any = true;
	facts_say(f, &f->boot.available_kib, v->number[0]);
	facts_say(f, &f->boot.memory_kib, v->number[1]);
	return v->end;
}

static const char *take_node(struct facts *f, const char *text,
			     const struct log_values *v)
{
	if (v->number[0] < LOG_MOST_NODES)
		facts_node(f, v->number[0]);
	return v->end;
}

static const char *odd_range(struct facts *f, const char *text,
			     const struct log_values *v)
{
	facts_odd(f, &f->odd_memory);
	return v->end;
}

#define ZONE(name)                                                          \
	{ name " [mem %x - %x]", take_zone }, { name " empty", take_zone }, \
	{                                                                   \
		name " %n -> %n", take_pfn_zone                             \
	}

const struct saying memory_sayings[] = {
	{ "node %u: [mem %x - %x]", take_range },
	{ "node %u: %x -> %x", take_pfn_range },
	{ "%u: %n -> %n", take_listed_range },
	{ "Early memory PFN ranges", enter_pfn_ranges },
	{ "early_node_map[%u] active PFN ranges", enter_pfn_ranges },
	{ "Early memory node ranges", leave },
	{ "Movable zone start", enter_movable },
	{ "Node %u: %n", take_movable },
	ZONE("DMA32"),
	ZONE("DMA"),
	ZONE("Normal"),
	ZONE("HighMem"),
	ZONE("Movable"),
	ZONE("Device"),
	{ "hash table entries: %u (order: %d, %u bytes", take_table },
	{ "On node %u totalpages: %u", take_node_pages },
	{ "Total pages: %u", take_zone_pages },
	{ "Memory: %uK/%uK available", take_memory },
	{ "Memory: %uk/%uk available", take_memory },
	{ "Initmem setup node %u", take_node },
	/* What is left looks like one, and is none. */
	{ "node %u: [mem", odd_range },
	{},
};

static int compare_ranges(const void *a, const void *b)
{
	const struct log_range *x = a, *y = b;

	if (x->nid != y->nid)
		return x->nid < y->nid ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* What was said first comes first where both start together. */
static int compare_starts(const void *a, const void *b)
{
	const struct log_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Pages of a node, in bytes. */
static unsigned long node_bytes(const struct facts *f, unsigned int nid)
{
	unsigned long bytes = 0;
	unsigned int i;

	for (i = 0; i < f->nr_ranges; i++)
		if (f->ranges[i].range.nid == nid)
			bytes += f->ranges[i].range.end -
				 f->ranges[i].range.start;
	return bytes;
}

/* Within a part of 16: the number of pages may leave out some. */
static unsigned int shift_of(unsigned long bytes, unsigned long pages)
{
	unsigned int shift;

	for (shift = LOG_MIN_SHIFT; pages && shift <= LOG_MAX_SHIFT; shift++) {
		double size = (double)bytes / pages / (1UL << shift);

		if (size > 15. / 16 && size < 17. / 16)
			return shift;
	}
	return 0;
}

/* The most hash tables win; else what a number of pages makes of bytes. */
static void settle_page(struct facts *f)
{
	struct log_value *page = &f->boot.page_bytes;
	unsigned int shift, best = 0;

	for (shift = LOG_MIN_SHIFT; shift <= LOG_MAX_SHIFT; shift++)
		if (f->sizes[shift] > (best ? f->sizes[best] : 0))
			best = shift;
	page->line = f->size_line[best];
	if (!best && f->nr_ranges && !f->ranges->in_pages) {
		best = shift_of(node_bytes(f, f->node_pages_nid),
				f->node_pages.value);
		page->line = f->node_pages.line;
	}
	if (!best) {
		best = shift_of(f->boot.memory_kib.value << 10,
				f->zone_pages.value);
		page->line = f->zone_pages.line;
	}
	if (best) {
		page->value = 1UL << best;
		return;
	}
	page->line = 0;
	page->value = f->boot.arch == LOG_POWER	    ? 65536 :
		      f->boot.arch == LOG_LOONGARCH ? 16384 :
						      4096;
	/* These have no other. */
	if (f->boot.arch == LOG_X86 || f->boot.arch == LOG_S390 ||
	    f->boot.arch == LOG_RISCV)
		return;
	facts_note(f, LOG_ABOUT_MACHINE, 0,
		   "no line says how large a page is; taken for %lu KiB, as is usual%s%s",
		   page->value >> 10, f->boot.arch ? " for " : "",
		   f->boot.arch ? log_arch_name(f->boot.arch) : "");
}

/*
 * A page is of one node, and said once: what overlaps is odd, but for the same
 * said again. Return: how many are left, by node.
 */
static unsigned int settle_ranges(struct facts *f, struct log_range *range,
				  unsigned int nr)
{
	unsigned int i, left = 0;

	if (nr)
		qsort(range, nr, sizeof(*range), compare_starts);
	for (i = 0; i < nr; i++) {
		const struct log_range *last = left ? &range[left - 1] : NULL;

		if (!last || range[i].start >= last->end) {
			range[left++] = range[i];
			continue;
		}
		if (range[i].nid == last->nid &&
		    range[i].start == last->start && range[i].end == last->end)
			continue;
		f->line = range[i].line;
		facts_odd(f, &f->odd_memory);
	}
	if (left)
		qsort(range, left, sizeof(*range), compare_ranges);
	return left;
}

/* Lines of ranges get lost like others; two things show that some did. */
static void note_missing(struct facts *f)
{
	const struct log_boot *boot = &f->boot;
	unsigned long kib = 0;
	unsigned int i;

	if (!boot->nr_ranges)
		return;
	for (i = 0; i < boot->nr_ranges; i++)
		kib += (boot->ranges[i].end - boot->ranges[i].start) >> 10;
	if (kib < boot->memory_kib.value * LEAST_SHARE)
		facts_note(f, LOG_ABOUT_MACHINE, boot->memory_kib.line,
			   "the kernel counts %.4g GiB here, and the lines of nodes name %.4g GiB: some of them are missing",
			   boot->memory_kib.value / 0x1p20, kib / 0x1p20);
	for (i = 0; i < boot->nr_timings; i++) {
		const struct log_timing *timing = &boot->timings[i];

		if (timing->nid == LOG_ALL_NODES ||
		    facts_node(f, timing->nid)->memory)
			continue;
		facts_note(f, LOG_ABOUT_MACHINE, timing->line,
			   "node %d has memory, and no line says which; taken for none",
			   timing->nid);
	}
}

/**
 * memory_settle - what follows from all that was said of memory
 * @facts: of a boot, all of it read
 */
void memory_settle(struct facts *facts)
{
	struct facts *f = facts;
	struct log_boot *boot = &f->boot;
	unsigned int i, nr = 0;

	settle_page(f);
	boot->ranges = xcalloc(f->nr_ranges, sizeof(*boot->ranges));
	for (i = 0; i < f->nr_ranges; i++) {
		struct log_range range = f->ranges[i].range;

		if (f->ranges[i].in_pages) {
			if (range.end >> 50) {
				facts_odd(f, &f->odd_memory);
				continue;
			}
			range.start *= boot->page_bytes.value;
			range.end *= boot->page_bytes.value;
		}
		boot->ranges[nr++] = range;
		facts_node(f, range.nid)->memory = true;
	}
	boot->nr_ranges = settle_ranges(f, boot->ranges, nr);
	for (i = 0; i < boot->nr_extents; i++)
		facts_node(f, boot->extents[i].nid);
	boot->nr_extents = settle_ranges(f, boot->extents, boot->nr_extents);
	note_missing(f);
	for (i = 0; i < boot->nr_nodes; i++)
		if (f->movable_in_pages)
			boot->nodes[i].movable.value *= boot->page_bytes.value;
	facts_odd_note(f, &f->odd_memory, LOG_ABOUT_MACHINE,
		       "like memory of a node");
}
