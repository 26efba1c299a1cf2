// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print the host's time stamp counter's rate in kHz.
 *
 * QEMU's emulator hands the host's counter through, but tells the guest
 * nothing of its rate. A guest that is told so (tsc_early_khz=) has a clock
 * before it initialises the memmap, and need not spend half a second finding out.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static int64_t nsecs(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(void)
{
	int64_t start = nsecs(), end;
	uint64_t tsc = __rdtsc();

	do {
		end = nsecs();
	} while (end - start < 200000000);
	printf("%.0f\n", (__rdtsc() - tsc) * 1e6 / (end - start));
	return 0;
}
