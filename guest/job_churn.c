// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts that change all the time under loads that check themselves.
 *
 * guest.seconds=N  how long (default 60)
 * guest.mib=N      MiB that all loads have together (default 256)
 * guest.seed=N     of the layouts (default 1)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnuma.h"
#include "guest.h"
#include "loads.h"

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Nodes that have memory, in an order that is drawn, in stripes of 4M to 1G. */
static char *draw_layout(const struct dnuma_layout *first, const int *nodes,
			 int nr_nodes, uint32_t *state)
{
	unsigned long bytes = 4 * MIB << draw(state) % 9;
	int order[MAX_NODES], i, nr = 1 + draw(state) % nr_nodes;

	for (i = 0; i < nr; i++)
		order[i] = nodes[draw(state) % nr_nodes];
	return dnuma_stripe(first, bytes, order, nr);
}

void job_churn(void)
{
	double end = now() + param_long("seconds", 60);
	uint32_t state = param_long("seed", 1);
	long total = field("/proc/meminfo", "MemTotal"), commits = 0, left;
	int nodes[MAX_NODES], nr_nodes = memory_nodes(nodes), err = 0;
	struct dnuma_layout first;
	char *text;

	if (dnuma_layout_get(&first)) {
		report(false, "churn", DNUMA_DIR "/layout: %s",
		       strerror(errno));
		return;
	}
	report(!loads_start(param_long("mib", 256) * MIB), "churn-loads",
	       "not all loads can run");
	while (now() < end) {
		text = draw_layout(&first, nodes, nr_nodes, &state);
		err = dnuma_apply(text, commits % 3 ? "1" : "hold=16M");
		if (err)
			report(false, "churn-commit", "%s", strerror(-err));
		commits++;
		text = dnuma_read("report");
		left = dnuma_left_kib(text, -1);
		say("dnuma.churn left_kib=%ld %s", left, strtok(text, "\n"));
		free(text);
		if (field("/proc/meminfo", "MemTotal") != total)
			report(false, "churn-memtotal", "%ld, at first %ld",
			       field("/proc/meminfo", "MemTotal"), total);
	}
	loads_stop("churn-load");
	err = dnuma_apply(dnuma_text(&first), "1");
	report(!err && commits, "churn", "%ld commits; back: %s", commits,
	       strerror(-err));
	text = dnuma_read("audit");
	report(text && !strstr(text, "DIFFERENT"), "churn-audit", "%s", text);
	free(text);
}
