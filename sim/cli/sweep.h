/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_SWEEP_H
#define SIM_CLI_SWEEP_H

/*
 * What the files of the sweep share. Points are JSON from the moment that they
 * are computed: those of one process and those merged from many go the same
 * way from there.
 *
 *	{ "nodes": 4, "mem_bytes": 68719476736, "winner": "parallel",
 *	  "boot_wait_ns": { "serial": 9.2e7, ... },
 *	  "load_done_ns": { "serial": 9.9e7, ... } }
 *
 * and "online_ns" as well, if memory is hot-added.
 */
#include <jansson.h>
#include "cli/load_spec.h"
#include "cli/report.h"

json_t *sweep_point(const struct machine *machine, const struct load_spec *spec,
		    unsigned int nodes, unsigned long mem_bytes);
json_t *sweep_sort(json_t *points);
json_t *sweep_crossovers(const struct machine *machine,
			 const struct load_spec *spec, bool whole,
			 const json_t *points);
json_t *sweep_merge(char **files, json_t **machine, json_t **load,
		    json_t **hot_add, const char **label);

json_int_t point_integer(const json_t *point, const char *key);
const char *point_winner(const json_t *point);

#endif /* SIM_CLI_SWEEP_H */
