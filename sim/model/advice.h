/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MODEL_ADVICE_H
#define SIM_MODEL_ADVICE_H

/*
 * Which of several answers is the best, and is that certain?
 *
 * Two strategies on one machine are off by the same things: where memory is
 * slower than it is taken for, it is for both. So their bands say little, and
 * their difference is what has one: it is computed anew for each input at both
 * ends of its range, and the changes are added up as the root of the sum of
 * squares. To these comes that two boots of one machine differ.
 *
 *	a's time, b's time -> b - a, least to most -> 0 in between: no telling
 */
#include "model/band.h"

/* What decides. */
enum advice_by {
	ADVICE_LOAD, /* the end of a load */
	ADVICE_BOOT, /* when boot goes on */
	ADVICE_READY, /* when all is initialised */
	ADVICE_MEMORY, /* descriptors that are never written */
	ADVICE_NR_BY
};

/**
 * struct difference - how much later the other one is
 * @ns: as predicted
 * @low: the least that it may be; less than 0: it may be earlier
 * @high: the most
 */
struct difference {
	double ns;
	double low;
	double high;
};

double advice_value(const struct simulation_result *result, enum advice_by by);
struct difference advice_difference(const struct banded *one,
				    const struct banded *other,
				    enum advice_by by, double ready_load_ns);
bool advice_apart(struct difference difference);
unsigned int advice_pick(const struct banded *answer, unsigned int nr,
			 enum advice_by by, double ready_load_ns, bool *tied,
			 unsigned int *first);

#endif /* SIM_MODEL_ADVICE_H */
