// SPDX-License-Identifier: GPL-2.0-only
/* Machines from what the user names: a file, a library entry, this host. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/die.h"
#include "base/units.h"
#include "log/lines.h"
#include "machine/internal.h"

static int set_memory(struct machine *machine, const char *mem,
		      struct error *error)
{
	unsigned long bytes;

	if (!mem)
		return 0;
	if (!parse_bytes(mem, &bytes) || bytes < MACHINE_MIN_BYTES ||
	    bytes > MACHINE_MAX_BYTES)
		return error_set(
			error, "--mem", 0, mem,
			"want a whole number and K, M, G, T or P, from 4K to 1P, such as 64G");
	if (topology_set_memory(machine->topology, bytes))
		return error_set(
			error, "--mem", 0, mem,
			"the machine has no memory to scale, or pages larger than that");
	return 0;
}

static bool is_file(const char *spec)
{
	return !access(spec, F_OK) || strchr(spec, '/') ||
	       machine_spec_ends(spec, ".xml") || !strcmp(spec, "-");
}

/* Neither a machine file nor a name of the library. */
static int load_file(struct machine *machine, const char *path,
		     struct error *error)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	size_t len;
	char *text = log_read_text(path, &len, error);
	int found;

	if (!text)
		return -1;
	if (machine_spec_ends(path, ".xml") || machine_is_xml(text))
		found = machine_load_xml(machine, name, text, len, error) ? -1 :
									    1;
	else
		found = machine_load_log(machine, name, text, len, error);
	free(text);
	if (found)
		return found < 0 ? -1 : 0;
	return error_set(
		error, name, 0, NULL,
		"neither hwloc XML nor the log of a kernel that names its memory (\"node 0: [mem ...]\"); a machine file has to end in .json");
}

static struct topology *load_synthetic(const char *spec, const char *mem,
				       struct error *error)
{
	struct topology *topology = topology_read_synthetic(spec, error);

	if (topology && !mem && !strstr(spec, "memory="))
		topology_assume(
			topology, spec, 0,
			"it names no memory; hwloc takes 1 GiB a node (memory=16GiB in brackets behind numa, or --mem, says it)");
	return topology;
}

static int load_spec(struct machine *machine, const char *spec, const char *mem,
		     struct error *error)
{
	char *path = spec ? machine_library_path(spec, error) : NULL;
	int failed;

	if (error_is_set(error))
		return -1;
	if (path) {
		failed = machine_is_other_json(path) ?
				 load_file(machine, path, error) :
				 machine_load_json(machine, path, error);
		free(path);
		return failed;
	}
	if (spec && is_file(spec))
		return load_file(machine, spec, error);
	machine->topology = spec ? load_synthetic(spec, mem, error) :
				   topology_this_host(error);
	machine->source = xstrdup("topology only; costs from the default set");
	return machine->topology ? 0 : -1;
}

/**
 * machine_new - a machine of which nothing is known but its topology
 * @machine: the result, with default costs; machine_free() it
 * @topology: becomes its own
 * @source: where the machine comes from, in words
 */
void machine_new(struct machine *machine, struct topology *topology,
		 const char *source)
{
	memset(machine, 0, sizeof(*machine));
	machine_default_costs(machine);
	machine->topology = topology;
	machine->source = xstrdup(source);
}

/**
 * machine_load - a machine with its costs
 * @machine: the result; machine_free() it, whatever is returned
 * @spec: a name of the library, a JSON file, an hwloc XML file, a kernel log,
 *	a synthetic string; NULL: this host
 * @mem: memory to give it, NULL for what it has
 * @error: what is wrong with them
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load(struct machine *machine, const char *spec, const char *mem,
		 struct error *error)
{
	unsigned int i;

	memset(machine, 0, sizeof(*machine));
	machine_default_costs(machine);
	if (load_spec(machine, spec, mem, error))
		return -1;
	machine_derive(machine);
	/* Memory is laid out anew below. */
	for (i = 0;
	     mem && machine->costs.node && i < machine->topology->nr_nodes; i++)
		machine->costs.node[i].early_end_pfn = 0;
	return set_memory(machine, mem, error);
}

/**
 * machine_topology - what a machine consists of, for those who measure it
 * @spec: as for machine_load()
 * @mem: as there
 * @error: as there
 *
 * Return: the topology; NULL with @error set.
 */
struct topology *machine_topology(const char *spec, const char *mem,
				  struct error *error)
{
	struct topology *topology = NULL;
	struct machine machine;

	if (!machine_load(&machine, spec, mem, error)) {
		topology = machine.topology;
		machine.topology = topology_from_nodes("", topology->nr_nodes);
	}
	machine_free(&machine);
	return topology;
}

/**
 * machine_free - the end of a machine
 * @machine: as loaded
 */
void machine_free(struct machine *machine)
{
	unsigned int i;

	for (i = 0; machine->topology && machine->node_cost &&
		    i < machine->topology->nr_nodes * MACHINE_NR_NODE_COSTS;
	     i++)
		free(machine->node_cost[i].source);
	for (i = 0; i < machine->costs.net.nr_links; i++)
		free(machine->link_cost[i].source);
	free(machine->costs.node);
	free(machine->costs.net.link);
	free(machine->node_cost);
	free(machine->link_cost);
	topology_free(machine->topology);
	free(machine->source);
	free(machine->notes);
	for (i = 0; i < MACHINE_NR_COSTS; i++)
		free(machine->cost[i].source);
}
