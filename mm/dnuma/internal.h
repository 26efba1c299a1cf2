/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MM_DNUMA_INTERNAL_H
#define _MM_DNUMA_INTERNAL_H

/* What the files of this folder share. */
#include <linux/dnuma.h>

/* Room for a number of bytes with its unit. */
#define DNUMA_BYTES_TEXT 24

const char *dnuma_bytes(char text[DNUMA_BYTES_TEXT], unsigned long long bytes);

int dnuma_list_room(struct dnuma_list *list, unsigned int nr);
void dnuma_list_free(struct dnuma_list *list);
void dnuma_left_add(struct dnuma_plan *plan, const struct dnuma_step *step,
		    unsigned long start_pfn, unsigned long end_pfn,
		    enum dnuma_why why);

#endif /* _MM_DNUMA_INTERNAL_H */
