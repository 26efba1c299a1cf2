// SPDX-License-Identifier: GPL-2.0-only
/* CPUs of a simulation that are about to start, in the order of virtual time. */
#include "model/internal.h"

/*
 * Of CPUs that start at one instant the first of each node come first: a
 * node's number must not decide which CPU finds work at home.
 */
static bool starts_before(const void *a, const void *b)
{
	const struct sim_cpu *cpu = *(struct sim_cpu *const *)a;
	const struct sim_cpu *other = *(struct sim_cpu *const *)b;

	if (cpu->start_ns != other->start_ns)
		return cpu->start_ns < other->start_ns;
	if (cpu->index != other->index)
		return cpu->index < other->index;
	return cpu < other;
}

static const struct heap_order by_start = {
	.bytes = sizeof(struct sim_cpu *),
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
	cpu->drain = drain;
	cpu->start_ns = when;
	cpu->active = true;
	heap_push(&sim->starting, &by_start, &cpu);
}

/**
 * starting_first - the CPU that starts next
 * @sim: the simulation
 *
 * Return: the CPU; NULL if none is about to.
 */
struct sim_cpu *starting_first(const struct simulation *sim)
{
	struct sim_cpu *const *first = heap_first(&sim->starting);

	return first ? *first : NULL;
}

/**
 * starting_pop - that one has started
 * @sim: the simulation
 */
void starting_pop(struct simulation *sim)
{
	heap_pop(&sim->starting, &by_start);
}
