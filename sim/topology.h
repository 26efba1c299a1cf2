/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TOPOLOGY_H
#define SIM_TOPOLOGY_H

#include <stdbool.h>

bool parse_bytes(const char *text, unsigned long *bytes);

#endif /* SIM_TOPOLOGY_H */
