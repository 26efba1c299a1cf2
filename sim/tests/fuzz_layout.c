// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text as a layout of dynamic NUMA, on machines with holes, gaps in the
 * numbers of their nodes, and pages of two sizes: for libFuzzer, see
 * doc/testing.md.
 */
#include <ctype.h>
#include <string.h>
#include <linux/dnuma.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "tests/fuzzing.h"

#define B DNUMA_BLOCK_PAGES

static const int nodes[] = { 0, 1, 2, 8 };

static bool is_node(int nid)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		if (nodes[i] == nid)
			return true;
	return false;
}

/* Two blocks of memory, of which the first is not whole, a hole, and more. */
static struct memlayout *memory_new(void)
{
	struct memlayout *memory = memlayout_alloc(3);

	MUST(memory);
	memlayout_append(memory, B / 4, 4 * B, 0);
	memlayout_append(memory, 8 * B, 1024 * B, 1);
	memlayout_append(memory, 1024 * B, 2048 * B, 8);
	return memory;
}

static void check_order(const struct memlayout *layout)
{
	unsigned int i;

	MUST(layout->nr && layout->nr <= layout->capacity);
	for (i = 0; i < layout->nr; i++) {
		const struct memlayout_range *range = &layout->range[i];

		MUST(range->start_pfn < range->end_pfn);
		MUST(is_node(range->nid));
		MUST(!i || range[-1].end_pfn <= range->start_pfn);
		MUST(!i || range[-1].end_pfn < range->start_pfn ||
		     range[-1].nid != range->nid);
	}
}

/* A message that a terminal only shows, and a line that is there. */
static void check_error(const struct memlayout_error *error,
			const uint8_t *data, size_t size)
{
	unsigned int lines = 1;
	const char *at;
	size_t i;

	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	MUST(*error->text && error->line <= lines);
	for (at = error->text; *at; at++)
		MUST(!iscntrl((unsigned char)*at));
	for (at = error->value; *at; at++)
		MUST(!iscntrl((unsigned char)*at));
}

/* All memory is in it, and nothing else; what differs is what was named. */
static void check_complete(const struct memlayout *memory,
			   const struct memlayout *changes)
{
	struct memlayout *all = memlayout_complete(memory, changes);
	struct memlayout_diff diff = { .old = memory, .new = all };
	unsigned long pages = 0, there = 0;
	unsigned int i;

	MUST(all);
	check_order(all);
	for (i = 0; i < memory->nr; i++)
		there += memory->range[i].end_pfn - memory->range[i].start_pfn;
	for (i = 0; i < all->nr; i++) {
		pages += all->range[i].end_pfn - all->range[i].start_pfn;
		MUST(memlayout_lookup(memory, all->range[i].start_pfn) >= 0);
	}
	MUST(pages == there);
	while (memlayout_diff_next(&diff)) {
		MUST(diff.from != diff.to);
		MUST(memlayout_lookup(changes, diff.start_pfn) == diff.to);
		MUST(memlayout_lookup(changes, diff.end_pfn - 1) == diff.to);
		MUST(memlayout_lookup(memory, diff.start_pfn) == diff.from);
	}
	memlayout_free(all);
}

/* What is printed is read as what it was printed from. */
static void check_again(const struct dnuma_shape *shape,
			const struct memlayout *layout)
{
	char *text = xcalloc(layout->nr, DNUMA_LINE), line[DNUMA_LINE];
	struct memlayout_error error;
	struct memlayout *again;
	unsigned int i;
	size_t len = 0;

	for (i = 0; i < layout->nr; i++)
		len += sprintf(text + len, "%s\n",
			       memlayout_line(shape, &layout->range[i], line));
	again = memlayout_parse(shape, text, len, &error);
	MUST(again && memlayout_equal(layout, again));
	memlayout_free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = { "DMA", "Normal", "Movable" };
	static const unsigned int shifts[] = { 12, 16 };
	struct memlayout *memory = memory_new(), *layout;
	/* Nothing may be read behind its end. */
	char *text = xcalloc(size ? size : 1, 1);
	struct memlayout_error error;
	unsigned int i;

	memcpy(text, data, size);
	for (i = 0; i < ARRAY_SIZE(shifts); i++) {
		const struct dnuma_shape shape = {
			.memory = memory,
			.node = nodes,
			.nr_nodes = ARRAY_SIZE(nodes),
			.zone_name = zones,
			.nr_zones = ARRAY_SIZE(zones),
			.page_shift = shifts[i],
		};

		layout = memlayout_parse(&shape, text, size, &error);
		if (layout) {
			check_order(layout);
			check_complete(memory, layout);
			check_again(&shape, layout);
		} else {
			check_error(&error, data, size);
		}
		memlayout_free(layout);
	}
	memlayout_free(memory);
	free(text);
	return 0;
}
