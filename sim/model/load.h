/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_LOAD_H
#define SIM_MODEL_LOAD_H

/*
 * A load: who touches memory for the first time once boot goes on, how much of
 * it, when.
 *
 * Its CPUs take memory as the kernel's allocator does: a free block of the
 * nearest node; where there is none, a pristine block of that node is pulled
 * under its zone->lock; then the next node. What they have taken they clear.
 * They share memories, links, CPUs and locks with the drains that still run.
 * Between two steps they may sleep, and leave their CPUs to these.
 */
#include <stdbool.h>

/**
 * struct load - what touches memory
 * @share: of the machine's memory, 0 to 1; each CPU touches as much
 * @nr_cpus: CPUs, spread over all that there are; 0: all of them
 * @at_ns: when they begin, after boot has gone on
 * @clear: they clear what they take, as a first touch does; else they only
 *	allocate
 * @asleep: of the time, each sleeps so much where it is alone and memory ready,
 *	from 0 to less than 1; with @clear only
 */
struct load {
	double share;
	unsigned int nr_cpus;
	double at_ns;
	bool clear;
	double asleep;
};

#endif /* SIM_MODEL_LOAD_H */
