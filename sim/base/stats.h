/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_STATS_H
#define SIM_BASE_STATS_H

/* What repeated measurements of one thing say. */

double stats_quantile(const double *value, unsigned int nr, double quantile);
double stats_median(const double *value, unsigned int nr);
double stats_least(const double *value, unsigned int nr);
double stats_spread_pct(const double *value, unsigned int nr);

#endif /* SIM_BASE_STATS_H */
