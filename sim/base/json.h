/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_JSON_H
#define SIM_BASE_JSON_H

/* JSON that can always be written: whatever a text or a number holds. */
#include <jansson.h>
#include <stdio.h>
#include "base/error.h"

json_t *json_text(const char *text);
json_t *json_value(double value);
json_t *json_read(const char *path, size_t flags, struct error *error);
void json_put(json_t *object, const char *path, json_t *value);
void json_print(const json_t *root, FILE *out);

#endif /* SIM_BASE_JSON_H */
