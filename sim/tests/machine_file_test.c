// SPDX-License-Identifier: GPL-2.0-only
/* Machine files and synthetic strings: what is read is what was written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <hwloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "machine/internal.h"
#include "machine/read_hwloc.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Load a machine file that holds @text. */
static int load(struct machine *machine, const char *text, struct error *error)
{
	char path[] = "/tmp/machine_file_test_XXXXXX.json";
	int fd = mkstemps(path, 5), result;
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	result = machine_load(machine, path, NULL, error);
	unlink(path);
	return result;
}

/* Write a machine and read it back. */
static void there_and_back(struct machine *machine, struct machine *back)
{
	struct error error = { 0 };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	machine_write(machine, out);
	fclose(out);
	assert_int_equal(load(back, text, &error), 0);
	free(text);
}

static void assert_same_topology(const struct topology *a,
				 const struct topology *b)
{
	unsigned int i;

	assert_int_equal(a->nr_nodes, b->nr_nodes);
	assert_int_equal(a->page_shift, b->page_shift);
	assert_int_equal(a->end_pfn, b->end_pfn);
	for (i = 0; i < a->nr_nodes; i++) {
		assert_int_equal(a->nodes[i].id, b->nodes[i].id);
		assert_int_equal(a->nodes[i].nr_cpus, b->nodes[i].nr_cpus);
		assert_int_equal(a->nodes[i].nr_cores, b->nodes[i].nr_cores);
		assert_int_equal(a->nodes[i].nr_ranges, b->nodes[i].nr_ranges);
		assert_memory_equal(a->nodes[i].ranges, b->nodes[i].ranges,
				    a->nodes[i].nr_ranges *
					    sizeof(struct pfn_range));
	}
}

/* A node of @nr ranges, each a page of 4 KiB with a hole behind it. */
static char *many_ranges(unsigned int nr)
{
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);
	unsigned int i;

	fprintf(out,
		"{\"name\": \"x\", \"nodes\": [{\"cpus\": 2, \"ranges\": [");
	for (i = 0; i < nr; i++)
		fprintf(out, "%s{\"start_bytes\": %u, \"bytes\": 4096}",
			i ? ", " : "", i * 8192);
	fprintf(out, "]}]}");
	fclose(out);
	return text;
}

/*
 * Scenario: a node of 3000 ranges. Expect: all of them, also when written and
 * read back.
 */
static void ranges_without_a_limit(void **state)
{
	struct machine machine, back;
	char *text = many_ranges(3000);
	struct error error = { 0 };

	assert_int_equal(load(&machine, text, &error), 0);
	assert_int_equal(machine.topology->nodes[0].nr_ranges, 3000);
	assert_int_equal(topology_pages(machine.topology), 3000);
	there_and_back(&machine, &back);
	assert_same_topology(machine.topology, back.topology);
	machine_free(&machine);
	machine_free(&back);
	free(text);
}

/* Scenario: 500 reserved pages within one range. Expect: 501 ranges. */
static void reserved_cuts_without_a_limit(void **state)
{
	struct machine machine;
	struct error error = { 0 };
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);
	unsigned int i;

	fprintf(out,
		"{\"name\": \"x\", \"nodes\": [{\"cpus\": 2, \"ranges\": [{\"start_bytes\": 0, \"bytes\": 1073741824}]}], \"reserved\": [");
	for (i = 1; i <= 500; i++)
		fprintf(out, "%s{\"start_bytes\": %u, \"bytes\": 1}",
			i > 1 ? ", " : "", (i * 37 % 501) * 65536);
	fprintf(out, "]}");
	fclose(out);
	assert_int_equal(load(&machine, text, &error), 0);
	assert_int_equal(machine.topology->nodes[0].nr_ranges, 501);
	assert_int_equal(topology_pages(machine.topology), (1 << 18) - 500);
	for (i = 1; i < 501; i++)
		assert_int_equal(machine.topology->nodes[0].ranges[i].start_pfn,
				 i * 16 + 1);
	machine_free(&machine);
	free(text);
}

/*
 * Scenario: pages of 64 KiB, nodes 0 and 8 with a link. Expect: a sixteenth of
 * the pages, the numbers, and the same once more when written and read.
 */
static void large_pages_and_gaps(void **state)
{
	static const char text[] =
		"{\"name\": \"p\", \"page_bytes\": 65536, \"nodes\": ["
		"{\"cpus\": 4, \"mem_bytes\": 1073741824},"
		"{\"id\": 8, \"cpus\": 4, \"mem_bytes\": 2147483648}],"
		"\"links\": [{\"from\": 0, \"to\": 8, \"bytes_per_s\": 1e9,"
		" \"latency_ns\": 5}]}";
	struct machine machine, back;
	struct error error = { 0 };

	assert_int_equal(load(&machine, text, &error), 0);
	assert_int_equal(topology_pages(machine.topology), 3 << 14);
	assert_int_equal(topology_bytes(machine.topology), 3L << 30);
	assert_int_equal(machine.topology->nodes[1].id, 8);
	assert_int_equal(machine.costs.net.link[0].to, 1);
	there_and_back(&machine, &back);
	assert_same_topology(machine.topology, back.topology);
	assert_int_equal(back.costs.net.link[0].to, 1);
	machine_free(&machine);
	machine_free(&back);
}

static double cost(struct machine *machine, const char *name)
{
	unsigned int i;

	for (i = 0; strcmp(machine_cost_name(i), name); i++)
		;
	return *machine_cost_value(machine, i);
}

/*
 * Scenario: one cost, as a bare number. Expect: those that follow from it do
 * follow from it, as if it said where it comes from.
 */
static void bare_number_is_given(void **state)
{
	static const char *const costs[] = { "3.6", "{\"value\": 3.6}",
					     ("{\"value\": 3.6, \"label\": "
					      "\"measured\"}") };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(costs); i++) {
		struct machine machine;
		struct error error = { 0 };
		char text[256];

		snprintf(text, sizeof(text),
			 "{\"name\": \"x\", \"nodes\": [{\"cpus\": 2, \"mem_bytes\": 4194304}], \"costs\": {\"page_nt_ns\": %s, \"node_nt_bytes_per_s\": 100e9}}",
			 costs[i]);
		assert_int_equal(load(&machine, text, &error), 0);
		assert_float_equal(cost(&machine, "page_nt_ns"), 3.6, 1e-9);
		assert_float_equal(cost(&machine, "page_cached_ns"), 8.8, 1e-9);
		assert_float_equal(cost(&machine, "page_mainline_ns"), 10.2,
				   1e-9);
		assert_float_equal(cost(&machine, "node_cached_bytes_per_s"),
				   50e9, 1);
		assert_float_equal(cost(&machine, "node_mainline_bytes_per_s"),
				   50e9, 1);
		machine_free(&machine);
	}
}

/* A machine file that is refused, because of @why. Return: the line of it. */
static unsigned int refused(const char *text, const char *why)
{
	struct machine machine;
	struct error error = { 0 };
	unsigned int line;

	assert_int_equal(load(&machine, text, &error), -1);
	if (!strstr(error.text, why))
		fail_msg("%s: %s", text, error.text);
	line = error.line;
	error_free(&error);
	machine_free(&machine);
	return line;
}

/* Scenario: nothing where something is due. Expect: an error that says what. */
static void memory_that_is_not_there(void **state)
{
	static const struct {
		const char *nodes;
		const char *text;
	} cases[] = {
		{ "{\"cpus\": 0, \"mem_bytes\": 0}, {\"cpus\": 1, \"mem_bytes\": 4096}",
		  "nodes[0]: \"mem_bytes\": 0, and no CPUs" },
		{ "{\"cpus\": 0}, {\"cpus\": 1, \"mem_bytes\": 4096}",
		  "nodes[0]: neither CPUs nor memory" },
		{ "{\"cpus\": 4, \"mem_bytes\": 0}", "no node has memory" },
		{ "{\"cpus\": 4, \"mem_bytes\": 4096, \"ranges\": []}",
		  "not both" },
		{ "{\"cpus\": 1, \"mem_bytes\": 4096}, {\"id\": 0, \"cpus\": 1, \"mem_bytes\": 4096}",
		  "both have number 0" },
		/* These are right. */
		{ "{\"cpus\": 4, \"mem_bytes\": 0}, {\"cpus\": 0, \"mem_bytes\": 4096}",
		  NULL },
		{ "{\"cpus\": 4}, {\"cpus\": 0, \"mem_bytes\": 4096}", NULL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine machine;
		struct error error = { 0 };
		char text[256];

		snprintf(text, sizeof(text),
			 "{\"name\": \"x\", \"nodes\": [%s]}", cases[i].nodes);
		if (cases[i].text) {
			refused(text, cases[i].text);
			continue;
		}
		assert_int_equal(load(&machine, text, &error), 0);
		machine_free(&machine);
	}
}

/*
 * Scenario: memory that arrives later, of nodes that have other memory and of one
 * that has none. Expect: in the order of time, behind all other memory, and the
 * same once more when written and read.
 */
static void memory_that_arrives_later(void **state)
{
	static const char text[] =
		"{\"name\": \"x\", \"nodes\": ["
		"{\"count\": 2, \"cpus\": 1, \"mem_bytes\": 1073741824,"
		" \"hot_add\": [{\"bytes\": 268435456, \"at_ns\": 7e9}]},"
		"{\"cpus\": 0, \"hot_add\":"
		" [{\"bytes\": 134217728, \"at_ns\": 1.5e9}]}]}";
	static const unsigned int node[] = { 2, 0, 1 },
				  sections[] = { 1, 2, 2 };
	struct machine machine, back;
	struct error error = { 0 };
	unsigned long at = 0;
	unsigned int i;

	assert_int_equal(load(&machine, text, &error), 0);
	assert_int_equal(topology_pages(machine.topology), 1 << 19);
	assert_int_equal(topology_plug_pages(machine.topology), 5 << 15);
	assert_int_equal(machine.topology->nr_plugs, 3);
	for (i = 0; i < 3; i++) {
		const struct topology_plug *plug = &machine.topology->plug[i];

		assert_int_equal(plug->node, node[i]);
		assert_int_equal(plug->range.end_pfn - plug->range.start_pfn,
				 sections[i] << 15);
		assert_true(plug->at_ns == (i ? 7e9 : 1.5e9));
		assert_true(!i || plug->range.start_pfn == at);
		at = plug->range.end_pfn;
	}
	assert_int_equal(machine.topology->end_pfn, at);
	there_and_back(&machine, &back);
	assert_same_topology(machine.topology, back.topology);
	assert_memory_equal(machine.topology->plug, back.topology->plug,
			    3 * sizeof(struct topology_plug));
	/* Other memory before: it lies elsewhere, and is as much. */
	assert_int_equal(topology_set_memory(back.topology, 64UL << 30), 0);
	assert_int_equal(topology_plug_pages(back.topology), 5 << 15);
	assert_true(back.topology->plug[0].range.start_pfn >= 16UL << 20);
	machine_free(&machine);
	machine_free(&back);
}

/* Scenario: hot-added memory that cannot be. Expect: line, place and remedy. */
static void memory_that_cannot_arrive(void **state)
{
	static const struct {
		const char *list;
		const char *text;
	} cases[] = {
		{ "5", "nodes[0]: \"hot_add\": want a list" },
		{ "[5]", "nodes[0]: want an object" },
		{ "[{\"bytes\": 4096, \"at_ns\": 0}]",
		  "entry 0: want a multiple of a section, 128 MiB" },
		{ "[{\"bytes\": 0, \"at_ns\": 0}]", "entry 0: want a multiple" },
		{ "[{\"bytes\": 134217728}]", "\"at_ns\": nothing: want" },
		{ "[{\"bytes\": 134217728, \"at_ns\": -1}]",
		  "\"at_ns\": -1: want a number from 0" },
		{ "[{\"bytes\": 134217728, \"at_ns\": 1e15}]",
		  "want a number from 0 to 8.64e+13" },
		{ "[{\"bytes\": 134217728, \"at_ns\": 0, \"at\": 1}]",
		  "unknown key \"at\"" },
		{ "[{\"bytes\": 1125899906842624, \"at_ns\": 0}]",
		  "more than 1 PiB" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[256];

		snprintf(text, sizeof(text),
			 "{\"name\": \"x\", \"nodes\": [{\"cpus\": 1,\n\"mem_bytes\": 4096, \"hot_add\":\n%s}]}",
			 cases[i].list);
		assert_in_range(refused(text, cases[i].text), 1, 3);
	}
}

/* Scenario: something wrong on one line of many. Expect: that line. */
static void errors_have_lines(void **state)
{
	static const char head[] =
		"{\n\"name\": \"a \\\"nodes\\\": [{ }] name\",\n\"nodes\": [\n";
	static const struct {
		const char *rest;
		unsigned int line;
	} cases[] = {
		{ "{\"cpus\": 1, \"mem_bytes\": 4096},\n{\"cpus\": 1,\n\"mem_bytes\": 5}]}",
		  6 },
		{ "{\"cpus\": 1, \"mem_bytes\": 4096},\n{\"mem_bytes\": 4096,\n\"cpus\":\n-1}]}",
		  7 },
		{ "{\"cpus\": 1, \"ranges\": [{\"start_bytes\": 0,\n\"bytes\": 4096}]},\n{\"mem_bytes\": 4096,\n\"cups\": 1}]}",
		  7 },
		{ "{\"cpus\": 1, \"mem_bytes\": 4096}],\n\"costs\": {\n\"ipi_ns\": 1,\n\"lock_ns\": -1}}",
		  7 },
		{ "{\"cpus\": 1, \"mem_bytes\": 4096}],\n\"links\": [\n{\"from\": 0, \"to\": 0,\n\"bytes_per_s\": 1, \"latency_ns\": 1}]}",
		  6 },
		{ "{\"cpus\": 1, \"mem_bytes\": 4096}],\n\"early\": 3}", 5 },
		/* Found by jansson. */
		{ "{\"cpus\": 1,\n\"mem_bytes\" 4096}]}", 5 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine machine;
		struct error error = { 0 };
		char text[512];

		snprintf(text, sizeof(text), "%s%s", head, cases[i].rest);
		assert_int_equal(load(&machine, text, &error), -1);
		if (error.line != cases[i].line)
			fail_msg("case %u: line %u: %s", i, error.line,
				 error.text);
		error_free(&error);
		machine_free(&machine);
	}
}

/* The same string by hwloc alone, every core and cache of it. */
static struct topology *whole_string(const char *spec)
{
	const struct hwloc_scale scale = { 1, 1 };
	hwloc_topology_t hw = hwloc_new();
	struct error error = { 0 };
	struct topology *topology;

	assert_int_equal(hwloc_topology_set_synthetic(hw, spec), 0);
	assert_int_equal(hwloc_topology_load(hw), 0);
	topology = topology_from_hwloc(hw, spec, &scale, &error);
	hwloc_topology_destroy(hw);
	return topology;
}

/* Scenario: strings of all kinds. Expect: cut short, they are the same. */
static void short_strings_are_the_same(void **state)
{
	static const char *const specs[] = {
		"pack:4 [numa(memory=16GiB)] core:8 pu:1",
		"pack:2 [numa(memory=1GiB)] die:2 l3:2(size=32MB) core:3 pu:2",
		"[numa(memory=1GiB)] pack:2 core:3 pu:2",
		"pack:2 [numa(memory=1GiB)] group:3 [numa(memory=2GiB)] core:2 pu:2",
		"pack:2[numa(memory=1GiB)] l2:3 pu:2",
		"numa:2(memory=1GiB) core:4 pu:2",
		"NUMANode:3 pack:1 pu:4",
		"pack:2 core:2 [numa(memory=1GiB)] pu:3",
		"pack:2 pu:2 [numa(memory=1GiB)]",
		"core:5 pu:2",
		"  pack:2   pu:4 ",
		"3 4 5",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		struct error error = { 0 };
		struct topology *whole = whole_string(specs[i]);
		struct topology *cut = topology_read_synthetic(specs[i],
							       &error);

		assert_non_null(cut);
		assert_same_topology(whole, cut);
		topology_free(whole);
		topology_free(cut);
	}
}

/*
 * Scenario: a mesh of many nodes, again and again. Expect: an error, not a
 * machine that fills the memory.
 */
static void links_have_a_limit(void **state)
{
	static const char mesh[] =
		"{\"from\": \"each\", \"to\": \"each\", \"bytes_per_s\": 1e9, \"latency_ns\": 1}";
	char text[1024];

	snprintf(text, sizeof(text),
		 "{\"name\": \"x\", \"nodes\": [{\"count\": 1024, \"cpus\": 1, \"mem_bytes\": 134217728}],\n"
		 "\"links\": [\n%s,\n%s,\n%s]}",
		 mesh, mesh, mesh);
	assert_int_equal(refused(text, "links"), 5);
}

/*
 * Scenario: what hwloc takes and reads in another way than people do. Expect:
 * refused at once.
 */
static void odd_strings_are_refused(void **state)
{
	static const char *const specs[] = {
		"pack: 2 pu:2",
		"pack:\t2 pu:2",
		"pack:\v2 pu:2",
		"pack:\r2 pu:2",
		"pu:010",
		"numa:2 pu:0x10",
		"pack:2 [numa(memory=1GiB)! [numa(memory=1[numa(memory=1MiB)] core:9999 pu:2",
		"pack:2 [numa(memory=1GiB) [numa]] core:9999 pu:2",
		"pack:2 [numa(memory=1GiB)]core:9999 pu:2",
		"pack:2(x(y)) pu:2",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		struct error error = { 0 };

		assert_null(topology_read_synthetic(specs[i], &error));
		error_free(&error);
	}
}

/*
 * Scenario: all memory that a machine may have, on several nodes, each from a
 * section on. Expect: what was written can be read.
 */
static void most_memory_there_and_back(void **state)
{
	struct error error = { 0 };
	struct machine machine, back;

	assert_int_equal(machine_load(&machine, "numa:4(memory=256TiB) pu:2",
				      NULL, &error),
			 0);
	there_and_back(&machine, &back);
	assert_same_topology(machine.topology, back.topology);
	machine_free(&machine);
	machine_free(&back);
}

/* Scenario: strings too large. Expect: an error at once, not in an hour. */
static void long_strings_are_refused(void **state)
{
	static const char *const specs[] = {
		"core:100000 pu:100000",
		"pack:4096 [numa(memory=2GiB)] [numa(memory=1GiB)] core:7 pu:2",
		"pack:16384 [numa(memory=1GiB)] pu:1",
		"core:16384 [numa(memory=1GiB)] pu:1",
		"2 8192",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		struct error error = { 0 };

		assert_null(topology_read_synthetic(specs[i], &error));
		error_free(&error);
	}
}

/* Scenario: 16384 CPUs. Expect: all of them, in a moment of CPU time. */
static void thousands_of_cpus_take_no_time(void **state)
{
	static const char *const specs[] = {
		"[numa(memory=64GiB)] core:16384 pu:1",
		"pack:4 [numa(memory=16GiB)] core:4096 pu:1",
		"pack:4 [numa(memory=16GiB)] core:2048 pu:2",
	};
	clock_t start = clock();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		struct error error = { 0 };
		struct topology *topology = topology_read_synthetic(specs[i],
								    &error);

		assert_non_null(topology);
		assert_int_equal(topology_cpus(topology), 16384);
		topology_free(topology);
	}
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_without_a_limit),
		cmocka_unit_test(reserved_cuts_without_a_limit),
		cmocka_unit_test(large_pages_and_gaps),
		cmocka_unit_test(bare_number_is_given),
		cmocka_unit_test(memory_that_is_not_there),
		cmocka_unit_test(memory_that_arrives_later),
		cmocka_unit_test(memory_that_cannot_arrive),
		cmocka_unit_test(errors_have_lines),
		cmocka_unit_test(short_strings_are_the_same),
		cmocka_unit_test(links_have_a_limit),
		cmocka_unit_test(odd_strings_are_refused),
		cmocka_unit_test(most_memory_there_and_back),
		cmocka_unit_test(long_strings_are_refused),
		cmocka_unit_test(thousands_of_cpus_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
