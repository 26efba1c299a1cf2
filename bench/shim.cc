// SPDX-License-Identifier: GPL-2.0-only
/* The whole of C++ in this project: Google Benchmark behind bench.h. */
#include <benchmark/benchmark.h>
#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <vector>
#include "bench.h"

struct bench_state {
	benchmark::State &state;
	const struct bench *bench;
	double ns;
	double pages;
};

extern "C" bool bench_next(struct bench_state *s)
{
	return s->state.KeepRunning();
}

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

extern "C" void bench_turns(struct bench_state *s, bench_fn subject,
			    bench_fn base, bench_fn bound, void *arg)
{
	const bench_fn fns[] = { subject, base, bound };
	const unsigned int nr = bound ? 3 : 2;
	std::vector<double> vs, of_bound;

	/* An iteration is a whole rotation: everybody was first once. */
	while (s->state.KeepRunning()) {
		double all = 0;

		for (unsigned int turn = 0; turn < nr; turn++) {
			double ns[3] = {};

			for (unsigned int i = 0; i < nr; i++) {
				unsigned int who = (turn + i) % nr;

				ns[who] = fns[who](arg);
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

extern "C" long bench_arg(const struct bench_state *s, int i)
{
	return s->state.range(i);
}

extern "C" void bench_counter(struct bench_state *s, const char *name,
			      double value)
{
	s->state.counters[name] = value;
}

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

int main(int argc, char **argv)
{
	bench_store();
	bench_extent();
	bench_drain();
	bench_alloc();
	bench_plan();
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	return 0;
}
