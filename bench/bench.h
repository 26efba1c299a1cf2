/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/*
 * Google Benchmark for C. shim.cc is the only C++; every benchmark is C.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bench_state;

/**
 * struct bench - a benchmark
 * @name: as in the table
 * @run: its body: while (bench_next()) ..., or bench_turns()
 * @versus: what it is compared with; becomes the label
 * @args: lists of values, each ended by -1; all combinations run; may be NULL
 * @manual: @run tells each iteration's time, as bench_turns() does
 * @grows: fit the time's growth in the first argument; at most n log n wanted
 */
struct bench {
	const char *name;
	void (*run)(struct bench_state *state);
	const char *versus;
	const long *args[2];
	bool manual;
	bool grows;
};

/* Returns ns. */
typedef uint64_t (*bench_fn)(void *arg);

void bench_register(const struct bench *bench);

bool bench_next(struct bench_state *state);
void bench_time(struct bench_state *state, uint64_t ns);
/*
 * All iterations: in each @subject, @base, and @bound when it is not NULL, take
 * turns in an order that rotates, so that a slow moment of the host is
 * everybody's. The iteration's time is @subject's mean. The counters are medians over the turns: "vs", how many times as
 * fast as @base; "of_bound", @bound's share of the time.
 */
void bench_turns(struct bench_state *state, bench_fn subject, bench_fn base,
		 bench_fn bound, void *arg);
long bench_arg(const struct bench_state *state, int i);
void bench_counter(struct bench_state *state, const char *name, double value);
/* Pages handled by one iteration: gives ns_per_page and bytes_per_second. */
void bench_pages(struct bench_state *state, double pages);

void bench_store(void);
void bench_extent(void);
void bench_drain(void);
void bench_alloc(void);
void bench_plan(void);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_BENCH_H */
