// SPDX-License-Identifier: GPL-2.0-only
/* Pages that are pinned, through gup_test: CONFIG_GUP_TEST. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

struct pin_longterm_test {
	uint64_t addr;
	uint64_t size;
	uint32_t flags;
};

#define PIN_LONGTERM_TEST_START _IOW('g', 7, struct pin_longterm_test)
#define PIN_LONGTERM_TEST_STOP	_IO('g', 8)
/* They are written to. */
#define FLAG_WRITE 1

int pin_pages(void *mem, size_t bytes)
{
	struct pin_longterm_test arg = { (uintptr_t)mem, bytes, FLAG_WRITE };
	int fd = open(DEBUGFS "/gup_test", O_RDWR);

	if (fd >= 0 && ioctl(fd, PIN_LONGTERM_TEST_START, &arg)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void unpin_pages(int fd)
{
	ioctl(fd, PIN_LONGTERM_TEST_STOP);
	close(fd);
}
