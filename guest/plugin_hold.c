// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU TCG plugin: a vCPU that comes to a function stands still there, as one
 * does whose host runs something else. The others go on.
 *
 * at=ADDRESS	first instruction of the function, in hex
 * ms=N		how long, each time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_api.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const qemu_info_t *info, int argc,
					   char **argv);

static uint64_t at;
static unsigned long ms;

static void on_exec(unsigned int vcpu, void *udata)
{
	(void)vcpu;
	(void)udata;
	usleep(ms * 1000);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	/* A function that is called begins a block. */
	if (qemu_plugin_tb_vaddr(tb) == at)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_exec,
						     QEMU_PLUGIN_CB_NO_REGS,
						     NULL);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
			char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "at=", 3))
			at = strtoull(argv[i] + 3, NULL, 16);
		else if (!strncmp(argv[i], "ms=", 3))
			ms = strtoul(argv[i] + 3, NULL, 10);
	}
	if (!at || !ms || !info->system_emulation) {
		fprintf(stderr, "hold: wants at=ADDRESS and ms=N\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
