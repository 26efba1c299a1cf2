// SPDX-License-Identifier: GPL-2.0-only
/* memmap machine, memmap calibrate: machines as files. */
#include <argp.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "cli/cmd.h"
#include "host/yardstick.h"
#include "machine/machine.h"

static const char usage[] =
	"Usage: memmap machine [list]                 the library\n"
	"       memmap machine show SPEC              what a machine is and costs\n"
	"       memmap machine import SPEC            write it as a machine file (JSON)\n"
	"       memmap machine export SPEC [FORMAT]   FORMAT qemu: arguments of a guest of its\n"
	"                                             topology; hwloc: XML with bandwidths\n"
	"SPEC is a name of the library, a machine file (JSON), an hwloc XML file (with\n"
	"its attributes Bandwidth and Latency), the log of a kernel that booted there,\n"
	"a synthetic string, or \"this\" host.\n"
	"Everything is written to standard output.\n\n"
	"    lstopo m.xml && memmap machine import m.xml >m.json\n"
	"    memmap predict --machine m.json\n"
	"    qemu-system-x86_64 $(memmap machine export m.json) ...\n";

static unsigned long node_mib(const struct topology *topology, unsigned int nid)
{
	return topology_node_bytes(topology, nid) >> 20;
}

/* A guest of the same topology: sockets are nodes, memory by the megabyte. */
static void export_qemu(const struct topology *topology)
{
	unsigned long mib = 0;
	unsigned int i, cpu = 0;

	for (i = 0; i < topology->nr_nodes; i++) {
		cpu += topology->nodes[i].nr_cpus;
		mib += node_mib(topology, i);
	}
	printf("-smp %u -m %luM", cpu, mib);
	for (i = 0, cpu = 0; i < topology->nr_nodes; i++) {
		const struct topology_node *node = &topology->nodes[i];

		mib = node_mib(topology, i);
		if (mib)
			printf(" -object memory-backend-ram,id=m%u,size=%luM",
			       i, mib);
		printf(" -numa node,nodeid=%u", i);
		if (mib)
			printf(",memdev=m%u", i);
		if (node->nr_cpus)
			printf(",cpus=%u-%u", cpu, cpu + node->nr_cpus - 1);
		cpu += node->nr_cpus;
	}
	printf("\n");
}

int cmd_machines(int argc, char **argv)
{
	const char *format = argc == 4 ? argv[3] : "qemu";
	struct error error = { 0 };
	struct machine machine;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list"))) {
		if (machine_library_list(stdout, &error))
			cmd_fail(&error);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "show") && strcmp(argv[1], "import") &&
	    strcmp(argv[1], "export"))
		usage_error(
			"machine %s: want list, show, import or export; see 'memmap machine --help'",
			argv[1]);
	if (argc < 3 || argc > 3 + !strcmp(argv[1], "export"))
		usage_error(
			"machine %s: want one machine; see 'memmap machine --help'",
			argv[1]);
	if (strcmp(format, "qemu") && strcmp(format, "hwloc"))
		usage_error("machine export: format '%s': want qemu or hwloc",
			    format);
	cmd_machine(&machine, strcmp(argv[2], "this") ? argv[2] : NULL, NULL);
	if (!strcmp(argv[1], "show"))
		machine_show(&machine, stdout);
	else if (!strcmp(argv[1], "import"))
		machine_write(&machine, stdout);
	else if (strcmp(format, "hwloc"))
		export_qemu(machine.topology);
	else if (machine_write_hwloc(&machine, "-", &error))
		cmd_fail(&error);
	machine_free(&machine);
	return EXIT_SUCCESS;
}

#define RUNS 5

/* A page by the real initialiser; by mainline's two passes without @cmdline. */
static double page_ns(struct host *host, const char *cmdline,
		      unsigned int threads)
{
	struct cmd_strategy strategy;
	u64 start;

	host_reset(host);
	if (!cmdline)
		return (double)mainline_run(host, threads) / host_pages(host);
	cmd_parse_cmdline(&strategy, cmdline);
	host_boot_begin(host, &strategy.param);
	start = clock_ns();
	host_boot(host);
	host_wait(host);
	return (double)(clock_ns() - start) / host_pages(host);
}

/*
 * The best of some runs: all that is not the machine only adds. How far apart
 * they were is said beside it, for a busy machine measures its neighbours.
 */
static void measure(struct machine *machine, const char *cost, bool rate,
		    struct host *host, const char *cmdline,
		    unsigned int threads)
{
	double best = INFINITY, worst = 0;
	char source[128];
	unsigned int run;

	for (run = 0; run < RUNS; run++) {
		double ns = page_ns(host, cmdline, threads);

		best = fmin(best, ns);
		worst = fmax(worst, ns);
	}
	snprintf(source, sizeof(source),
		 "memmap calibrate, %s, %u thread%s; best of %u, the worst took %.0f %% longer",
		 cmdline ? cmdline + strlen("memmap_init=") :
			   "mainline's two passes",
		 threads, threads == 1 ? "" : "s", RUNS,
		 100 * (worst / best - 1));
	machine_set(machine, cost,
		    rate ? 64e9 / host_nr_zones(host) / best : best,
		    MACHINE_MEASURED, source);
}

static void nothing(void *arg, unsigned int cpu)
{
}

static void calibrate(struct machine *machine, struct host *host)
{
	unsigned int threads = host_threads(host), i;
	u64 start;

	cmd_progress("one thread", 0, 2);
	measure(machine, "page_cached_ns", false, host,
		"memmap_init=serial,store=cached", 1);
	measure(machine, "page_nt_ns", false, host,
		"memmap_init=serial,store=nt", 1);
	measure(machine, "page_mainline_ns", false, host, NULL, 1);
	cmd_progress("all threads", 1, 2);
	measure(machine, "node_cached_bytes_per_s", true, host,
		"memmap_init=async,store=cached", threads);
	measure(machine, "node_nt_bytes_per_s", true, host,
		"memmap_init=async,store=nt", threads);
	measure(machine, "node_mainline_bytes_per_s", true, host, NULL,
		threads);
	cmd_progress("", 1, 1);

	start = clock_ns();
	for (i = 0; i < 1000; i++)
		host_on_each_cpu(host, nothing, NULL);
	machine_set(machine, "wakeup_ns", (clock_ns() - start) / 1000.0,
		    MACHINE_MEASURED,
		    "memmap calibrate, wake all CPU threads and wait");
}

static error_t parse_calibrate(int key, char *arg, struct argp_state *state)
{
	const char **output = state->input;

	switch (key) {
	case 'o':
		*output = cmd_output_check("--output", arg);
		return 0;
	case ARGP_KEY_ARG:
		usage_error(
			"unexpected argument '%s'; to write a file: --output %s",
			arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_calibrate(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE.json", 0,
		  "write there instead of standard output, when all is measured",
		  0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_calibrate,
		.doc = "Measure this host with the real initialiser and write its machine file, for 'memmap predict --machine FILE.json'. Takes some seconds; how far repeated runs were apart stands beside each number, and on a busy host it says that.",
	};
	const char *output = NULL;
	struct error error = { 0 };
	struct machine machine;
	struct host *host;
	FILE *out;

	argp_parse(&argp, argc, argv, 0, NULL, &output);
	cmd_machine(&machine, NULL, NULL);
	free(machine.source);
	machine.source = strdup("memmap calibrate");
	host = host_create(machine.topology, omp_get_num_procs(), &error);
	if (!host)
		cmd_fail(&error);
	host_prefault(host);
	calibrate(&machine, host);
	host_destroy(host);
	out = cmd_output(output);
	machine_write(&machine, out);
	cmd_output_close(out, output);
	machine_free(&machine);
	return EXIT_SUCCESS;
}
