/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_HIST_H
#define SIM_BASE_HIST_H

/*
 * A histogram of times: 16 buckets a power of two, so a quantile is at most
 * 6 % off at any scale, and merging two is an addition.
 */
#include <stdint.h>

#define HIST_SUB 16
/* The first 16 values have one each, the 60 powers of two above 16 each. */
#define HIST_BUCKETS (61 * HIST_SUB)

/**
 * struct hist - how often each time was seen
 * @count: times added
 * @max: the longest
 * @bucket: how many, by hist_index()
 *
 * All of it is 0 to begin with.
 */
struct hist {
	uint64_t count;
	uint64_t max;
	uint64_t bucket[HIST_BUCKETS];
};

/**
 * hist_index - the bucket of a time
 * @ns: the time
 *
 * Return: less than HIST_BUCKETS.
 */
static inline unsigned int hist_index(uint64_t ns)
{
	unsigned int shift;

	if (ns < HIST_SUB)
		return ns;
	shift = 59 - __builtin_clzll(ns);
	return (shift + 1) * HIST_SUB + ((ns >> shift) & (HIST_SUB - 1));
}

/**
 * hist_add - add a time
 * @hist: the histogram
 * @ns: the time
 */
static inline void hist_add(struct hist *hist, uint64_t ns)
{
	hist->count++;
	if (ns > hist->max)
		hist->max = ns;
	hist->bucket[hist_index(ns)]++;
}

/**
 * hist_merge - add all times of another histogram
 * @to: added to
 * @from: the other one
 */
static inline void hist_merge(struct hist *to, const struct hist *from)
{
	unsigned int i;

	to->count += from->count;
	if (from->max > to->max)
		to->max = from->max;
	for (i = 0; i < HIST_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

/**
 * hist_quantile - the time that a part of all times is shorter than
 * @hist: the histogram
 * @quantile: that part, 0 to 1
 *
 * Return: the smallest time of the bucket in which the quantile falls; the
 * longest time where @quantile is 1.
 */
static inline uint64_t hist_quantile(const struct hist *hist, double quantile)
{
	uint64_t rank = quantile * hist->count, seen = 0;
	unsigned int i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		seen += hist->bucket[i];
		if (seen > rank)
			break;
	}
	if (i < HIST_SUB || i == HIST_BUCKETS)
		return i < HIST_SUB ? i : hist->max;
	return (uint64_t)(HIST_SUB + i % HIST_SUB) << (i / HIST_SUB - 1);
}

#endif /* SIM_BASE_HIST_H */
