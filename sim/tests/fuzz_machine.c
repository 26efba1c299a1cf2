// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a machine file: for libFuzzer, see doc/testing.md. */
#include "tests/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_load("machine.json", data, size);
	return 0;
}
