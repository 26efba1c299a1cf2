/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_RANDOM_MACHINE_H
#define SIM_TESTS_RANDOM_MACHINE_H

/*
 * Machines that nobody has built, drawn from a seed: one to many nodes, alike
 * or not, joined in some way or in none, with costs in the range of those that
 * were published. The same seed draws the same machine everywhere.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kernel.h>
#include "base/die.h"
#include "machine/costs.h"
#include "machine/topology.h"
#include "topologies.h"

#define GIB_PAGES (1UL << 18)

/**
 * struct random_machine - a machine and what things cost on it
 * @topology: nodes
 * @costs: with links and the nodes' own costs, which belong to this machine
 * @shape: how the nodes are joined
 */
struct random_machine {
	struct topology *topology;
	struct machine_costs costs;
	const char *shape;
};

/* What to draw from; the more kinds there are, the less one hides in. */
enum random_kind {
	RANDOM_SERVER, /* few nodes, one board */
	RANDOM_FABRIC, /* many nodes, slow links */
	RANDOM_MEMORY_ONLY, /* some nodes have no CPU */
	RANDOM_GUEST, /* first touch is a fault of the host */
	RANDOM_ANY,
	RANDOM_NR_KINDS
};

#define draw_from(rng, array) ((array)[rng_below(rng, ARRAY_SIZE(array))])

static inline double draw_between(struct rng *rng, double least, double most)
{
	return least + (most - least) * rng_below(rng, 1 << 20) / (1 << 20);
}

/* Each power of ten is as likely as the next. */
static inline double draw_scale(struct rng *rng, double least, double most)
{
	return exp(draw_between(rng, log(least), log(most)));
}

static inline bool one_in(struct rng *rng, unsigned int n)
{
	return !rng_below(rng, n);
}

static inline unsigned int draw_nr_nodes(struct rng *rng, enum random_kind kind)
{
	static const unsigned int few[] = { 1, 2, 2, 2, 3, 4, 4, 6, 8 };
	static const unsigned int many[] = { 4,	 6,  8,	 9,  12, 16,
					     20, 24, 32, 48, 64 };
	static const unsigned int fewest[] = { 1, 1, 2, 2, 3, 4 };

	switch (kind) {
	case RANDOM_SERVER:
		return draw_from(rng, few);
	case RANDOM_FABRIC:
		return draw_from(rng, many);
	case RANDOM_MEMORY_ONLY:
		return 1 + draw_from(rng, few);
	case RANDOM_GUEST:
		return draw_from(rng, fewest);
	default:
		return 1 + rng_below(rng, 1 + rng_below(rng, 64));
	}
}

static inline unsigned int draw_cpus(struct rng *rng)
{
	static const unsigned int usual[] = { 1,  2,  4,  8,  12, 16, 17, 24,
					      28, 32, 36, 48, 56, 64, 96, 128 };

	return one_in(rng, 4) ? 1 + rng_below(rng, 128) : draw_from(rng, usual);
}

static inline unsigned long draw_pages(struct rng *rng)
{
	unsigned long gib = 1UL << rng_below(rng, 12);

	if (one_in(rng, 3))
		gib += rng_below(rng, gib);
	return gib * GIB_PAGES;
}

static inline void draw_nodes(struct rng *rng, struct random_machine *m,
			      enum random_kind kind)
{
	unsigned int nr = m->topology->nr_nodes, i;
	bool cpus_alike = rng_below(rng, 2), memory_alike = rng_below(rng, 2);
	unsigned int cpus = draw_cpus(rng);
	unsigned long all = draw_pages(rng);
	unsigned long *pages = xcalloc(nr, sizeof(*pages));

	for (i = 0; i < nr; i++) {
		struct topology_node *node = &m->topology->nodes[i];
		unsigned int one_of = kind == RANDOM_MEMORY_ONLY ? 2 : 12;

		node->nr_cpus = cpus_alike ? cpus : draw_cpus(rng);
		if (one_in(rng, 4))
			node->nr_cores = (node->nr_cpus + 1) / 2;
		if (i && kind != RANDOM_SERVER && one_in(rng, one_of))
			node->nr_cpus = 0;
		pages[i] = memory_alike ? all : draw_pages(rng);
		/* A guest of many TiB with a fault a page is nobody's. */
		if (kind == RANDOM_GUEST)
			pages[i] = min(pages[i], 64 * GIB_PAGES);
		/* CPUs alone. */
		if (i && node->nr_cpus && one_in(rng, 20))
			pages[i] = 0;
	}
	topology_lay_out(m->topology, pages);
	free(pages);
}

static inline void draw_costs(struct rng *rng, struct random_machine *m,
			      enum random_kind kind)
{
	static const double rates[] = { 20e9, 40e9, 46.7e9, 60e9, 100e9, 200e9 };
	static const double slow_rates[] = { 8e9, 12e9, 16e9, 24e9 };
	static const double waits[] = { 0, 60, 150, 300 };
	static const double faults[] = { 1500, 3000, 20000 };
	struct machine_costs *c = &m->costs;
	double mainline = draw_scale(rng, 8, 40);
	double rate = one_in(rng, 2) ? draw_from(rng, rates) :
				       draw_scale(rng, 10e9, 400e9);
	unsigned int i;

	*c = (struct machine_costs){
		.page_ns = { mainline * 8.8 / 10.2, mainline * 3.6 / 10.2,
			     mainline },
		.node_bytes_per_s = { rate, 2 * rate, rate },
		.remote_factor = draw_between(rng, 1, 3),
		.lines_in_flight = { 10, 10 },
		.ipi_ns = 2000,
		.wakeup_ns = 20000,
		.spawn_ns = 20000,
		.migrate_ns = 50000,
		.smt_gain = 0.3,
		.lock_ns = draw_scale(rng, 100, 1000),
		.pull_ns = 300,
		.faults_at_once = one_in(rng, 2) ? 1 : draw_cpus(rng),
		.early_linux = !one_in(rng, 3),
		.early_bytes = 128UL << 20,
	};
	if (kind == RANDOM_GUEST || (kind == RANDOM_ANY && one_in(rng, 8)))
		c->fault_ns = draw_from(rng, faults);
	c->node = xcalloc(m->topology->nr_nodes, sizeof(*c->node));
	for (i = 0; i < m->topology->nr_nodes; i++) {
		struct node_costs *node = &c->node[i];
		double own = 0;

		if (!m->topology->nodes[i].nr_cpus) {
			own = draw_from(rng, slow_rates);
			node->latency_ns = draw_from(rng, waits);
		} else if (kind == RANDOM_ANY && one_in(rng, 4)) {
			own = draw_scale(rng, 10e9, 400e9);
		}
		node->bytes_per_s[WRITE_CACHED] = own;
		node->bytes_per_s[WRITE_NT] = 2 * own;
		node->bytes_per_s[WRITE_MAINLINE] = own;
	}
}

struct links {
	struct rng *rng;
	struct machine_net *net;
	bool alike;
	double bytes_per_s;
	double latency_ns;
};

static inline double draw_link_rate(struct rng *rng)
{
	static const double rates[] = { 2.5e9, 5e9, 10e9, 20e9, 40e9, 80e9 };

	return draw_from(rng, rates);
}

static inline double draw_link_latency(struct rng *rng)
{
	static const double latencies[] = { 20, 50, 150, 400 };

	return draw_from(rng, latencies);
}

static inline void join(struct links *l, unsigned int from, unsigned int to)
{
	struct machine_net *net = l->net;

	net->link = xrealloc(net->link, (net->nr_links + 1),
			     sizeof(*net->link));
	net->link[net->nr_links++] = (struct machine_link){
		.from = from,
		.to = to,
		.bytes_per_s = l->alike ? l->bytes_per_s :
					  draw_link_rate(l->rng),
		.latency_ns = l->latency_ns,
	};
}

static inline void join_torus(struct links *l, unsigned int nr)
{
	unsigned int width = 2, i;

	for (i = 2; i * i <= nr; i++)
		if (nr % i == 0)
			width = i;
	for (i = 0; i < nr; i++) {
		unsigned int row = i / width, column = i % width;
		unsigned int down = (i + width) % nr;
		unsigned int right = row * width + (column + 1) % width;

		/* Two in a row are neighbours once. */
		if (right > i || (right < i && width > 2))
			join(l, i, right);
		if (down > i || (down < i && nr / width > 2))
			join(l, i, down);
	}
}

static inline void draw_links(struct rng *rng, struct random_machine *m,
			      enum random_kind kind)
{
	static const char *const shapes[] = { "none", "ring",  "mesh",
					      "star", "torus", "hypercube" };
	struct machine_net *net = &m->costs.net;
	unsigned int nr = m->topology->nr_nodes, i, j;
	struct links l = {
		.rng = rng,
		.net = net,
		.alike = rng_below(rng, 2),
		.bytes_per_s = draw_link_rate(rng),
		.latency_ns = draw_link_latency(rng),
	};
	unsigned int shape = kind == RANDOM_GUEST ? rng_below(rng, 3) :
						    rng_below(rng, 6);

	if (nr == 1)
		shape = 0;
	if (shape == 1 && nr == 2)
		shape = 2;
	if (shape == 2 && nr > 24)
		shape = 1;
	if (shape == 4 && (nr < 4 || nr % 2))
		shape = 3;
	if (shape == 5 && (nr & (nr - 1)))
		shape = 1;
	m->shape = shapes[shape];
	if (shape == 3)
		net->nr_switches = 1;
	if (shape == 4)
		join_torus(&l, nr);
	for (i = 0; i < nr && shape; i++) {
		if (shape == 1)
			join(&l, i, (i + 1) % nr);
		if (shape == 3)
			join(&l, i, nr);
		for (j = i + 1; j < nr && shape == 2; j++)
			join(&l, i, j);
		for (j = 1; j < nr && shape == 5; j *= 2)
			if (!(i & j))
				join(&l, i, i | j);
	}
}

/* The machine of a seed. */
static inline void random_machine_init(struct random_machine *m,
				       unsigned long seed,
				       enum random_kind kind)
{
	struct rng rng = { seed * 0x9e3779b97f4a7c15ULL + 1 + kind };
	unsigned int i;

	for (i = 0; i < 8; i++)
		rng_next(&rng);
	memset(m, 0, sizeof(*m));
	m->topology = topology_from_nodes("random", draw_nr_nodes(&rng, kind));
	draw_nodes(&rng, m, kind);
	draw_costs(&rng, m, kind);
	draw_links(&rng, m, kind);
}

static inline void random_machine_free(struct random_machine *m)
{
	topology_free(m->topology);
	free(m->costs.node);
	free(m->costs.net.link);
}

static inline void random_machine_copy(struct random_machine *to,
				       const struct random_machine *from)
{
	unsigned int nr = from->topology->nr_nodes;
	struct machine_net *net = &to->costs.net;

	unsigned long *pages = xcalloc(nr, sizeof(*pages));
	unsigned int i;

	*to = *from;
	to->topology = topology_from_nodes("changed", nr);
	for (i = 0; i < nr; i++) {
		const struct topology_node *node = &from->topology->nodes[i];

		to->topology->nodes[i].nr_cpus = node->nr_cpus;
		to->topology->nodes[i].nr_cores = node->nr_cores;
		pages[i] = topology_node_pages(node);
	}
	topology_lay_out(to->topology, pages);
	free(pages);
	to->costs.node = xcalloc(nr, sizeof(*to->costs.node));
	memcpy(to->costs.node, from->costs.node, nr * sizeof(*to->costs.node));
	net->link = xcalloc(net->nr_links, sizeof(*net->link));
	if (net->nr_links)
		memcpy(net->link, from->costs.net.link,
		       net->nr_links * sizeof(*net->link));
}

/* One line that says what it is. */
static inline void random_machine_print(const struct random_machine *m,
					FILE *out)
{
	const struct machine_costs *c = &m->costs;
	unsigned int i;

	fprintf(out,
		"%s page %.3g node %.3g fault %.4g/%.0f lock %.3g early %d",
		m->shape, c->page_ns[1], c->node_bytes_per_s[1], c->fault_ns,
		c->faults_at_once, c->lock_ns, c->early_linux);
	if (c->net.nr_links)
		fprintf(out, " link %.3g/%.3g..", c->net.link[0].bytes_per_s,
			c->net.link[0].latency_ns);
	else
		fprintf(out, " remote %.3g", c->remote_factor);
	for (i = 0; i < m->topology->nr_nodes; i++)
		fprintf(out, " %u:%.3gG", m->topology->nodes[i].nr_cpus,
			(double)topology_node_pages(&m->topology->nodes[i]) /
				GIB_PAGES);
	fputc('\n', out);
}

#endif /* SIM_TESTS_RANDOM_MACHINE_H */
