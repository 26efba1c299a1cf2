/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_MACHINE_JSON_VALUE_H
#define SIM_MACHINE_JSON_VALUE_H

/* Values of a machine file, checked; what is wrong with one names its place. */
#include <jansson.h>
#include "base/error.h"
#include "machine/machine.h"

/**
 * struct json_place - an object of a machine file
 * @path: the file
 * @list: the list that it stands in, such as "nodes"; NULL: it is the file's
 *	outermost object
 * @index: its place in @list, from 0
 */
struct json_place {
	const char *path;
	const char *list;
	size_t index;
};

/* The outermost object of a file. */
#define JSON_ROOT(file) (&(struct json_place){ .path = (file) })

unsigned int json_place_line(const struct json_place *at, const char *key);
int json_place_error(const struct json_place *at, const char *key,
		     struct error *error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int json_place_keys(const struct json_place *at, const json_t *object,
		    const char *const *known, struct error *error);
int json_place_number(const struct json_place *at, const char *key,
		      const json_t *value, double least, double most,
		      double *number, struct error *error);
int json_place_count(const struct json_place *at, const char *key,
		     const json_t *value, unsigned int least, unsigned int most,
		     unsigned int *count, struct error *error);
int json_place_pages(const struct json_place *at, const char *key,
		     const json_t *value, unsigned int page_shift,
		     unsigned long *pages, struct error *error);
int json_place_label(const struct json_place *at, const json_t *value,
		     enum machine_label *label, struct error *error);

#endif /* SIM_MACHINE_JSON_VALUE_H */
