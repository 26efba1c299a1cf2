// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that no strategy gets to see: what Linux initialises early by its own
 * rule, and what a machine file calls reserved.
 */
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "machine/internal.h"
#include "machine/json_value.h"

/* Zones of x86-64 end here; only the last zone of a node is left for later. */
#define DMA_END_PFN   (16UL << 20 >> PAGE_SHIFT)
#define DMA32_END_PFN (4UL << 30 >> PAGE_SHIFT)
#define SECTION_PAGES (128UL << 20 >> PAGE_SHIFT)

/**
 * machine_first_deferred - the first page that Linux leaves for later
 * @node: with all of its memory, reserved or not
 *
 * As defer_init() has it: all of the lower zones come early, then at least one
 * section, up to the next multiple of one.
 *
 * Return: its pfn; ULONG_MAX if there is none.
 */
unsigned long machine_first_deferred(const struct topology_node *node)
{
	unsigned long end = node->ranges[node->nr_ranges - 1].end_pfn;
	unsigned long zone = end > DMA32_END_PFN ? DMA32_END_PFN :
			     end > DMA_END_PFN	 ? DMA_END_PFN :
						   0;
	unsigned long seen = 0;
	unsigned int i;

	for (i = 0; i < node->nr_ranges; i++) {
		unsigned long start = max(node->ranges[i].start_pfn, zone);
		unsigned long stop = node->ranges[i].end_pfn, pfn = start;

		if (start >= stop)
			continue;
		if (seen < SECTION_PAGES)
			pfn += SECTION_PAGES - seen;
		pfn = (pfn + SECTION_PAGES - 1) / SECTION_PAGES * SECTION_PAGES;
		if (pfn < stop)
			return pfn;
		seen += stop - start;
	}
	return ULONG_MAX;
}

static int reserve(struct machine *machine, const struct json_place *at,
		   unsigned long start, unsigned long end, struct error *error)
{
	unsigned int n, i;

	for (n = 0; n < machine->topology->nr_nodes; n++) {
		struct topology_node *node = &machine->topology->nodes[n];

		for (i = 0; i < node->nr_ranges; i++) {
			struct pfn_range *r = &node->ranges[i];
			struct pfn_range behind = { end, r->end_pfn };

			if (end <= r->start_pfn || start >= r->end_pfn)
				continue;
			if (start <= r->start_pfn && end >= r->end_pfn) {
				memmove(r, r + 1,
					(--node->nr_ranges - i) * sizeof(*r));
				i--;
				continue;
			}
			if (start <= r->start_pfn) {
				r->start_pfn = end;
				continue;
			}
			r->end_pfn = start;
			if (end >= behind.end_pfn)
				continue;
			if (node->nr_ranges == TOPOLOGY_MAX_RANGES)
				return json_place_error(
					at, error,
					"node %u falls into more than %u ranges",
					n, TOPOLOGY_MAX_RANGES);
			memmove(r + 2, r + 1,
				(node->nr_ranges++ - i - 1) * sizeof(*r));
			r[1] = behind;
			i++;
		}
	}
	return 0;
}

static int load_reserved(struct machine *machine, const char *path,
			 const json_t *reserved, struct error *error)
{
	static const char *const keys[] = { "start_bytes", "bytes", NULL };
	struct json_place at = { path, "reserved", 0 };
	double start, bytes;
	json_t *entry;

	if (reserved && !json_is_array(reserved))
		return error_set(error, path, 0, NULL,
				 "\"reserved\": want a list");
	json_array_foreach(reserved, at.index, entry) {
		if (json_place_keys(&at, entry, keys, error) ||
		    json_place_number(&at, "start_bytes",
				      json_object_get(entry, "start_bytes"), 0,
				      MACHINE_MAX_BYTES, &start, error) ||
		    json_place_number(&at, "bytes",
				      json_object_get(entry, "bytes"), 1,
				      MACHINE_MAX_BYTES, &bytes, error))
			return -1;
		/* A page that is reserved in part is not free. */
		if (reserve(machine, &at, floor(start / PAGE_SIZE),
			    ceil((start + bytes) / PAGE_SIZE), error))
			return -1;
	}
	return 0;
}

/**
 * machine_load_early - what no strategy gets to see
 * @machine: with its nodes
 * @path: for messages
 * @root: of the machine file
 * @error: what is wrong with it
 *
 * "early": "linux" follows Linux's rule on the memory as it is, before
 * "reserved" is taken out of it.
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_early(struct machine *machine, const char *path,
		       const json_t *root, struct error *error)
{
	const json_t *early = json_object_get(root, "early");
	const char *text = json_string_value(early);
	unsigned int i;

	if (early && (!text || strcmp(text, "linux")))
		return error_set(
			error, path, 0, NULL,
			"\"early\": want \"linux\", or \"early_bytes\" with a number");
	if (early && json_object_get(root, "early_bytes"))
		return error_set(error, path, 0, NULL,
				 "want either \"early\" or \"early_bytes\"");
	for (i = 0; early && i < machine->topology->nr_nodes; i++) {
		const struct topology_node *node = &machine->topology->nodes[i];

		if (node->nr_ranges)
			machine_node(machine, i)->early_end_pfn =
				machine_first_deferred(node);
	}
	return load_reserved(machine, path, json_object_get(root, "reserved"),
			     error);
}
