// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel would do for a layout, with what is in each block: the host makes
 * a plan of the same, and boot_test.py compares them byte for byte.
 *
 *	GUEST plan.case NAME		then, line by line:
 *	GUEST plan.wanted LINE		the layout that was staged
 *	GUEST plan.blocks LINE		dnuma/blocks
 *	GUEST plan.plan LINE		dnuma/plan
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dnuma.h"
#include "guest.h"

/* Blocks and the plan of the same moment are wanted, so both stay for a while. */
#define TRIES 50

static void say_lines(const char *what, char *text)
{
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		say("plan.%s %s", what, line);
}

static void test_plan(const char *name, char *wanted)
{
	char *plan = NULL, *blocks = NULL, *again = NULL;
	int tries = 0, err = dnuma_stage(wanted, strlen(wanted));

	do {
		free(plan);
		free(blocks);
		free(again);
		plan = dnuma_read("plan");
		blocks = dnuma_read("blocks");
		again = dnuma_read("plan");
	} while (plan && again && strcmp(plan, again) && ++tries < TRIES);
	report(!err && plan && blocks && *plan && !strcmp(plan, again), name,
	       "no plan that stays: %d, %d tries", err, tries);
	say("plan.case %s", name);
	say_lines("wanted", wanted);
	say_lines("blocks", blocks);
	say_lines("plan", plan);
	free(plan);
	free(blocks);
	free(again);
	free(wanted);
}

void job_dnuma_plan(void)
{
	int nodes[MAX_NODES], nr_nodes = memory_nodes(nodes);
	struct dnuma_layout first, now;
	size_t bytes = 64 * MIB, at;
	char *mem, *text;

	/* Nobody else moves pages; some are in use, with holes between them. */
	write_file("/proc/sys/kernel/numa_balancing", "0");
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (at = 0; at < bytes; at += 16 * MIB)
		madvise(mem + at, 8 * MIB, MADV_DONTNEED);
	if (dnuma_layout_get(&first)) {
		report(false, "plan", "no " DNUMA_DIR "/layout");
		return;
	}
	test_plan("stripe-4M", dnuma_stripe(&first, 4 * MIB, nodes, nr_nodes));
	test_plan("stripe-256M",
		  dnuma_stripe(&first, 256 * MIB, nodes, nr_nodes));
	test_plan("push-last",
		  dnuma_stripe(&first, 1UL << 40, &nodes[nr_nodes - 1], 1));
	/* Memory is elsewhere than firmware says. */
	text = dnuma_stripe(&first, 32 * MIB, nodes, nr_nodes);
	report(!dnuma_apply(text, "1"), "plan-commit", "32M");
	dnuma_layout_get(&now);
	report(now.nr > first.nr, "plan-commit", "%zu ranges", now.nr);
	test_plan("back", dnuma_text(&first));
	test_plan("stripe-12M", dnuma_stripe(&now, 12 * MIB, nodes, nr_nodes));
	dnuma_layout_free(&now);
	dnuma_layout_free(&first);
}
