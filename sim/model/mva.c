// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast are k writers that share one memory?
 *
 * A closed queueing network with one server and a delay: each writer works for
 * itself, then queues for the memory. It gives the bend that a plain minimum
 * lacks: four threads give less than four times one, because sometimes they meet
 * at the memory. For one writer and for very many it gives what the minimum
 * does: the speed of one alone, and that of the memory.
 *
 * Exact mean value analysis (Reiser and Lavenberg, 1980) goes from k writers to
 * k + 1 by two divisions. The memory is idle with the probability of Erlang's
 * loss formula, B(k) for an offered load of work over service: 1 / B(k) =
 * 1 + k service / work / B(k - 1) is the same by a multiplication.
 */
#include <math.h>
#include "model/mva.h"

/* The memory is idle so seldom that a double does not tell it from never. */
#define NEVER_IDLE 1e18

/* A writer's time by itself, and what the memory serves of a page. */
struct turn {
	double work_ns;
	double service_ns;
};

/* Alone it is bound by a memory that is slower than itself. */
static struct turn turn_of(double alone_ns, double service_ns)
{
	double service = fmin(service_ns, alone_ns);

	return (struct turn){ alone_ns - service, service };
}

/*
 * 1 / B(@writers) from 1 / B(@writers - 1) in @inverse.
 * Return: ns for a page of the whole.
 */
static double one_more(const struct turn *turn, unsigned int writers,
		       double *inverse)
{
	double before = *inverse;

	if (before > NEVER_IDLE || !turn->work_ns)
		return turn->service_ns;
	*inverse = 1 + writers * turn->service_ns / turn->work_ns * before;
	return turn->work_ns * *inverse / (writers * before);
}

/**
 * mva_slowdown - times as slow as alone, for 1 to @writers writers
 * @alone_ns: a page by one writer alone; more than 0
 * @service_ns: what the memory needs for a page; 0: it never limits
 * @writers: most writers
 * @slowdown: [1] to [@writers] are filled in
 */
void mva_slowdown(double alone_ns, double service_ns, unsigned int writers,
		  double *slowdown)
{
	struct turn turn = turn_of(alone_ns, service_ns);
	double inverse = 1;
	unsigned int k;

	for (k = 1; k <= writers; k++)
		slowdown[k] = k * one_more(&turn, k, &inverse) / alone_ns;
}

/**
 * mva_page_ns - time a page takes when many write
 * @alone_ns: by one writer alone; more than 0
 * @service_ns: what the memory needs; 0: it never limits
 * @writers: at least 1
 *
 * Return: ns for a page of the whole, not per writer.
 */
double mva_page_ns(double alone_ns, double service_ns, unsigned int writers)
{
	struct turn turn = turn_of(alone_ns, service_ns);
	double ratio = turn.service_ns / turn.work_ns, inverse = 1;
	unsigned int k;

	for (k = 1; k < writers && inverse <= NEVER_IDLE; k++)
		inverse = 1 + k * ratio * inverse;
	return one_more(&turn, writers, &inverse);
}
