// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is hot-added: when it arrives, on which node, and where it lies.
 *
 * As Linux wants it, it is whole sections. Like the device memory of QEMU it lies
 * behind all that is there when the machine boots.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "base/units.h"
#include "machine/machine.h"

/**
 * topology_plug_pages - how much is hot-added
 * @topology: the topology
 *
 * Return: in pages.
 */
unsigned long topology_plug_pages(const struct topology *topology)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < topology->nr_plugs; i++)
		pages += topology->plug[i].range.end_pfn -
			 topology->plug[i].range.start_pfn;
	return pages;
}

/**
 * topology_plug - one more piece of memory that is hot-added
 * @topology: whose nodes have their memory
 * @nid: its node
 * @pages: how much, whole sections
 * @at_ns: when, from the begin of boot, to the ns; of two at once the first one
 *	given comes first
 *
 * Return: NULL, or why not.
 */
const char *topology_plug(struct topology *topology, unsigned int nid,
			  unsigned long pages, double at_ns)
{
	unsigned long section = topology_section_pages(topology);
	unsigned long all = topology_pages(topology) +
			    topology_plug_pages(topology) + pages;
	unsigned int i = topology->nr_plugs;

	if (i == TOPOLOGY_MAX_PLUGS)
		return "more than 16 of them; want fewer";
	if (!pages || pages % section)
		return section << topology->page_shift >> 20 == 128 ?
			       "want a multiple of a section, 128 MiB" :
			       "want a multiple of a section, 512 MiB";
	if (all > MACHINE_MAX_BYTES >> topology->page_shift ||
	    topology->end_pfn + section + pages > MACHINE_MAX_END >>
		    topology->page_shift)
		return "more than 1 PiB of memory in all, or it ends above 2 PiB; want less";
	if (!(at_ns >= 0 && at_ns <= TOPOLOGY_MAX_PLUG_NS))
		return "want a time within a day from the begin of boot";
	topology->nr_plugs++;
	at_ns = rint(at_ns);
	for (; i && topology->plug[i - 1].at_ns > at_ns; i--)
		topology->plug[i] = topology->plug[i - 1];
	topology->plug[i] = (struct topology_plug){ nid, { 0, pages }, at_ns };
	topology_lay_out_plugs(topology);
	return NULL;
}

/* By its number; the first one with memory if @text is NULL. */
static bool find_node(const struct topology *topology, const char *text,
		      unsigned int *nid)
{
	unsigned long number = 0;
	unsigned int i;

	if (text && !parse_count(text, 0, MACHINE_MAX_NODES, &number))
		return false;
	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		if (text ? node->id != number : !node->nr_ranges)
			continue;
		*nid = i;
		return true;
	}
	return false;
}

static int add_spec(struct topology *topology, const char *spec, char *text,
		    struct error *error)
{
	char *save, *size = strtok_r(text, ",", &save), *key, *node = NULL;
	unsigned long bytes, page = 1UL << topology->page_shift;
	const char *refused;
	unsigned int nid;
	double at_ns = 0;

	if (!size || !parse_bytes(size, &bytes) || bytes % page)
		return error_set(
			error, "--hot-add", 0, spec,
			"want SIZE[,node=N][,at=TIME], such as 64G, or 64G,node=1,at=5s");
	while ((key = strtok_r(NULL, ",", &save))) {
		if (!strncmp(key, "node=", 5))
			node = key + 5;
		else if (strncmp(key, "at=", 3) || !parse_ns(key + 3, &at_ns))
			return error_set(
				error, "--hot-add", 0, spec,
				"'%s': want node=N, or at=TIME from the begin of boot, such as at=5s",
				key);
	}
	if (!find_node(topology, node, &nid))
		return error_set(
			error, "--hot-add", 0, spec,
			"no node '%s'; want the number of one that the machine has, or a machine file with \"hot_add\" in a node of its own",
			node ? node : "with memory");
	refused = topology_plug(topology, nid, bytes / page, at_ns);
	return refused ? error_set(error, "--hot-add", 0, spec, "%s", refused) :
			 0;
}

/**
 * topology_plug_spec - what --hot-add says
 * @topology: the machine, which gets it
 * @spec: SIZE[,node=N][,at=TIME]
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int topology_plug_spec(struct topology *topology, const char *spec,
		       struct error *error)
{
	char *text = xstrdup(spec);
	int failed = add_spec(topology, spec, text, error);

	free(text);
	return failed;
}
