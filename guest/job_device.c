// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of devices that has struct pages: what memmap= on the boot line makes of
 * RAM (guest/device.config). A disk's pages come and go with its driver; those of
 * a character device are mapped, written, read and pinned as well, for they are
 * compound pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "guest.h"

#define DISK	   "/dev/pmem0"
#define DISK_BUS   "/sys/bus/nd/drivers/nd_pmem"
#define DISK_NAME  "namespace0.0"
#define CHAR	   "/dev/dax0.0"
#define CHAR_BUS   "/sys/bus/dax/drivers/device_dax"
#define CHAR_NAME  "dax0.0"
#define CHAR_BYTES (64 * MIB)
#define CHAR_ALIGN (2 * MIB)
#define ROUNDS	   3

/* Its driver writes the struct pages again, while memory is in use. */
static void rebind(const char *bus, const char *name, const char *path)
{
	char file[128];
	int i, error = 0;

	for (i = 0; i < ROUNDS && !error; i++) {
		snprintf(file, sizeof(file), "%s/unbind", bus);
		error = write_file(file, "%s", name);
		if (!error && !access(path, F_OK)) {
			error = -EBUSY;
			break;
		}
		snprintf(file, sizeof(file), "%s/bind", bus);
		if (!error)
			error = write_file(file, "%s", name);
		if (!error && access(path, F_OK))
			error = -errno;
	}
	report(!error, name, "unbound and bound again: %s", strerror(-error));
}

static void test_disk(void)
{
	static char out[MIB], in[MIB];
	int fd = open(DISK, O_RDWR);
	bool good;

	memset(out, 0x5a, sizeof(out));
	good = pwrite(fd, out, sizeof(out), 8 * MIB) == (ssize_t)sizeof(out) &&
	       !fsync(fd) && !posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) &&
	       pread(fd, in, sizeof(in), 8 * MIB) == (ssize_t)sizeof(in) &&
	       !memcmp(in, out, sizeof(in));
	close(fd);
	report(good, "disk", "not what was written: %s", strerror(errno));
	rebind(DISK_BUS, DISK_NAME, DISK);
}

/* Where a page of the device's begins: it refuses other addresses. */
static unsigned long *map_char(int fd, int prot)
{
	char *area = mmap(NULL, CHAR_BYTES + CHAR_ALIGN, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	area += -(uintptr_t)area % CHAR_ALIGN;
	return mmap(area, CHAR_BYTES, prot, MAP_SHARED | MAP_FIXED, fd, 0);
}

static void test_char(void)
{
	int fd = open(CHAR, O_RDWR), pinned;
	unsigned long *mem, i, words = CHAR_BYTES / sizeof(*mem), wrong = 0;

	if (fd < 0) {
		report(false, "compound pages", "%s: %s", CHAR,
		       strerror(errno));
		return;
	}
	mem = map_char(fd, PROT_READ | PROT_WRITE);
	if (mem == MAP_FAILED) {
		report(false, "compound pages", "mmap: %s", strerror(errno));
		close(fd);
		return;
	}
	for (i = 0; i < words; i++)
		mem[i] = i;
	pinned = pin_pages(mem, CHAR_BYTES);
	report(pinned >= 0, "compound pages are pinned", "%s", strerror(errno));
	munmap(mem, CHAR_BYTES);
	if (pinned >= 0)
		unpin_pages(pinned);
	mem = map_char(fd, PROT_READ);
	for (i = 0; i < words; i++)
		wrong += mem[i] != i;
	report(!wrong, "compound pages", "%lu words are wrong", wrong);
	munmap(mem, CHAR_BYTES);
	close(fd);
	rebind(CHAR_BUS, CHAR_NAME, CHAR);
}

void job_device(void)
{
	bool disk = !access(DISK, F_OK), character = !access(CHAR, F_OK);

	report(disk || character, "a device has memory", "neither %s nor %s",
	       DISK, CHAR);
	if (disk)
		test_disk();
	if (character)
		test_char();
}
