/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JOB_PTRELOC_H
#define JOB_PTRELOC_H

/* What the jobs that move page tables have in common. */
#include <stddef.h>
#include <stdint.h>

#define MOVE  DEBUGFS "/ptreloc/move"
#define STATS DEBUGFS "/ptreloc/stats"

/* What a table of the lowest level maps. */
#define TABLE (2 * MIB)

#define WORDS_PER_PAGE (PAGE / sizeof(uint64_t))

/* As in include/linux/ptreloc_hooks.h. */
enum ptreloc_spoil {
	PTRELOC_SPOIL_COPY,
	PTRELOC_SPOIL_CLEAR,
	PTRELOC_SPOIL_MUST_WAIT,
	PTRELOC_SPOIL_UFFD_MOVE,
	PTRELOC_SPOIL_EVACUATE,
	PTRELOC_WINDOW_MOVE,
	PTRELOC_WINDOW_FAULT,
	PTRELOC_WINDOW_UFFD,
};

/* New memory that can be written; ends the guest if there is none. */
volatile uint64_t *map(size_t bytes, int flags, int fd);
/* Take out what has its bit set, and have windows last so long. */
void spoil(unsigned long bits, unsigned long window_ms);

#endif
