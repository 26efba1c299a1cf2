/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_BASE_FILE_H
#define SIM_BASE_FILE_H

/* A small text that a user has written, as a whole. */
#include <stddef.h>
#include "base/error.h"

char *file_read(const char *path, size_t *bytes, struct error *error);

#endif /* SIM_BASE_FILE_H */
