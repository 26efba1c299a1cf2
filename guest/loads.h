/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_LOADS_H
#define GUEST_LOADS_H

#include <stddef.h>

/* Start all loads, with so much memory together. Return: how many cannot run. */
int loads_start(size_t bytes);
/* Move the memory of those that run to a node, as far as that is possible. */
void loads_move(int node);
/* Stop them; what they have found is reported. */
void loads_stop(const char *name);

#endif
