// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine from the log of a kernel that booted on it: exact memory, CPUs by
 * node. Costs are not in it. Where the log also holds the trace events
 * memmap_init_extent (trace_event=memmap_init:memmap_init_extent tp_printk), what
 * was not pristine when the drain began counts as reserved: a guest whose
 * chunks can be compared with those that its kernel traced.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include "base/die.h"
#include "machine/internal.h"

struct log_machine {
	const char *path;
	unsigned int line;
	unsigned int nr_nodes;
	unsigned int nr_cpus;
	unsigned int cpus_up;
	bool extents;
	struct topology *seen;
	struct topology *pristine;
};

static int add_range(const struct log_machine *log, struct topology *topology,
		     unsigned int nid, unsigned long start_pfn,
		     unsigned long end_pfn, struct error *error)
{
	struct topology_node *node = &topology->nodes[nid];

	if (nid >= MACHINE_MAX_NODES)
		return error_set(error, log->path, log->line, NULL,
				 "more than %u nodes; want fewer",
				 MACHINE_MAX_NODES);
	if (end_pfn > MACHINE_MAX_BYTES >> PAGE_SHIFT)
		return error_set(error, log->path, log->line, NULL,
				 "node %u: memory ends above 1 PiB, at page 0x%lx",
				 nid, end_pfn);
	if (start_pfn >= end_pfn ||
	    (node->nr_ranges &&
	     start_pfn < node->ranges[node->nr_ranges - 1].end_pfn))
		return error_set(
			error, log->path, log->line, NULL,
			"node %u: its ranges are empty or out of order; give the log of a single boot",
			nid);
	topology_add_range(topology, nid, start_pfn, end_pfn);
	return 0;
}

/* ".... node  #1, CPUs:  #4 #5": all but the first CPU of the machine. */
static void count_cpus(struct log_machine *log, const char *text)
{
	const char *at = strstr(text, ".... node");
	unsigned int nid;

	if (!at || sscanf(at, ".... node #%u", &nid) != 1 ||
	    nid >= MACHINE_MAX_NODES)
		return;
	for (at = strchr(at, ','); at && (at = strchr(at, '#')); at++) {
		log->seen->nodes[nid].nr_cpus++;
		log->nr_cpus++;
	}
}

static int read_line(struct log_machine *log, const char *text,
		     struct error *error)
{
	unsigned long start, end;
	const char *at;
	unsigned int nid, cpus;
	char c;

	at = strstr(text, "  node ");
	if (at &&
	    sscanf(at, " node %u: [mem %lx-%lx]", &nid, &start, &end) == 3) {
		/* First and last byte; a page in part is not memory. */
		if (add_range(log, log->seen, nid,
			      (start + PAGE_SIZE - 1) >> PAGE_SHIFT,
			      (end + 1) >> PAGE_SHIFT, error))
			return -1;
		log->nr_nodes = max(log->nr_nodes, nid + 1);
	}
	at = strstr(text, "memmap_init_extent: ");
	if (at && sscanf(at, "memmap_init_extent: nid=%u range=(%lx ~ %lx)",
			 &nid, &start, &end) == 3) {
		if (add_range(log, log->pristine, nid, start, end, error))
			return -1;
		log->extents = true;
	}
	/* "Brought up 2 nodes, 16 CPUs"; "Booted up ..."; "Brought up 16 CPUs" */
	at = strstr(text, "ought up ");
	if (!at)
		at = strstr(text, "ooted up ");
	if (at && (sscanf(at, "%*s up %*u node%*[s,] %u CPU", &cpus) == 1 ||
		   sscanf(at, "%*s up %u CPU%c", &cpus, &c) == 2))
		log->cpus_up = cpus;
	count_cpus(log, text);
	return 0;
}

/* The boot CPU is in no list; without lists, all nodes are taken for equal. */
static void settle_cpus(struct log_machine *log)
{
	unsigned int i;

	for (i = log->nr_nodes; i < MACHINE_MAX_NODES; i++)
		if (log->seen->nodes[i].nr_cpus)
			log->nr_nodes = i + 1;
	log->seen->nodes[0].nr_cpus++;
	log->nr_cpus++;
	/* A log cut short does not sum up: its lists are all there is. */
	if (!log->cpus_up || log->nr_cpus == log->cpus_up)
		return;
	for (i = 0; i < log->nr_nodes; i++)
		log->seen->nodes[i].nr_cpus = log->cpus_up * (i + 1) /
						      log->nr_nodes -
					      log->cpus_up * i / log->nr_nodes;
}

/* What the kernel saw pristine, if it says so, is all that there is to drain. */
static void fill_machine(struct machine *machine, const struct log_machine *log)
{
	const struct topology *from = log->extents ? log->pristine : log->seen;
	struct topology *topology = topology_from_nodes(log->path,
							log->nr_nodes);
	unsigned int i, j;

	machine->topology = topology;
	machine->source = xstrdup(
		log->extents ?
			"kernel log with its extents; costs from the default set" :
			"kernel log; costs from the default set");
	if (log->extents)
		machine->costs.early_linux = false;
	for (i = 0; i < log->nr_nodes; i++) {
		const struct topology_node *node = &from->nodes[i];

		topology->nodes[i].nr_cpus = log->seen->nodes[i].nr_cpus;
		for (j = 0; j < node->nr_ranges; j++)
			topology_add_range(topology, i,
					   node->ranges[j].start_pfn,
					   node->ranges[j].end_pfn);
		if (!log->extents && node->nr_ranges)
			machine_node(machine, i)->early_end_pfn =
				topology_first_deferred(topology, i);
	}
	topology->end_pfn = max(topology->end_pfn, log->seen->end_pfn);
}

/**
 * machine_load_log - a kernel log, if it is one
 * @machine: costs set to the defaults
 * @path: a file
 * @error: what is wrong with it
 *
 * Return: 1; 0 if no memory is named in it; -1 with @error set.
 */
int machine_load_log(struct machine *machine, const char *path,
		     struct error *error)
{
	struct log_machine log = { .path = path };
	FILE *file = fopen(path, "r");
	char text[4096];
	int result = 0;

	if (!file)
		return 0;
	log.seen = topology_from_nodes(path, MACHINE_MAX_NODES);
	log.pristine = topology_from_nodes(path, MACHINE_MAX_NODES);
	while (!result && fgets(text, sizeof(text), file)) {
		log.line++;
		result = read_line(&log, text, error);
	}
	fclose(file);
	if (!result && log.nr_nodes) {
		settle_cpus(&log);
		fill_machine(machine, &log);
		result = 1;
	}
	topology_free(log.seen);
	topology_free(log.pristine);
	return result;
}
