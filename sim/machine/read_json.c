// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine files: what things cost, each number with where it comes from, and
 * the parts that other files here read.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <linux/minmax.h>
#include "base/die.h"
#include "base/json.h"
#include "machine/internal.h"
#include "machine/json_value.h"

/* "low" and "high" of a number, as parts of it; both or none. */
static int load_range(const struct json_place *at, const char *key,
		      const json_t *value, double number,
		      struct machine_range *range, struct error *error)
{
	const json_t *low = json_object_get(value, "low");
	const json_t *high = json_object_get(value, "high");

	*range = (struct machine_range){ 0, 0 };
	if (!low && !high)
		return 0;
	if (json_place_number(at, key, low, 0, MACHINE_MAX_COST, &range->low,
			      error) ||
	    json_place_number(at, key, high, 0, MACHINE_MAX_COST, &range->high,
			      error))
		return -1;
	if (!(range->low > 0 && range->low <= number && range->high >= number))
		return json_place_error(
			at, key, error,
			"want 0 < \"low\" <= \"value\" <= \"high\"");
	range->low /= number;
	range->high /= number;
	return 0;
}

/* A number, or an object of a number, its label, its source and its range. */
static int load_cost(const struct json_place *at, const char *key,
		     const json_t *value, double *number,
		     enum machine_label *label, const char **source,
		     struct machine_range *range, struct error *error)
{
	static const char *const keys[] = { "value", "label", "source",
					    "low",   "high",  NULL };
	const json_t *text, *object = value;

	/* Without a source a number cannot call itself calibrated. */
	*label = MACHINE_DEFAULT;
	*source = "not said";
	if (json_is_object(value)) {
		if (json_place_keys(at, value, keys, error))
			return -1;
		text = json_object_get(value, "source");
		if (text && !json_is_string(text))
			return json_place_error(at, key, error,
						"\"source\": want a text");
		if (text)
			*source = json_string_value(text);
		if (json_place_label(at, json_object_get(value, "label"), label,
				     error))
			return -1;
		value = json_object_get(value, "value");
	}
	if (json_place_number(at, key, value, 0, MACHINE_MAX_COST, number,
			      error))
		return -1;
	return load_range(at, key, object, *number, range, error);
}

static int load_machine_cost(struct machine *machine, const char *path,
			     const char *key, const json_t *value,
			     struct error *error)
{
	const struct json_place at = { path, NULL, 0 };
	struct machine_range range;
	enum machine_label label;
	const char *source;
	unsigned int i;
	double number;

	for (i = 0; i < MACHINE_NR_COSTS && strcmp(machine_cost_name(i), key);
	     i++)
		;
	if (i == MACHINE_NR_COSTS)
		return json_place_error(
			&at, "costs", error,
			"unknown key \"%s\"; 'memmap machine show' lists all of them",
			key);
	if (load_cost(&at, key, value, &number, &label, &source, &range, error))
		return -1;
	if (number <= 0 && !machine_cost_may_be_0(i))
		return json_place_error(&at, key, error,
					"want a number above 0");
	machine_set_cost(machine, i, number, label, source);
	machine->cost[i].range = range;
	return 0;
}

static int load_node_own(struct machine *machine, const struct json_place *at,
			 unsigned int nid, const json_t *entry,
			 struct error *error)
{
	json_t *costs = json_object_get(entry, "costs");
	json_t *early = json_object_get(entry, "early_end_bytes");
	struct machine_range range;
	enum machine_label label;
	const char *key, *source;
	unsigned int i;
	json_t *value;
	double number;

	if (costs && !json_is_object(costs))
		return json_place_error(at, "costs", error,
					"want an object in braces");
	json_object_foreach(costs, key, value) {
		for (i = 0; i < MACHINE_NR_NODE_COSTS &&
			    strcmp(machine_node_cost_name(i), key);
		     i++)
			;
		if (i == MACHINE_NR_NODE_COSTS)
			return json_place_error(
				at, "costs", error,
				"unknown key \"%s\"; a node may have its own %s, %s, %s and %s",
				key, machine_node_cost_name(0),
				machine_node_cost_name(1),
				machine_node_cost_name(2),
				machine_node_cost_name(3));
		if (load_cost(at, key, value, &number, &label, &source, &range,
			      error))
			return -1;
		machine_set_node(machine, nid, i, number, label, source);
		machine->node_cost[nid * MACHINE_NR_NODE_COSTS + i].range =
			range;
	}
	if (!early)
		return 0;
	return json_place_pages(at, "early_end_bytes", early,
				machine->topology->page_shift,
				&machine_node(machine, nid)->early_end_pfn,
				error);
}

static int load_own(struct machine *machine, const char *path, json_t *root,
		    struct error *error)
{
	struct json_place at = { path, "nodes", 0 };
	unsigned int nid = 0, count;
	json_t *entry;

	json_array_foreach(json_object_get(root, "nodes"), at.index, entry) {
		if (machine_entry_count(&at, entry, &count, error))
			return -1;
		for (; count; count--)
			if (load_node_own(machine, &at, nid++, entry, error))
				return -1;
	}
	return 0;
}

/* An optional text; free() it. */
static int load_text(const struct json_place *at, const json_t *root,
		     const char *key, char **text, struct error *error)
{
	const json_t *value = json_object_get(root, key);

	if (value && !json_is_string(value))
		return json_place_error(at, key, error, "want a text");
	if (value) {
		free(*text);
		*text = xstrdup(json_string_value(value));
	}
	return 0;
}

static int load_root(struct machine *machine, const char *path, json_t *root,
		     struct error *error)
{
	static const char *const keys[] = {
		"schema_version", "name",     "source", "notes",
		"page_bytes",	  "nodes",    "costs",	"early_bytes",
		"early",	  "reserved", "links",	NULL
	};
	const struct json_place at = { path, NULL, 0 };
	json_t *costs = json_object_get(root, "costs"), *value;
	unsigned long early;
	const char *key;

	if (json_place_keys(&at, root, keys, error))
		return -1;
	value = json_object_get(root, "schema_version");
	if (value && json_integer_value(value) != 1)
		return json_place_error(
			&at, "schema_version", error,
			"want 1, which is all that this program knows");
	if (!json_object_get(root, "name"))
		return json_place_error(&at, "name", error, "want a text");
	machine->source = xstrdup("not said");
	if (machine_load_nodes(machine, path, root, error) ||
	    load_text(&at, root, "name", &machine->topology->name, error) ||
	    load_text(&at, root, "source", &machine->source, error) ||
	    load_text(&at, root, "notes", &machine->notes, error))
		return -1;
	value = json_object_get(root, "early_bytes");
	if (value) {
		if (json_place_pages(&at, "early_bytes", value,
				     machine->topology->page_shift, &early,
				     error))
			return -1;
		machine->costs.early_linux = false;
		machine->costs.early_bytes = early
					     << machine->topology->page_shift;
	}
	if (costs && !json_is_object(costs))
		return json_place_error(&at, "costs", error,
					"want an object in braces");
	json_object_foreach(costs, key, value)
		if (load_machine_cost(machine, path, key, value, error))
			return -1;
	if (load_own(machine, path, root, error))
		return -1;
	value = json_object_get(root, "links");
	if (value && machine_load_links(machine, path, value, error))
		return -1;
	return machine_load_early(machine, path, root, error);
}

/**
 * machine_load_json - read a machine file
 * @machine: costs set to the defaults
 * @path: the file
 * @error: what is wrong with it
 *
 * Return: 0, or -1 with @error set.
 */
int machine_load_json(struct machine *machine, const char *path,
		      struct error *error)
{
	json_t *root = json_read(path, JSON_REJECT_DUPLICATES, error);
	int failed;

	if (!root)
		return -1;
	failed = load_root(machine, path, root, error);
	json_decref(root);
	return failed;
}
