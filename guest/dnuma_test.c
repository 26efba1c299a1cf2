// SPDX-License-Identifier: GPL-2.0-only
/*
 * dnuma-test: move memory between the nodes of a running machine and back, and
 * say what each node has before and after.
 */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dnuma.h"

static const struct argp_option options[] = {
	{ "stripe", 's', "MIB", 0,
	  "all memory in stripes of so many MiB over the nodes in turn; a multiple of 4; default 128",
	  0 },
	{ "nodes", 'n', "LIST", 0,
	  "the nodes for stripes, as in 0,2; default: all that are online", 0 },
	{ "push", 'p', "N", 0,
	  "then push all memory to this node, which may have none yet; default: no push",
	  0 },
	{ "loops", 'l', "N", 0, "how often; default 1", 0 },
	{ "keep", 'k', NULL, 0, "leave it so; default: restore the layout", 0 },
	{ 0 }
};

struct request {
	long stripe;
	int node[DNUMA_MAX_NODES];
	int nr_nodes;
	int push;
	long loops;
	int keep;
};

static long count(struct argp_state *state, const char *name, const char *text,
		  long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < min || value > max)
		argp_error(state, "--%s '%s': want a number from %ld to %ld",
			   name, text, min, max);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *r = state->input;
	char *word, *rest;

	switch (key) {
	case 's':
		r->stripe = count(state, "stripe", arg, 4, LONG_MAX >> 20);
		if (r->stripe % 4)
			argp_error(state, "--stripe '%s': want a multiple of 4",
				   arg);
		return 0;
	case 'n':
		for (word = strtok_r(arg, ",", &rest);
		     word && r->nr_nodes < DNUMA_MAX_NODES;
		     word = strtok_r(NULL, ",", &rest))
			r->node[r->nr_nodes++] = count(state, "nodes", word, 0,
						       DNUMA_MAX_NODES - 1);
		return 0;
	case 'p':
		r->push = count(state, "push", arg, 0, DNUMA_MAX_NODES - 1);
		return 0;
	case 'l':
		r->loops = count(state, "loops", arg, 1, LONG_MAX);
		return 0;
	case 'k':
		r->keep = 1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Move memory between nodes while the machine runs: stripes over nodes, all to one node, and back. Prints how memory moved, the size of each node, what is free, and what should be elsewhere but could not move. Needs root, CONFIG_DYNAMIC_NUMA, and debugfs in /sys/kernel/debug.",
};

/* Status 2: the request makes no sense here. */
static int refused(const char *what, int err)
{
	char *report = dnuma_read("report");

	fprintf(stderr, "dnuma-test: %s: %s\n%s", what, strerror(-err),
		report ? report : "");
	free(report);
	return 2;
}

/* How the memory moved, from the report: "grab planned 4096 moved 4096 tries 1". */
static void print_ways(void)
{
	char *report = dnuma_read("report"), *line, *rest;
	unsigned long planned, moved, tries;
	char way[16];

	for (line = report ? strtok_r(report, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, "commit ", 7))
			printf("%s\n", line);
		if (sscanf(line, "%15s planned %lu moved %lu tries %lu", way,
			   &planned, &moved, &tries) == 4 &&
		    tries)
			printf("%-8s moved %lu of %lu KiB in %lu steps\n", way,
			       moved * 4, planned * 4, tries);
	}
	free(report);
}

static int change(const char *title, char *text)
{
	int err = dnuma_apply(text, "1");

	if (err)
		return refused(title, err);
	print_ways();
	dnuma_table(stdout, title);
	return 0;
}

static int one_loop(const struct request *r, const struct dnuma_layout *first)
{
	char title[40];
	int status;

	snprintf(title, sizeof(title), "stripes of %ld MiB", r->stripe);
	status = change(title, dnuma_stripe(first, r->stripe << 20, r->node,
					    r->nr_nodes));
	if (!status && r->push >= 0) {
		snprintf(title, sizeof(title), "all to node %d", r->push);
		status = change(title, dnuma_stripe(first, r->stripe << 20,
						    &r->push, 1));
	}
	if (!status && !r->keep)
		status = change("restored", dnuma_text(first));
	return status;
}

int main(int argc, char **argv)
{
	struct request r = { .stripe = 128, .push = -1, .loops = 1 };
	struct dnuma_layout first;
	struct dnuma_node node;
	int nid, status = 0;
	bool named;

	argp_parse(&argp, argc, argv, 0, NULL, &r);
	if (dnuma_layout_get(&first)) {
		fprintf(stderr,
			"dnuma-test: " DNUMA_DIR
			"/layout: %s; want root, a kernel with CONFIG_DYNAMIC_NUMA, and debugfs mounted\n",
			strerror(errno));
		return 2;
	}
	named = r.nr_nodes;
	for (nid = 0; !named && nid < DNUMA_MAX_NODES; nid++) {
		dnuma_node_get(nid, &node);
		if (node.total >= 0)
			r.node[r.nr_nodes++] = nid;
	}
	dnuma_table(stdout, "before");
	while (!status && r.loops--)
		status = one_loop(&r, &first);
	dnuma_layout_free(&first);
	return status;
}
