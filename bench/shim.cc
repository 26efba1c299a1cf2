// SPDX-License-Identifier: GPL-2.0-only
/* The whole of C++ in this project: Google Benchmark behind bench.h. */
#include <benchmark/benchmark.h>
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

extern "C" long bench_arg(const struct bench_state *s, int i)
{
	return s->state.range(i);
}

extern "C" void bench_counter(struct bench_state *s, const char *name,
			      double value)
{
	s->state.counters[name] = value;
}

extern "C" void bench_skip(struct bench_state *s, const char *why)
{
	s->state.SkipWithError(why);
}

extern "C" void bench_pages(struct bench_state *s, double pages)
{
	s->pages = pages;
}

static void run(benchmark::State &state, const struct bench *bench)
{
	struct bench_state s = { state, bench, 0, 0 };

	bench->run(&s);
	state.SetLabel(bench->versus);
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
