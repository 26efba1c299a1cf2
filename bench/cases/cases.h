/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_CASES_CASES_H
#define BENCH_CASES_CASES_H

/* Each registers the benchmarks of its file. */
void bench_store(void);
void bench_extent(void);
void bench_drain(void);
void bench_alloc(void);
void bench_plan(void);

#endif /* BENCH_CASES_CASES_H */
