/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_CLOCK_H
#define SIM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/**
 * clock_ns - a clock that never goes backwards
 *
 * Return: ns since some moment in the past.
 */
static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

#endif /* SIM_BASE_CLOCK_H */
