// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of devices that has struct pages: what memmap= on the boot line makes of
 * RAM (guest/device.config). A disk's pages are single ones, a character device's
 * compound; its driver writes them each time that it is bound.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"

#define DISK	  "/dev/pmem0"
#define DISK_BUS  "/sys/bus/nd/drivers/nd_pmem"
#define DISK_NAME "namespace0.0"
#define CHAR	  "/dev/dax0.0"
#define CHAR_BUS  "/sys/bus/dax/drivers/device_dax"
#define CHAR_NAME "dax0.0"
#define ROUNDS	  3

static bool opens(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Its driver writes the struct pages again, while memory is in use. */
static void rebind(const char *bus, const char *name, const char *path)
{
	char file[128];
	int i, error = 0;

	for (i = 0; i < ROUNDS && !error; i++) {
		snprintf(file, sizeof(file), "%s/unbind", bus);
		error = write_file(file, "%s", name);
		if (!error && opens(path)) {
			error = -EBUSY;
			break;
		}
		snprintf(file, sizeof(file), "%s/bind", bus);
		if (!error)
			error = write_file(file, "%s", name);
		if (!error && !opens(path))
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

void job_device(void)
{
	bool disk = !access(DISK, F_OK), character = !access(CHAR, F_OK);

	report(disk || character, "a device has memory", "neither %s nor %s",
	       DISK, CHAR);
	if (disk)
		test_disk();
	if (character)
		rebind(CHAR_BUS, CHAR_NAME, CHAR);
}
