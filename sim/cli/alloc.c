// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap alloc: what does a user of memory notice?
 *
 * The same load on memory that is pristine (ondemand), being drained (async)
 * and ready (serial), in turn. Each allocation is touched as its user would:
 * the price of a pull stands beside the price of clearing what it gave.
 */
#include <argp.h>
#include <jansson.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "cli/cmd.h"
#include "base/hist.h"
#include "cli/report.h"
#include "base/version.h"
#include "host/buddy.h"

#define MAX_THREADS 4096

/**
 * struct mode - memory in one state
 * @name: for the table
 * @cmdline: how the machine boots; NULL: go on with what the last mode used
 *	and freed, which is initialised by now
 */
struct mode {
	const char *name;
	const char *cmdline;
};

/* The last one is ready memory, with which the others are compared. */
static const struct mode modes[] = {
	{ "pristine (ondemand)", "memmap_init=ondemand" },
	{ "draining (async)", "memmap_init=async" },
	{ "ready (serial)", "memmap_init=serial" },
};

/* For a machine whose memmap this host cannot hold. */
static const struct mode big_modes[] = {
	{ "pristine (ondemand)", "memmap_init=ondemand" },
	{ "ready (used once)", NULL },
};

struct options {
	const char *machine;
	const char *mem;
	const char *output;
	enum report_format format;
	unsigned int threads;
	unsigned int runs;
	unsigned int count;
	unsigned int order;
	bool touch;
	const struct mode *modes;
	unsigned int nr_modes;
};

/* One thread's part of one run. */
struct load {
	const struct options *options;
	struct host *host;
	struct page **page;
	struct zone **zone;
	struct hist *hist;
	unsigned int *done;
};

struct result {
	struct hist alloc;
	struct hist hold;
	double allocs_per_s;
	unsigned long failed;
	unsigned long pulled_pages;
};

static const struct argp_option argp_options[] = {
	{ "machine", 'm', "SPEC", 0, "as for 'memmap time'", 0 },
	{ "mem", 's', "SIZE", 0, "memory of the whole machine", 0 },
	{ "threads", 't', "N", 0,
	  "threads that allocate; default: this host's CPUs", 0 },
	{ "count", 'n', "N", 0, "allocations a thread; default 100000", 0 },
	{ "order", 'k', "N", 0, "2^N pages an allocation, 0 to 10; default 0",
	  0 },
	{ "runs", 'r', "N", 0, "rounds; default 3", 0 },
	{ "no-touch", 'x', NULL, 0, "allocate only, clear nothing", 0 },
	{ "format", 'f', "FORMAT", 0, "text or json", 0 },
	{ "output", 'o', "FILE", 0, "write there instead of standard output",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'm':
		o->machine = arg;
		return 0;
	case 's':
		o->mem = arg;
		return 0;
	case 't':
		o->threads = cmd_parse_count("--threads", arg, MAX_THREADS);
		return 0;
	case 'n':
		o->count = cmd_parse_count("--count", arg, 1 << 28);
		return 0;
	case 'k':
		if (strlen(arg) > 2 || arg[strspn(arg, "0123456789")] ||
		    !*arg || atoi(arg) > MAX_PAGE_ORDER)
			usage_error("--order '%s': want an order from 0 to %d",
				    arg, MAX_PAGE_ORDER);
		o->order = atoi(arg);
		return 0;
	case 'r':
		o->runs = cmd_parse_count("--runs", arg, 1000);
		return 0;
	case 'x':
		o->touch = false;
		return 0;
	case 'f':
		if (!report_format_parse(arg, &o->format) ||
		    o->format == REPORT_CSV)
			usage_error("--format '%s': want text or json", arg);
		return 0;
	case 'o':
		o->output = cmd_output_check("--output", arg);
		return 0;
	case ARGP_KEY_ARG:
		usage_error(
			"unexpected argument '%s'; options begin with --, see 'memmap alloc --help'",
			arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Nearest zone first, as a zonelist would have it, then round. */
static struct page *load_alloc(struct load *load, unsigned int cpu,
			       struct zone **zone)
{
	unsigned int nr = host_nr_zones(load->host), i;
	unsigned int first = (unsigned long)cpu * nr / load->options->threads;

	for (i = 0; i < nr; i++) {
		struct page *page;

		*zone = host_zone(load->host, (first + i) % nr);
		page = buddy_alloc(host_boot_state(load->host), *zone,
				   load->options->order, MIGRATE_MOVABLE);
		if (page)
			return page;
	}
	return NULL;
}

static void load_run(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	const struct options *o = load->options;
	size_t bytes = PAGE_SIZE << o->order;
	size_t at = (size_t)cpu * o->count;
	struct hist *hist = &load->hist[cpu];
	/* The memory itself is not there: one buffer stands for all of it. */
	char *content = o->touch ? malloc(bytes) : NULL;
	unsigned int i;

	for (i = 0; i < o->count; i++) {
		u64 start = clock_ns();

		load->page[at + i] = load_alloc(load, cpu, &load->zone[at + i]);
		hist_add(hist, clock_ns() - start);
		if (!load->page[at + i])
			break;
		if (content) {
			memset(content, i, bytes);
			/* The compiler must not think that nobody reads it. */
			asm volatile("" : : "r"(content) : "memory");
		}
	}
	load->done[cpu] = i;
	free(content);
}

static void load_free(void *arg, unsigned int cpu)
{
	struct load *load = arg;
	size_t at = (size_t)cpu * load->options->count;
	unsigned int i;

	for (i = 0; i < load->done[cpu]; i++)
		buddy_free(load->zone[at + i], load->page[at + i],
			   load->options->order);
}

static void boot(struct host *host, const char *cmdline)
{
	struct cmd_strategy strategy;

	cmd_parse_cmdline(&strategy, cmdline);
	host_reset(host);
	host_boot_begin(host, &strategy.param);
	host_boot(host);
}

static void run_mode(struct load *load, const struct mode *mode,
		     struct result *result)
{
	const struct options *o = load->options;
	unsigned long before, done = 0;
	unsigned int i;
	u64 start, end;

	if (mode->cmdline)
		boot(load->host, mode->cmdline);
	for (i = 0; i < host_nr_zones(load->host); i++)
		buddy_profile_begin(host_zone(load->host, i));

	memset(load->hist, 0, o->threads * sizeof(*load->hist));
	before = memmap_boot_pristine(host_boot_state(load->host));
	start = clock_ns();
	host_on_each_cpu(load->host, load_run, load);
	end = clock_ns();
	result->pulled_pages =
		before - memmap_boot_pristine(host_boot_state(load->host));

	for (i = 0; i < o->threads; i++) {
		hist_merge(&result->alloc, &load->hist[i]);
		done += load->done[i];
		result->failed += load->done[i] < o->count;
	}
	for (i = 0; i < host_nr_zones(load->host); i++)
		buddy_profile_end(host_zone(load->host, i), &result->hold);
	result->allocs_per_s += done * 1e9 / (end - start) / o->runs;
	host_on_each_cpu(load->host, load_free, load);
	host_wait(load->host);
}

static void print_text(const struct options *o, const struct result *result,
		       const char *machine, FILE *out)
{
	double ready = result[o->nr_modes - 1].allocs_per_s;
	unsigned int i;

	fprintf(out,
		"%s: %u threads, %u allocations of order %u each, %s; measured, %u runs\n\n",
		machine, o->threads, o->count, o->order,
		o->touch ? "cleared after" : "not touched", o->runs);
	fprintf(out, "%-22s %8s %8s %8s %9s %10s %9s %8s %8s %8s %12s\n",
		"memory", "p50 ns", "p99 ns", "p99.9 ns", "max ns", "alloc/s",
		"of ready", "hold p50", "p99", "max", "initialised");
	for (i = 0; i < o->nr_modes; i++) {
		const struct result *r = &result[i];

		fprintf(out,
			"%-22s %8lu %8lu %8lu %9lu %10.4g %8.2fx %8lu %8lu %8lu %12lu\n",
			o->modes[i].name, hist_quantile(&r->alloc, .5),
			hist_quantile(&r->alloc, .99),
			hist_quantile(&r->alloc, .999), r->alloc.max,
			r->allocs_per_s, r->allocs_per_s / ready,
			hist_quantile(&r->hold, .5),
			hist_quantile(&r->hold, .99), r->hold.max,
			r->pulled_pages);
	}
	fprintf(out,
		"\nhold: zone lock held, ns. initialised: pages, while the load ran.\n");
	for (i = 0; i < o->nr_modes; i++)
		if (result[i].failed)
			fprintf(out,
				"%s: memory ran out for %lu threads; use a smaller --count or a larger --mem\n",
				o->modes[i].name, result[i].failed);
}

static json_t *hist_json(const struct hist *hist)
{
	return json_pack("{sI sI sI sI}", "p50_ns",
			 (json_int_t)hist_quantile(hist, .5), "p99_ns",
			 (json_int_t)hist_quantile(hist, .99), "p99_9_ns",
			 (json_int_t)hist_quantile(hist, .999), "max_ns",
			 (json_int_t)hist->max);
}

static void print_json(const struct options *o, const struct result *result,
		       const char *machine, FILE *out)
{
	json_t *rows = json_array(), *root;
	unsigned int i;

	for (i = 0; i < o->nr_modes; i++)
		json_array_append_new(
			rows,
			json_pack("{ss ss? so so sf sI sI}", "memory",
				  o->modes[i].name, "cmdline",
				  o->modes[i].cmdline, "alloc",
				  hist_json(&result[i].alloc), "lock_hold",
				  hist_json(&result[i].hold), "allocs_per_s",
				  result[i].allocs_per_s, "pages_initialised",
				  (json_int_t)result[i].pulled_pages,
				  "threads_out_of_memory",
				  (json_int_t)result[i].failed));
	root = json_pack("{si ss ss ss si si si si so}", "schema_version", 1,
			 "tool_version", MEMMAP_VERSION, "label", "measured",
			 "machine", machine, "threads", (int)o->threads,
			 "count", (int)o->count, "order", (int)o->order, "runs",
			 (int)o->runs, "results", rows);
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
}

int cmd_alloc(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Threads allocate and clear memory while it is pristine, while it is being drained and when it is ready, in turn. Prints what an allocation costs and how long the zone lock is held.",
	};
	struct options o = {
		.runs = 3,
		.count = 100000,
		.touch = true,
		.threads = omp_get_num_procs(),
	};
	struct result *result = calloc(ARRAY_SIZE(modes), sizeof(*result));
	struct load load = { .options = &o };
	struct error error = { 0 };
	struct topology *topology;
	unsigned int run, i;
	size_t slots;
	bool fits;
	FILE *out;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	topology = cmd_topology(o.machine, o.mem);
	fits = topology_pages(topology) * sizeof(struct page) <=
	       cmd_free_bytes() / 4 * 3;
	o.modes = fits ? modes : big_modes;
	o.nr_modes = fits ? ARRAY_SIZE(modes) : ARRAY_SIZE(big_modes);
	slots = (size_t)o.threads * o.count;
	if (slots * (sizeof(*load.page) + sizeof(*load.zone)) >
	    cmd_free_bytes() / 4)
		usage_error(
			"--count '%u' with %u threads: more than this host can keep account of; use a smaller one",
			o.count, o.threads);

	load.page = calloc(slots, sizeof(*load.page));
	load.zone = calloc(slots, sizeof(*load.zone));
	load.hist = calloc(o.threads, sizeof(*load.hist));
	load.done = calloc(o.threads, sizeof(*load.done));
	if (!result || !load.page || !load.zone || !load.hist || !load.done)
		abort();
	load.host = host_create(topology, o.threads, &error);
	if (!load.host)
		cmd_fail(&error);
	if (fits)
		host_prefault(load.host);

	for (run = 0; run < o.runs; run++) {
		for (i = 0; i < o.nr_modes; i++) {
			cmd_progress(o.modes[i].name, run * o.nr_modes + i,
				     o.runs * o.nr_modes);
			run_mode(&load, &o.modes[i], &result[i]);
		}
	}
	cmd_progress("", 1, 1);

	out = cmd_output(o.output);
	if (o.format == REPORT_JSON)
		print_json(&o, result, topology->name, out);
	else
		print_text(&o, result, topology->name, out);
	cmd_output_close(out, o.output);
	host_destroy(load.host);
	topology_free(topology);
	free(load.page);
	free(load.zone);
	free(load.hist);
	free(load.done);
	free(result);
	return EXIT_SUCCESS;
}
