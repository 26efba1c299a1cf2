// SPDX-License-Identifier: GPL-2.0-only
/*
 * parallel: all CPUs drain at once, a quantum at a time. No threads have to be
 * created and woken, and between two quanta of a CPU others can run there.
 */
#include "strategies.h"

static void parallel_late(struct memmap_boot *boot)
{
	boot->drain.quantum_ns = boot->param.quantum_ns;
	boot->exec->cross_call(&boot->drain);
}

const struct memmap_strategy memmap_parallel = {
	.name = "parallel",
	.summary =
		"all CPUs of all nodes, by cross-calls of one quantum; boot waits",
	.flags = MEMMAP_WAITS | MEMMAP_ALL_CPUS,
	.late = parallel_late,
};
