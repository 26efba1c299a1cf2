/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JOB_PTRELOC_H
#define JOB_PTRELOC_H

/* What the jobs that move page tables have in common. */
#include <stddef.h>
#include <stdint.h>
#include "../include/linux/ptreloc_spoil.h"

#define MOVE  DEBUGFS "/ptreloc/move"
#define STATS DEBUGFS "/ptreloc/stats"

/* What a table of the lowest level maps. */
#define TABLE (2 * MIB)

#define WORDS_PER_PAGE (PAGE / sizeof(uint64_t))

/* New memory that can be written; ends the guest if there is none. */
volatile uint64_t *map(size_t bytes, int flags, int fd);
/* Take out what has its bit set, and have windows last so long. */
void spoil(unsigned long bits, unsigned long window_ms);

#endif
