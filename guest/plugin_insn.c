// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU TCG plugin: instructions that each vCPU executes in phases of a boot.
 *
 * Under an emulator time depends on the host and on what else it does; the
 * number of instructions does not. A phase opens when any vCPU enters one
 * function and closes when any vCPU enters another, both given by address, so
 * the same phases can be told in kernels that do different things in between.
 *
 * What is counted has a class, by the address of the code: the loops in which
 * a CPU only waits for others (spin locks, cross-calls, idle) must not make the
 * busiest CPU, or waiting would pass for work.
 *
 * The critical path of a phase is the work of its busiest vCPU. Where one
 * thread moves from CPU to CPU that would be too little; a barrier function
 * then cuts the phase in pieces, and their critical paths are added.
 *
 * spec=FILE	one directive a line, addresses in hex:
 *		  phase NAME OPEN CLOSE
 *		  range CLASS START END		CLASS: memmap, clear, spin
 *		  barrier ADDRESS
 * out=FILE	written at the end: "count VCPU PHASE CLASS N" and
 *		"critical PHASE N"
 *
 * A rep-prefixed string instruction counts once for every iteration.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_api.h"

#define MAX_VCPUS  256
#define MAX_PHASES 16
#define MAX_RANGES 4096

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const qemu_info_t *info, int argc,
					   char **argv);

enum class { WORK, MEMMAP, CLEAR, SPIN, NR_CLASSES };

static const char *const class_names[] = { "work", "memmap", "clear", "spin" };

struct phase {
	char name[32];
	uint64_t open, close;
	uint64_t critical;
};

struct range {
	uint64_t start, end;
	enum class class;
};

/* Phase 0 is all time in which no phase is open. */
static struct phase phases[MAX_PHASES] = { { .name = "between" } };
static unsigned int nr_phases = 1;
static struct range ranges[MAX_RANGES];
static unsigned int nr_ranges;
static uint64_t barrier_addr;
static const char *out_path;

/* Written by its own vCPU alone; a cache line or more apart from the next. */
static struct counter {
	uint64_t insns[MAX_PHASES][NR_CLASSES];
	uint64_t at_barrier;
} __attribute__((aligned(128))) counters[MAX_VCPUS];

static unsigned int current_phase;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * What is known of a translation block travels in the callback's pointer:
 * number of instructions, class, and the event that entering it means.
 */
#define EVENT_NONE    0
#define EVENT_BARRIER 1
#define EVENT_PHASE   2 /* + 2 * phase to open, + 1 to close */
#define PACK(insns, class, event)                                 \
	((void *)((uintptr_t)(insns) | (uintptr_t)(class) << 16 | \
		  (uintptr_t)(event) << 24))

/* What a vCPU did in a phase other than wait. */
static uint64_t done(unsigned int vcpu, unsigned int phase)
{
	uint64_t sum = 0;
	int class;

	for (class = 0; class < SPIN; class ++)
		sum += counters[vcpu].insns[phase][class];
	return sum;
}

/* End a piece of the open phase: what the busiest did is on the path. */
static void add_piece(void)
{
	struct phase *phase = &phases[current_phase];
	uint64_t busiest = 0;
	unsigned int i;

	for (i = 0; i < MAX_VCPUS; i++) {
		/* Others count on meanwhile: a few blocks more or less. */
		uint64_t sum = done(i, current_phase);

		if (sum - counters[i].at_barrier > busiest)
			busiest = sum - counters[i].at_barrier;
		counters[i].at_barrier = sum;
	}
	phase->critical += busiest;
}

static void enter_phase(unsigned int next)
{
	unsigned int i;

	add_piece();
	for (i = 0; i < MAX_VCPUS; i++)
		counters[i].at_barrier = done(i, next);
	__atomic_store_n(&current_phase, next, __ATOMIC_RELAXED);
}

static void handle_event(unsigned int event)
{
	pthread_mutex_lock(&lock);
	if (event == EVENT_BARRIER) {
		if (current_phase)
			add_piece();
	} else {
		unsigned int phase = (event - EVENT_PHASE) / 2;

		if (!((event - EVENT_PHASE) & 1))
			enter_phase(phase);
		else if (current_phase == phase)
			enter_phase(0);
	}
	pthread_mutex_unlock(&lock);
}

static void on_exec(unsigned int vcpu, void *udata)
{
	uintptr_t packed = (uintptr_t)udata;
	unsigned int phase;

	if (packed >> 24)
		handle_event(packed >> 24);
	phase = __atomic_load_n(&current_phase, __ATOMIC_RELAXED);
	counters[vcpu % MAX_VCPUS].insns[phase][packed >> 16 & 0xff] += packed &
									0xffff;
}

static enum class class_of(uint64_t addr) {
	unsigned int low = 0, high = nr_ranges;

	while (low < high){ unsigned int mid = (low + high) / 2;

			    if (addr < ranges[mid].start) high = mid;
			    else if (addr >= ranges[mid].end) low = mid + 1;
			    else return ranges[mid].class; }
return WORK;
}

static unsigned int event_of(uint64_t addr)
{
	unsigned int i;

	if (addr == barrier_addr)
		return EVENT_BARRIER;
	for (i = 1; i < nr_phases; i++)
		if (addr == phases[i].open)
			return EVENT_PHASE + 2 * i;
	for (i = 1; i < nr_phases; i++)
		if (addr == phases[i].close)
			return EVENT_PHASE + 2 * i + 1;
	return EVENT_NONE;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_exec,
					     QEMU_PLUGIN_CB_NO_REGS,
					     PACK(qemu_plugin_tb_n_insns(tb),
						  class_of(addr),
						  event_of(addr)));
}

static void on_exit_write(qemu_plugin_id_t id, void *udata)
{
	FILE *out = fopen(out_path, "w");
	unsigned int i, p, c;

	(void)id;
	(void)udata;
	if (!out) {
		perror(out_path);
		return;
	}
	pthread_mutex_lock(&lock);
	enter_phase(0);
	for (i = 0; i < MAX_VCPUS; i++)
		for (p = 0; p < nr_phases; p++)
			for (c = 0; c < NR_CLASSES; c++)
				if (counters[i].insns[p][c])
					fprintf(out,
						"count %u %s %s %" PRIu64 "\n",
						i, phases[p].name,
						class_names[c],
						counters[i].insns[p][c]);
	for (p = 1; p < nr_phases; p++)
		fprintf(out, "critical %s %" PRIu64 "\n", phases[p].name,
			phases[p].critical);
	pthread_mutex_unlock(&lock);
	fclose(out);
}

static int by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static bool read_spec(const char *path)
{
	FILE *spec = fopen(path, "r");
	char line[256], class[16];

	if (!spec) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof(line), spec)) {
		struct phase *phase = &phases[nr_phases];
		struct range *range = &ranges[nr_ranges];

		if (nr_phases < MAX_PHASES &&
		    sscanf(line, "phase %31s %" SCNx64 " %" SCNx64, phase->name,
			   &phase->open, &phase->close) == 3) {
			nr_phases++;
		} else if (nr_ranges < MAX_RANGES &&
			   sscanf(line, "range %15s %" SCNx64 " %" SCNx64,
				  class, &range->start, &range->end) == 3) {
			for (range->class = 0; range->class < SPIN;
			     range->class ++)
				if (!strcmp(class, class_names[range->class]))
					break;
			nr_ranges++;
		} else if (sscanf(line, "barrier %" SCNx64, &barrier_addr) !=
			   1) {
			fprintf(stderr, "%s: bad line: %s", path, line);
			fclose(spec);
			return false;
		}
	}
	fclose(spec);
	qsort(ranges, nr_ranges, sizeof(*ranges), by_start);
	return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
			char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "spec=", 5)) {
			if (!read_spec(argv[i] + 5))
				return -1;
		} else if (!strncmp(argv[i], "out=", 4)) {
			out_path = strdup(argv[i] + 4);
		} else {
			fprintf(stderr, "insn: unknown argument %s\n", argv[i]);
			return -1;
		}
	}
	if (!out_path || !info->system_emulation ||
	    info->system.max_vcpus > MAX_VCPUS) {
		fprintf(stderr,
			"insn: wants out=FILE, a system emulator and at most %d CPUs\n",
			MAX_VCPUS);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
	return 0;
}
