// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a log says of how long the memmap took: mainline's lines since 4.2, and
 * those of this project's kernel (mm/memmap/kernel/).
 */
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"

static const char *add_timing(struct facts *f, struct log_timing timing,
			      const struct log_values *v)
{
	struct log_boot *boot = &f->boot;

	timing.line = f->line;
	boot->timings = xgrow(boot->timings, boot->nr_timings,
			      sizeof(*boot->timings));
	boot->timings[boot->nr_timings++] = timing;
	f->any = true;
	return v->end;
}

static const char *odd_timing(struct facts *f, const char *text,
			      const struct log_values *v)
{
	facts_odd(f, &f->odd_timings);
	f->any = true;
	return v->end;
}

static const char *take_mainline(struct facts *f, const char *text,
				 const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES)
		return odd_timing(f, text, v);
	return add_timing(f,
			  (struct log_timing){ .kind = LOG_MAINLINE,
					       .nid = v->number[0],
					       .ms = v->time },
			  v);
}

static const char *take_one_thread(struct facts *f, const char *text,
				   const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES)
		return odd_timing(f, text, v);
	return add_timing(f,
			  (struct log_timing){ .kind = LOG_ONE_THREAD,
					       .nid = v->number[0],
					       .pages = v->number[1],
					       .ms = v->time },
			  v);
}

/* "memmap_init: parallel: node 0: 123 pages in 456 us, 8 CPUs" */
static const char *add_drain(struct facts *f, const struct log_values *v,
			     int nid, unsigned int at)
{
	if (nid >= LOG_MOST_NODES)
		return odd_timing(f, NULL, v);
	return add_timing(f,
			  (struct log_timing){
				  .kind = LOG_DRAIN,
				  .strategy = xasprintf("%.*s",
							(int)v->word_len[0],
							v->word[0]),
				  .nid = nid,
				  .pages = v->number[at],
				  .ms = v->time / 1000,
				  .cpus = v->nr > at + 1 ? v->number[at + 1] :
							   0 },
			  v);
}

static const char *take_node_drain(struct facts *f, const char *text,
				   const struct log_values *v)
{
	if (v->number[0] >= LOG_MOST_NODES)
		return odd_timing(f, text, v);
	return add_drain(f, v, v->number[0], 1);
}

static const char *take_drain(struct facts *f, const char *text,
			      const struct log_values *v)
{
	return add_drain(f, v, LOG_ALL_NODES, 0);
}

static const char *take_extent(struct facts *f, const char *text,
			       const struct log_values *v)
{
	struct log_boot *boot = &f->boot;

	if (v->number[0] >= LOG_MOST_NODES || v->number[1] >= v->number[2] ||
	    v->number[2] >> 52) {
		facts_odd(f, &f->odd_memory);
		return v->end;
	}
	boot->extents = xgrow(boot->extents, boot->nr_extents,
			      sizeof(*boot->extents));
	boot->extents[boot->nr_extents++] = (struct log_range){
		.nid = v->number[0],
		.start = v->number[1],
		.end = v->number[2],
		.line = f->line,
	};
	f->any = true;
	return v->end;
}

/* The same as the line that is printed with it. */
static const char *pass_over(struct facts *f, const char *text,
			     const struct log_values *v)
{
	return v->end;
}

/* The first of two that both match is the more exact. */
const struct saying timing_sayings[] = {
	{ "node %u deferred pages initialised in %f ms", take_mainline },
	{ "node %u deferred pages initialized in %f ms", take_mainline },
	{ "node %u initialised, %u pages in %f ms", take_one_thread },
	{ "memmap_init: %w: node %u: %u pages in %f us, %u CPU",
	  take_node_drain },
	{ "memmap_init: %w: node %u: %u pages in %f us", take_node_drain },
	{ "memmap_init: %w: all: %u pages in %f us, %u CPU", take_drain },
	{ "memmap_init: %w: all: %u pages in %f us", take_drain },
	{ "memmap_init: %w: %u pages in %f us, %u CPU", take_drain },
	{ "memmap_init: %w: %u pages in %f us", take_drain },
	{ "memmap_init_extent: nid=%u range=(%x ~ %x)", take_extent },
	{ "memmap_init_drain: nid=%d nr_pages=%u us=%u", pass_over },
	/* What is left looks like one, and is none. */
	{ "node %u deferred pages", odd_timing },
	{ "node %u initialised,", odd_timing },
	{ "deferred pages initiali", odd_timing },
	{ "memmap_init: %w: node %u: %u pages", odd_timing },
	{ "memmap_init: %w: %w: %u pages", odd_timing },
	{ "memmap_init: %w: %u pages", odd_timing },
	{ "memmap_init_extent: nid=", odd_timing },
	{},
};

/**
 * timings_settle - what is to be said of the timings
 * @facts: of a boot, all of it read
 */
void timings_settle(struct facts *facts)
{
	facts->boot.odd_timings = (struct log_value){ facts->odd_timings.nr,
						      facts->odd_timings.line };
	facts_odd_note(facts, &facts->odd_timings, LOG_ABOUT_TIMINGS,
		       "like timings of the memmap");
}
