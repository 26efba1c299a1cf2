// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <string.h>
#include "model/advice.h"

/* A difference of so little of the whole is none to speak of. */
#define SPARED .001

/* Less than so much of the memmap is no difference in memory. */
#define MEMORY .01

/**
 * advice_value - what is to be small
 * @result: of a strategy
 * @by: what decides
 *
 * Return: ns, INFINITY for what never happens; pages that are written, for
 * ADVICE_MEMORY.
 */
double advice_value(const struct simulation_result *result, enum advice_by by)
{
	switch (by) {
	case ADVICE_BOOT:
		return result->boot_wait_ns;
	case ADVICE_READY:
		return isnan(result->complete_ns) ? INFINITY :
						    result->complete_ns;
	case ADVICE_MEMORY:
		return result->pages_initialised;
	default:
		return result->load_done_ns;
	}
}

static double of(const struct change *change, enum advice_by by)
{
	switch (by) {
	case ADVICE_BOOT:
		return change->boot_wait;
	case ADVICE_READY:
		return change->complete;
	default:
		return change->load_done;
	}
}

static const struct influence *find(const struct banded *banded,
				    const char *name)
{
	unsigned int i;

	for (i = 0; i < banded->nr_influences; i++)
		if (!strcmp(banded->influence[i].name, name))
			return &banded->influence[i];
	return NULL;
}

static void add(struct difference *sum, double change)
{
	if (change < 0)
		sum->low = -hypot(sum->low, change);
	else
		sum->high = hypot(sum->high, change);
}

/* What an input does to the difference, at both ends; NULL: nothing to that. */
static void add_input(struct difference *sum, const struct influence *one,
		      const struct influence *other, double one_ns,
		      double other_ns, enum advice_by by)
{
	double low = 0, high = 0;

	if (one) {
		low -= one_ns * expm1(of(&one->low, by));
		high -= one_ns * expm1(of(&one->high, by));
	}
	if (other) {
		low += other_ns * expm1(of(&other->low, by));
		high += other_ns * expm1(of(&other->high, by));
	}
	/* Both ends may move it the same way: then the farther one counts. */
	add(sum, fmin(0, fmin(low, high)));
	add(sum, fmax(0, fmax(low, high)));
}

/*
 * What is a strategy's own: not the early memory, which is the same for all,
 * nor what the load takes on ready memory or waits before it begins.
 */
static double own_ns(const struct simulation_result *r, enum advice_by by,
		     double ready_load_ns)
{
	double ns = advice_value(r, by) - r->early_ns;

	if (by == ADVICE_LOAD)
		ns -= r->load_start_ns - r->boot_wait_ns + ready_load_ns;
	return fmax(ns, 0);
}

/**
 * advice_difference - how much later is the other one?
 * @one: a strategy
 * @other: another, on the same machine with the same load
 * @by: what decides
 * @ready_load_ns: what the load takes on memory that is ready
 *
 * Return: the difference and its band; pages, without one, for ADVICE_MEMORY.
 */
struct difference advice_difference(const struct banded *one,
				    const struct banded *other,
				    enum advice_by by, double ready_load_ns)
{
	double one_ns = advice_value(&one->result, by);
	double other_ns = advice_value(&other->result, by), run;
	struct difference sum = { 0 };
	unsigned int i;

	if (one_ns == other_ns)
		return sum;
	sum.ns = other_ns - one_ns;
	if (isinf(sum.ns) || by == ADVICE_MEMORY) {
		double spared = by == ADVICE_MEMORY ?
					MEMORY * one->result.pages_total :
					0;

		return (struct difference){ sum.ns, sum.ns - spared,
					    sum.ns + spared };
	}
	for (i = 0; i < one->nr_influences; i++)
		add_input(&sum, &one->influence[i],
			  find(other, one->influence[i].name), one_ns, other_ns,
			  by);
	for (i = 0; i < other->nr_influences; i++)
		if (!find(one, other->influence[i].name))
			add_input(&sum, NULL, &other->influence[i], one_ns,
				  other_ns, by);
	run = BAND_RUN * hypot(own_ns(&one->result, by, ready_load_ns),
			       own_ns(&other->result, by, ready_load_ns));
	run = hypot(run, SPARED * fmin(one_ns, other_ns));
	add(&sum, -run);
	add(&sum, run);
	sum.low += sum.ns;
	sum.high += sum.ns;
	return sum;
}

/**
 * advice_apart - can the two be told apart?
 * @difference: of them
 *
 * Return: true if the band does not reach from one side of 0 to the other.
 */
bool advice_apart(struct difference difference)
{
	return difference.low > 0 || difference.high < 0;
}

/**
 * advice_pick - which one to take
 * @answer: one for each strategy, all of the same machine and load
 * @nr: how many, at least 1
 * @by: what decides
 * @ready_load_ns: what the load takes on memory that is ready
 * @tied: room for @nr: cannot be told from the first one
 * @first: the result: the first one, by what decides alone
 *
 * Where several cannot be told apart, the one that leaves the most memory
 * untouched is taken, and of those that leave as much, the first one.
 *
 * Return: its number.
 */
unsigned int advice_pick(const struct banded *answer, unsigned int nr,
			 enum advice_by by, double ready_load_ns, bool *tied,
			 unsigned int *first)
{
	const enum advice_by then = by == ADVICE_MEMORY ? ADVICE_LOAD :
							  ADVICE_MEMORY;
	unsigned int best = 0, pick, i;

	for (i = 1; i < nr; i++)
		if (advice_value(&answer[i].result, by) <
		    advice_value(&answer[best].result, by))
			best = i;
	*first = best;
	pick = best;
	for (i = 0; i < nr; i++) {
		struct difference d = advice_difference(&answer[best],
							&answer[i], by,
							ready_load_ns);

		tied[i] = !advice_apart(d);
		if (!tied[i])
			continue;
		d = advice_difference(&answer[pick], &answer[i], then,
				      ready_load_ns);
		if (d.high < 0)
			pick = i;
	}
	return pick;
}
