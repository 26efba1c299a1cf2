/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_BAND_H
#define SIM_MODEL_BAND_H

/*
 * A prediction with its error band: how far off it may be, for what its inputs
 * may be off.
 *
 *	run as it is -> what is printed
 *	run again with each input at its low and at its high end
 *	-> how much longer or shorter that takes, as logarithms
 *	-> the root of the sum of their squares, each way
 */
#include "machine/machine.h"
#include "model/simulation.h"

/**
 * struct band - how far off a time may be
 * @low: the least, as a part of it
 * @high: the most
 */
struct band {
	double low;
	double high;
};

/* Two runs of one published row differ by up to 18 %, nine either way. */
#define BAND_RUN .09

/* More inputs than any strategy on any machine has. */
#define BAND_INPUTS 16

/**
 * struct change - how much longer it takes with something changed, as logarithms
 * @boot_wait: until boot goes on
 * @complete: until all is initialised; as @boot_wait where it never is
 * @load_done: until a load is done; as @complete without one
 */
struct change {
	double boot_wait;
	double complete;
	double load_done;
};

/**
 * struct influence - what one input does
 * @name: of the input
 * @low: with the input at its low end
 * @high: at its high end
 */
struct influence {
	const char *name;
	struct change low;
	struct change high;
};

/**
 * struct banded - a simulation's result, and how far to trust it
 * @result: as it is
 * @boot_wait: of @result.boot_wait_ns; 1 to 1 where nothing waits
 * @complete: of @result.complete_ns; 1 to 1 where it never is
 * @load_done: of @result.load_done_ns; as @complete without a load
 * @online: of band_run_plugs() alone: until hot-added memory is online
 * @ready: and until it is written; 1 to 1 where it never is
 * @influence: each input's
 * @nr_influences: how many
 * @binds: the input that moves the result most: the name of a cost, or links,
 *	their latency; NULL: none does
 * @label: what that one rests on
 * @elasticity: per cent that the result moves for a per cent of it
 * @unstable: the input, or memory, that moves the result by more than its own
 *	change; NULL: none does
 */
struct banded {
	struct simulation_result result;
	struct band boot_wait;
	struct band complete;
	struct band load_done;
	struct band online;
	struct band ready;
	struct influence influence[BAND_INPUTS];
	unsigned int nr_influences;
	const char *binds;
	enum machine_label label;
	double elasticity;
	const char *unstable;
};

int band_run(const struct machine *machine, const struct memmap_param *param,
	     const struct simulation_watch *watch, void *arg,
	     struct banded *banded);
int band_run_load(const struct machine *machine,
		  const struct memmap_param *param, const struct load *load,
		  const struct simulation_watch *watch, void *arg,
		  struct banded *banded);
int band_run_plugs(const struct machine *machine,
		   const struct memmap_param *param, struct banded *banded);

#endif /* SIM_MODEL_BAND_H */
