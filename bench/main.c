// SPDX-License-Identifier: GPL-2.0-only
/* All benchmarks, in the order of the table. */
#include "cases/cases.h"
#include "common.h"
#include "shim.h"

int main(int argc, char **argv)
{
	bench_threads_init();
	bench_store();
	bench_extent();
	bench_drain();
	bench_alloc();
	bench_plan();
	return bench_run(argc, argv);
}
