// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as an hwloc XML file: for libFuzzer, see doc/testing.md. libhwloc is
 * tried in a child first, as users get it; a crash there is an error message,
 * one of this process a finding.
 */
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include "tests/fuzzing.h"

/* The child ends as it would without a fuzzer: nobody keeps its input. */
static void forget_fuzzer(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
				       SIGILL };
	unsigned int i;

	__sanitizer_set_death_callback(NULL);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool prepared;

	if (!prepared)
		pthread_atfork(NULL, NULL, forget_fuzzer);
	prepared = true;
	fuzz_load("machine.xml", data, size);
	return 0;
}
