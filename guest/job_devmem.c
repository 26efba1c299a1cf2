// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mem of a kernel without STRICT_DEVMEM, and memory that is pristine: what
 * is mapped or written is initialised, and a mapping that is refused costs
 * nothing.
 *
 * guest.mapped=1	mappings of RAM are allowed (nopat), and not refused
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

#define BLOCK_PAGES 1024UL
#define MAP_PAGES   (4 * BLOCK_PAGES)

/* How many pages of a range are pristine? Sets @last to the end of the last one. */
static uint64_t pristine_pages(uint64_t from, uint64_t to, uint64_t *last)
{
	char *text = read_file(MEMMAP_DIR "/extents"), *line, *rest;
	uint64_t start, end, sum = 0;

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%*s %*s %lu %lu", &start, &end) != 2)
			continue;
		*last = end;
		start = start > from ? start : from;
		end = end < to ? end : to;
		if (start < end)
			sum += end - start;
	}
	free(text);
	return sum;
}

void job_devmem(void)
{
	bool want = param_long("mapped", 0);
	int fd = open("/dev/mem", O_RDWR), err;
	uint64_t pfn, last = 0, left;
	char byte = 0, *mem;

	pristine_pages(0, 0, &last);
	/* Far from both ends: pulls take the lowest blocks. It ends in blocks. */
	pfn = last - 16 * BLOCK_PAGES;
	report(fd >= 0 && last && pristine_pages(pfn, last, &last) == last - pfn,
	       "devmem-pristine", "%s, pfn %lu", strerror(errno), pfn);

	mem = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, pfn * PAGE);
	err = mem == MAP_FAILED ? errno : 0;
	/* It is free memory: nothing else is to be seen there. */
	if (!err)
		byte = *(volatile char *)mem;
	left = pristine_pages(pfn, pfn + MAP_PAGES, &last);
	if (want)
		report(!err && !left, "devmem-mapped",
		       "%s, %lu pages still pristine", strerror(err), left);
	else
		report(err == EINVAL && left == MAP_PAGES, "devmem-refused",
		       "%s, %lu of %lu pages still pristine", strerror(err),
		       left, MAP_PAGES);
	if (!err)
		munmap(mem, MAP_PAGES * PAGE);

	/* What is there already, because somebody may have got the page. */
	pfn += MAP_PAGES + 5;
	err = pread(fd, &byte, 1, pfn * PAGE) != 1 ||
			      pwrite(fd, &byte, 1, pfn * PAGE) != 1 ?
		      errno :
		      0;
	report(!err && !pristine_pages(pfn, pfn + 1, &last), "devmem-written",
	       "%s", strerror(err));
	close(fd);
}
