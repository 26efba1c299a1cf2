// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "base/stats.h"

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * stats_quantile - the value below which a share of the values lie
 * @value: the values, in any order; NAN: was not measured, and does not count
 * @nr: how many
 * @quantile: the share, 0 to 1
 *
 * Return: the quantile, on the line between two values where it falls between
 * them; NAN of nothing.
 */
double stats_quantile(const double *value, unsigned int nr, double quantile)
{
	double *sorted = xcalloc(nr, sizeof(*sorted)), at, result = NAN;
	unsigned int i, known = 0;

	for (i = 0; i < nr; i++)
		if (!isnan(value[i]))
			sorted[known++] = value[i];
	if (known) {
		qsort(sorted, known, sizeof(*sorted), compare);
		at = quantile * (known - 1);
		i = at;
		result = sorted[i];
		if (i + 1 < known)
			result += (at - i) * (sorted[i + 1] - sorted[i]);
	}
	free(sorted);
	return result;
}

/**
 * stats_median - the value in the middle
 * @value: as in stats_quantile()
 * @nr: as there
 */
double stats_median(const double *value, unsigned int nr)
{
	return stats_quantile(value, nr, .5);
}

/**
 * stats_least - the smallest value
 * @value: as in stats_quantile()
 * @nr: as there
 */
double stats_least(const double *value, unsigned int nr)
{
	return stats_quantile(value, nr, 0);
}

/**
 * stats_spread_pct - how far apart are the values?
 * @value: as in stats_quantile()
 * @nr: as there
 *
 * The half of the values that lies in the middle, as a share of the median: a
 * single disturbed run among many moves neither, as long as most agree.
 *
 * Return: in per cent; NAN of fewer than two values.
 */
double stats_spread_pct(const double *value, unsigned int nr)
{
	unsigned int i, known = 0;

	for (i = 0; i < nr; i++)
		known += !isnan(value[i]);
	if (known < 2)
		return NAN;
	return 100 *
	       (stats_quantile(value, nr, .75) -
		stats_quantile(value, nr, .25)) /
	       stats_median(value, nr);
}
