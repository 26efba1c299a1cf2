// SPDX-License-Identifier: GPL-2.0-only
/* What sysfs says of memory that has changed its node, and CPUs that do. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"
#include "job_dnuma.h"

/* Is there a link of a memory block to a node? */
static bool linked(unsigned long block, int nid)
{
	char path[96];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%lu/node%d", block, nid);
	return !access(path, F_OK);
}

unsigned long dnuma_memory_block_bytes(void)
{
	char *text = read_file("/sys/devices/system/memory/block_size_bytes");
	unsigned long size = text ? strtoul(text, NULL, 16) : 0;

	free(text);
	return size;
}

/* Memory blocks are linked with those nodes that have memory of them. */
void dnuma_test_links(const char *name)
{
	unsigned long size = dnuma_memory_block_bytes(), block, bad = 0;
	struct dnuma_layout layout;
	unsigned long links = 0;
	int nid;
	size_t i;

	if (!size || dnuma_layout_get(&layout))
		return;
	for (block = 0; block < layout.range[layout.nr - 1].end / size; block++)
		for (nid = 0; nid < MAX_NODES; nid++) {
			bool want = false;

			for (i = 0; i < layout.nr; i++)
				want |= layout.range[i].node == nid &&
					layout.range[i].start <
						(block + 1) * size &&
					layout.range[i].end > block * size;
			links += want;
			bad += want != linked(block, nid);
		}
	report(!bad && links, name, "%lu of %lu links are wrong", bad, links);
	dnuma_layout_free(&layout);
}

int dnuma_block_state(unsigned long block, const char *state)
{
	char path[96];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%lu/state", block);
	return write_file(path, "%s", state);
}

static long node_total(int nid)
{
	struct dnuma_node node;

	dnuma_node_get(nid, &node);
	return node.total;
}

/* A memory block that is on another node as a whole goes off and on there. */
void dnuma_test_offline(const char *name, const struct dnuma_layout *first)
{
	struct dnuma_layout layout;
	unsigned long size = dnuma_memory_block_bytes(), block;
	int nid, tried = 0;
	size_t i, j;

	if (!size || dnuma_layout_get(&layout))
		return;
	for (i = 0; i < layout.nr && !tried; i++) {
		const struct dnuma_range *r = &layout.range[i];

		nid = r->node;
		for (block = (r->start + size - 1) / size;
		     (block + 1) * size <= r->end && !tried; block++) {
			long before = node_total(nid), off;
			int was = -1;

			for (j = 0; j < first->nr; j++)
				if (first->range[j].start <= block * size &&
				    first->range[j].end > block * size)
					was = first->range[j].node;
			if (was == nid || dnuma_block_state(block, "offline"))
				continue;
			tried = 1;
			off = node_total(nid);
			report(before - off == (long)(size / 1024), name,
			       "node %d: %ld KiB, then %ld", nid, before, off);
			report(!dnuma_block_state(block, "online") &&
				       node_total(nid) == before,
			       name, "block %lu does not come back to node %d",
			       block, nid);
		}
	}
	say("dnuma.offline %s tried=%d", name, tried);
	dnuma_layout_free(&layout);
}

static int cpu_node(int cpu)
{
	char *text = dnuma_read("cpus"), *line, *rest;
	int nid = -1, at, on;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (sscanf(line, "%d %d", &at, &on) == 2 && at == cpu)
			nid = on;
	free(text);
	return nid;
}

/* The last CPU goes to the first CPU's node, and back. */
void dnuma_test_cpus(const char *name)
{
	int cpu = online_cpus() - 1, home = cpu_node(cpu), to = cpu_node(0);
	unsigned int on_cpu, on_node;
	char path[96];
	int err;

	report(write_file(DNUMA_DIR "/cpus", "what") == -EINVAL, name,
	       "what is no CPU");
	report(write_file(DNUMA_DIR "/cpus", "%d 63", cpu) == -ENODEV, name,
	       "there is no node 63");
	if (to == home)
		return;
	err = write_file(DNUMA_DIR "/cpus", "%d %d", cpu, to);
	report(!err && cpu_node(cpu) == to, name, "CPU %d to node %d: %s, %d",
	       cpu, to, strerror(-err), cpu_node(cpu));
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpu%d",
		 to, cpu);
	report(!access(path, F_OK), name, "no link %s", path);
	pin_to_cpu(cpu);
	getcpu(&on_cpu, &on_node);
	report((int)on_cpu == cpu && (int)on_node == to, name,
	       "runs on CPU %u, node %u", on_cpu, on_node);
	pin_to_cpu(0);
	err = write_file(DNUMA_DIR "/cpus", "%d %d", cpu, home);
	report(!err && cpu_node(cpu) == home, name, "back: %s, %d",
	       strerror(-err), cpu_node(cpu));
	report(online_cpus() == cpu + 1, name, "%d CPUs are online",
	       online_cpus());
}
