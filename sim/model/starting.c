// SPDX-License-Identifier: GPL-2.0-only
/* CPUs of a simulation that are about to start, in the order of virtual time. */
#include <stdint.h>
#include "model/internal.h"

/**
 * struct start - that a CPU is about to
 * @ns: when
 * @order: which of its node's CPUs it is, then its number. Two are compared by
 *	it without a look at the CPUs
 * @cpu: the CPU; those of a load are no CPUs of the simulation's array
 */
struct start {
	double ns;
	uint64_t order;
	struct sim_cpu *cpu;
};

/*
 * Of CPUs that start at one instant the first of each node come first: a
 * node's number must not decide which CPU finds work at home.
 */
static bool starts_before(const void *a, const void *b)
{
	const struct start *start = a, *other = b;

	return start->ns < other->ns ||
	       (start->ns == other->ns && start->order < other->order);
}

static const struct heap_order by_start = {
	.bytes = sizeof(struct start),
	.before = starts_before,
};

/**
 * starting_add - let a CPU begin
 * @sim: the simulation
 * @drain: what it drains; NULL: it is the load's
 * @cpu: the CPU
 * @when: ns
 */
void starting_add(struct simulation *sim, struct memmap_drain *drain,
		  struct sim_cpu *cpu, double when)
{
	bool own = cpu >= sim->cpu && cpu < sim->cpu + sim->nr_cpus;
	uint64_t number = own ? (uint64_t)(cpu - sim->cpu) :
				(uint64_t)sim->nr_cpus + cpu->node;
	struct start start = { when, (uint64_t)cpu->index << 32 | number, cpu };

	cpu->drain = drain;
	cpu->start_ns = when;
	cpu->active = true;
	heap_push(&sim->starting, &by_start, &start);
}

/**
 * starting_first - the CPU that starts next
 * @sim: the simulation
 *
 * Return: the CPU; NULL if none is about to.
 */
struct sim_cpu *starting_first(const struct simulation *sim)
{
	const struct start *first = heap_first(&sim->starting);

	return first ? first->cpu : NULL;
}

/**
 * starting_pop - that one has started
 * @sim: the simulation
 */
void starting_pop(struct simulation *sim)
{
	heap_pop(&sim->starting, &by_start);
}
