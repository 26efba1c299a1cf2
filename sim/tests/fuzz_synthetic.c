// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text as hwloc's language for machines: for libFuzzer, see doc/testing.md.
 */
#include <string.h>
#include "base/die.h"
#include "machine/internal.h"
#include "tests/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine machine;
	struct error error = { 0 };
	struct topology *topology;
	char *spec = xcalloc(size + 1, 1);

	memcpy(spec, data, size);
	topology = topology_read_synthetic(spec, &error);
	if (topology) {
		machine_new(&machine, topology, "fuzz");
		machine_derive(&machine);
		fuzz_machine(&machine);
	} else {
		fuzz_error(&error);
	}
	error_free(&error);
	free(spec);
	return 0;
}
