// SPDX-License-Identifier: GPL-2.0-only
/* All the C++ of this project: Google Benchmark behind shim.h. */
#include <benchmark/benchmark.h>
#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <vector>
#include "shim.h"

struct bench_state {
	benchmark::State &state;
	const struct bench *bench;
	double ns;
	double pages;
};

/**
 * bench_next - go on with another iteration?
 * @s: of the benchmark that runs
 *
 * Return: true as long as Google Benchmark wants more.
 */
extern "C" bool bench_next(struct bench_state *s)
{
	return s->state.KeepRunning();
}

/**
 * bench_time - what an iteration took; only of a benchmark that is manual
 * @s: of the benchmark that runs
 * @ns: the time
 */
extern "C" void bench_time(struct bench_state *s, uint64_t ns)
{
	s->state.SetIterationTime(ns / 1e9);
	s->ns += ns;
}

static double median(std::vector<double> &values)
{
	size_t half = values.size() / 2;

	std::sort(values.begin(), values.end());
	return values.size() % 2 ? values[half] :
				   (values[half - 1] + values[half]) / 2;
}

/**
 * bench_turns - run all iterations, each in turns of two or three functions
 * @s: of the benchmark that runs
 * @subject: what is measured; its mean is the iteration's time
 * @base: what it is compared with
 * @bound: what it cannot be faster than; may be NULL
 * @arg: for all of them
 *
 * The order rotates, so that a slow moment of the host hits all alike. The
 * counters are medians over the turns: "vs", how many times as fast as @base
 * the subject is; "of_bound", the share of its time that @bound takes.
 */
extern "C" void bench_turns(struct bench_state *s, bench_fn subject,
			    bench_fn base, bench_fn bound, void *arg)
{
	const bench_fn fns[] = { subject, base, bound };
	const unsigned int nr = bound ? 3 : 2;
	std::vector<double> vs, of_bound;

	/* An iteration is a whole rotation: each function is first once. */
	while (s->state.KeepRunning()) {
		double all = 0;

		for (unsigned int turn = 0; turn < nr; turn++) {
			double ns[3] = {};

			for (unsigned int i = 0; i < nr; i++) {
				unsigned int next = (turn + i) % nr;

				ns[next] = fns[next](arg);
			}
			all += ns[0];
			vs.push_back(ns[1] / ns[0]);
			of_bound.push_back(ns[2] / ns[0]);
		}
		bench_time(s, all / nr);
	}
	s->state.counters["vs"] = median(vs);
	if (bound)
		s->state.counters["of_bound"] = median(of_bound);
}

/**
 * bench_arg - the value of an argument in this run
 * @s: of the benchmark that runs
 * @i: which of the lists in struct bench
 *
 * Return: one of that list's values.
 */
extern "C" long bench_arg(const struct bench_state *s, int i)
{
	return s->state.range(i);
}

/**
 * bench_counter - a figure of its own in the table
 * @s: of the benchmark that runs
 * @name: the column
 * @value: the figure
 */
extern "C" void bench_counter(struct bench_state *s, const char *name,
			      double value)
{
	s->state.counters[name] = value;
}

/**
 * bench_pages - show ns a page and bytes a second
 * @s: of the benchmark that runs
 * @pages: struct pages that one iteration writes
 */
extern "C" void bench_pages(struct bench_state *s, double pages)
{
	s->pages = pages;
}

static void run(benchmark::State &state, const struct bench *bench)
{
	struct bench_state s = { state, bench, 0, 0 };
	static unsigned int runs;

	/* Interleaved repetitions print nothing before the last one. */
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rrun %u: %-30s\r", ++runs, bench->name);
	bench->run(&s);
	state.SetLabel(bench->versus);
	if (bench->grows)
		state.SetComplexityN(state.range(0));
	if (s.pages) {
		double all = s.pages * state.iterations();

		state.SetBytesProcessed(all * 64);
		if (bench->manual)
			state.counters["ns_per_page"] = s.ns / all;
	}
}

/**
 * bench_register - add a benchmark to the list
 * @bench: must not go away
 */
extern "C" void bench_register(const struct bench *bench)
{
	auto *b = benchmark::RegisterBenchmark(bench->name, run, bench);
	std::vector<std::vector<int64_t>> lists;

	for (const long *list : bench->args) {
		std::vector<int64_t> values;

		for (; list && *list != -1; list++)
			values.push_back(*list);
		if (!values.empty())
			lists.push_back(values);
	}
	if (!lists.empty())
		b->ArgsProduct(lists);
	if (bench->manual)
		b->UseManualTime();
	if (bench->grows)
		b->Complexity();
}

/**
 * bench_run - run what the command line chooses of all that is registered
 * @argc: main()'s
 * @argv: main()'s
 *
 * Return: an exit status.
 */
extern "C" int bench_run(int argc, char **argv)
{
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	return 0;
}
