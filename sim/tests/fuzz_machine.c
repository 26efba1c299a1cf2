// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a machine file: for libFuzzer, see doc/testing.md. */
#include "tests/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file("machine.json", data, size);
	struct error error = { 0 };
	struct machine machine;

	if (machine_load(&machine, path, NULL, &error)) {
		fuzz_error(&error);
		machine_free(&machine);
	} else {
		fuzz_machine(&machine, true);
	}
	error_free(&error);
	return 0;
}
