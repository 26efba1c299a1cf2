// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast are k writers that share one memory?
 *
 * A closed queueing network with one server and a delay: each writer works for
 * itself, then queues for the memory. Exact mean value analysis (Reiser and
 * Lavenberg, 1980) gives the bend that a plain minimum lacks: four threads give
 * less than four times one, because sometimes they meet at the memory. For one
 * writer and for very many it gives what the minimum does: the speed of one
 * alone, and that of the memory.
 */
#include <math.h>
#include "model/mva.h"

/* One more writer finds @queue others at the memory. Return: its slowdown. */
static double one_more(double alone_ns, double service_ns, unsigned int writers,
		       double *queue)
{
	/* Alone it is bound by a memory that is slower than itself. */
	double service = fmin(service_ns, alone_ns);
	double response = service * (1 + *queue);
	double turn = alone_ns - service + response;

	*queue = writers * response / turn;
	return turn / alone_ns;
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
	double queue = 0;
	unsigned int k;

	for (k = 1; k <= writers; k++)
		slowdown[k] = one_more(alone_ns, service_ns, k, &queue);
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
	double queue = 0, slowdown = 1;
	unsigned int k;

	for (k = 1; k <= writers; k++)
		slowdown = one_more(alone_ns, service_ns, k, &queue);
	return alone_ns * slowdown / writers;
}
