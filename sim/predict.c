// SPDX-License-Identifier: GPL-2.0-only
/* Where a prediction's numbers come from when the machine does not say. */
#include <stdlib.h>
#include "cmd.h"
#include "predict.h"

/*
 * A two-socket server of the years 2017 to 2020, from Jordan's 2020 series
 * (sim/data/published.csv, skylake-8167m): one thread 1717.7 ms for 100663296
 * pages is 17.1 ns a page in two passes; 138 ms on all threads is 46.7 GB/s of
 * payload, of 128 GB/s on the data sheet, as each ordinary store is a read as
 * well. Ordinary to non-temporal stores in one pass: 8.8 to 3.6 of 10.2 ns, a
 * 2-core Xeon. The small costs are orders of magnitude, not measurements.
 */
const struct virtual_costs default_costs = {
	.page_ns = { 14.7, 6.0 },
	.mainline_ns = 17.1,
	.node_bytes_per_s = { 46.7e9, 85e9 },
	.mainline_bytes_per_s = 46.7e9,
	.remote_factor = 1.6,
	.ipi_ns = 2000,
	.wakeup_ns = 20000,
	.migrate_ns = 50000,
	.lock_ns = 1000,
	.pull_ns = 300,
	.fault_ns = 0,
	.early_bytes = 128UL << 20,
};

/**
 * predict_machine_load - the machine of --machine and --mem, with costs
 * @machine: the result; its shape belongs to the caller
 * @spec: NULL for this host's shape
 * @mem: NULL for what the machine has
 */
void predict_machine_load(struct predict_machine *machine, const char *spec,
			  const char *mem)
{
	machine->shape = cmd_shape(spec, mem);
	machine->costs = default_costs;
	machine->label = "extrapolated";
}
