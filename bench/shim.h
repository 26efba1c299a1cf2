/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_SHIM_H
#define BENCH_SHIM_H

/*
 * Google Benchmark for C: shim.cc is all the C++ there is, and knows none of
 * the benchmarks.
 *
 *	main.c    list of the cases, main()
 *	cases/    benchmarks; each file registers its own
 *	common.c  what they share: a machine of one node, and its threads
 *	shim.cc   Google Benchmark
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

/**
 * typedef bench_fn - something to time
 * @arg: as given to bench_turns()
 *
 * Return: ns that it took.
 */
typedef uint64_t (*bench_fn)(void *arg);

void bench_register(const struct bench *bench);
int bench_run(int argc, char **argv);

bool bench_next(struct bench_state *state);
void bench_time(struct bench_state *state, uint64_t ns);
void bench_turns(struct bench_state *state, bench_fn subject, bench_fn base,
		 bench_fn bound, void *arg);
long bench_arg(const struct bench_state *state, int i);
void bench_counter(struct bench_state *state, const char *name, double value);
void bench_pages(struct bench_state *state, double pages);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_SHIM_H */
