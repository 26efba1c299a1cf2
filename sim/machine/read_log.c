// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine from the log of a kernel that booted on it: exact memory, CPUs by
 * node. Costs are not in it. Where the log also holds the trace events
 * memmap_init_extent (trace_event=memmap_init:memmap_init_extent tp_printk), what
 * was not pristine when the drain began counts as reserved: a guest whose
 * chunks can be compared with those that its kernel traced.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "log/boot.h"
#include "machine/internal.h"

/* The last boot that names its memory; NULL: none does. */
static const struct log_boot *choose_boot(const struct log *log)
{
	unsigned int i;

	for (i = log->nr_boots; i--;)
		if (log->boots[i].nr_ranges)
			return &log->boots[i];
	return NULL;
}

static int no_memory(const struct log *log, struct error *error)
{
	const struct log_boot *boot = &log->boots[log->nr_boots - 1];

	if (!boot->release.line)
		return error_set(
			error, log->name, boot->first_line, NULL,
			"the log begins too late: what the kernel says of its memory (\"Early memory node ranges\") is lost; want it from the start of the boot (journalctl -k -b, or log_buf_len=16M on the boot line)");
	return error_set(
		error, log->name, boot->first_line, NULL,
		"the log names no memory: no line such as \"node 0: [mem 0x1000-0xffff]\"; want all that dmesg prints, not only what a quiet console shows");
}

static unsigned int node_index(const struct log_boot *boot, unsigned int nid)
{
	unsigned int i;

	for (i = 0; boot->nodes[i].nid != nid; i++)
		;
	return i;
}

/* @shift: what they count in is a page shifted right so much. */
static int add_ranges(struct topology *topology, const struct log *log,
		      const struct log_boot *boot,
		      const struct log_range *ranges, unsigned int nr,
		      unsigned int shift, struct error *error)
{
	unsigned long most = MACHINE_MAX_END >> topology->page_shift;
	unsigned long unit = 1UL << shift;
	unsigned int i, at = 0;

	for (i = 0; i < nr; i++) {
		const struct log_range *range = &ranges[i];
		/* A page in part is not memory. */
		unsigned long start = (range->start + unit - 1) >> shift;
		unsigned long end = range->end >> shift;

		if (end > most)
			return error_set(
				error, log->name, range->line, NULL,
				"node %u: memory ends above 2 PiB; want it below",
				range->nid);
		if (!i || range[-1].nid != range->nid)
			at = node_index(boot, range->nid);
		if (start < end)
			topology_add_range(topology, at, start, end);
	}
	return 0;
}

/* Where the last zone of a node begins that ends at @end, in bytes. */
static unsigned long last_zone(const struct log_boot *boot,
			       const struct log_node *node, unsigned long end)
{
	unsigned long start = 0;
	unsigned int i;

	if (node->movable.line && node->movable.value < end)
		return node->movable.value;
	for (i = 0; i < boot->nr_zones; i++) {
		const struct log_zone *zone = &boot->zones[i];

		if (zone->start < zone->end && zone->start < end &&
		    strcmp(zone->name, "Device"))
			start = max(start, zone->start);
	}
	return start;
}

/*
 * Linux's SECTION_SIZE_BITS of the log's kernel, as pages. Machine files know
 * of no architecture: topology_section_pages() has that of x86-64 and arm64.
 */
static unsigned long section_pages(const struct topology *topology,
				   const struct log_boot *boot)
{
	unsigned int version = boot->version[0] * 1000 + boot->version[1];
	unsigned int bits = 0;

	if (boot->arch == LOG_POWER)
		bits = 24;
	else if (boot->arch == LOG_S390)
		bits = version < 6014 ? 28 : 27;
	else if (boot->arch == LOG_LOONGARCH)
		bits = 29;
	else if (boot->arch == LOG_ARM64 && version && version < 5012)
		bits = 30;
	return bits ? 1UL << (bits - topology->page_shift) :
		      topology_section_pages(topology);
}

/*
 * What mainline initialises before its threads run. Without "Zone ranges" it is
 * the zones that the architecture usually has.
 */
static void set_early(struct machine *machine, const struct log_boot *boot)
{
	struct topology *topology = machine->topology;
	unsigned int shift = topology->page_shift, i;

	for (i = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];
		unsigned long zone, *early;

		if (!node->nr_ranges)
			continue;
		early = &machine_node(machine, i)->early_end_pfn;
		zone = last_zone(boot, &boot->nodes[i],
				 node->ranges[node->nr_ranges - 1].end_pfn
					 << shift);
		/* POWER has one zone; s390's first one ends at 2 GiB. */
		if (!boot->nr_zones && boot->arch == LOG_S390)
			zone = max(zone, 2UL << 30);
		if (boot->nr_zones || zone || boot->arch == LOG_POWER)
			*early =
				topology_first_deferred_in(topology, i,
							   zone >> shift,
							   section_pages(topology,
									 boot));
		else
			*early = topology_first_deferred(topology, i);
	}
}

/* What the kernel saw pristine, if it says so, is all that there is to drain. */
static int take_memory(struct machine *machine, const struct log *log,
		       const struct log_boot *boot, struct error *error)
{
	struct topology *topology = machine->topology;

	if (boot->nr_extents) {
		machine->costs.early_linux = false;
		return add_ranges(topology, log, boot, boot->extents,
				  boot->nr_extents, 0, error);
	}
	if (add_ranges(topology, log, boot, boot->ranges, boot->nr_ranges,
		       topology->page_shift, error))
		return -1;
	set_early(machine, boot);
	return 0;
}

static void add_notes(struct topology *topology, const struct log *log,
		      const struct log_boot *boot)
{
	unsigned int i;

	if (log->nr_boots > 1)
		topology_assume(
			topology, log->name, boot->first_line,
			"there are %u boots in it; the machine is that of the one from here on, the last that names its memory",
			log->nr_boots);
	for (i = 0; i < boot->nr_notes; i++)
		if (boot->notes[i].about != LOG_ABOUT_TIMINGS)
			topology_assume(topology, log->name,
					boot->notes[i].line, "%s",
					boot->notes[i].text);
}

static int fill_machine(struct machine *machine, const struct log *log,
			const struct log_boot *boot, struct error *error)
{
	struct topology *topology;
	unsigned int i;

	if (boot->nr_nodes > MACHINE_MAX_NODES)
		return error_set(error, log->name, boot->first_line, NULL,
				 "%u nodes; want at most %u", boot->nr_nodes,
				 MACHINE_MAX_NODES);
	if (boot->nodes[boot->nr_nodes - 1].nid > MACHINE_MAX_ID)
		return error_set(error, log->name, boot->first_line, NULL,
				 "node %u: want numbers up to %u",
				 boot->nodes[boot->nr_nodes - 1].nid,
				 MACHINE_MAX_ID);
	if (boot->cpus.value > MACHINE_MAX_CPUS)
		return error_set(error, log->name, boot->cpus.line, NULL,
				 "%lu CPUs; want at most %u", boot->cpus.value,
				 MACHINE_MAX_CPUS);
	topology = topology_from_nodes(log->name, boot->nr_nodes);
	machine->topology = topology;
	topology->page_shift = __builtin_ctzl(boot->page_bytes.value);
	machine->source = xstrdup(
		boot->nr_extents ?
			"kernel log with its extents; costs from the default set" :
			"kernel log; costs from the default set");
	for (i = 0; i < boot->nr_nodes; i++) {
		topology->nodes[i].id = boot->nodes[i].nid;
		topology->nodes[i].nr_cpus = boot->nodes[i].nr_cpus;
	}
	add_notes(topology, log, boot);
	if (!topology_cpus(topology)) {
		topology->nodes[0].nr_cpus = 1;
		topology_assume(
			topology, log->name, 0,
			"no line says how many CPUs there are; taken for one, on node %u",
			topology->nodes[0].id);
	}
	if (take_memory(machine, log, boot, error))
		return -1;
	if (topology_bytes(topology) > MACHINE_MAX_BYTES)
		return error_set(error, log->name, boot->first_line, NULL,
				 "more than 1 PiB of memory; want less");
	if (!topology_pages(topology))
		return error_set(
			error, log->name, boot->first_line, NULL,
			"no node has a whole page of memory; want the log of another boot");
	return 0;
}

/**
 * machine_is_other_json - is a file no machine file, though named .json?
 * @path: the file
 *
 * Return: if it begins as journalctl -o json, dmesg --json and collectors of logs
 * write, or as XML.
 */
bool machine_is_other_json(const char *path)
{
	static const char *const keys[] = { "\"dmesg\"",    "\"MESSAGE\"",
					    "\"_BOOT_ID\"", "\"__CURSOR\"",
					    "\"message\"",  "\"log\"",
					    "\"msg\"" };
	struct stat about;
	char head[4096];
	unsigned int i;
	FILE *file;
	size_t len;

	/* What comes through a pipe can be read only once. */
	if (stat(path, &about) || !S_ISREG(about.st_mode))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	len = fread(head, 1, sizeof(head) - 1, file);
	fclose(file);
	head[len] = '\0';
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (memmem(head, len, keys[i], strlen(keys[i])))
			return true;
	return machine_is_xml(head);
}

/**
 * machine_load_log - a kernel log, if it is one
 * @machine: costs set to the defaults
 * @name: of the file, for messages
 * @text: what is in it
 * @len: bytes of it
 * @error: what is wrong with it
 *
 * What no line says is in the topology's @assumed.
 *
 * Return: 1; 0 if no line of it is a kernel's; -1 with @error set.
 */
int machine_load_log(struct machine *machine, const char *name,
		     const char *text, size_t len, struct error *error)
{
	const struct log_boot *boot;
	struct log log;
	int result = 0;

	if (log_parse(&log, name, text, len, error)) {
		result = -1;
	} else if (log.nr_boots) {
		boot = choose_boot(&log);
		result = boot ? fill_machine(machine, &log, boot, error) :
				no_memory(&log, error);
		result = result ? -1 : 1;
	}
	log_free(&log);
	return result;
}
