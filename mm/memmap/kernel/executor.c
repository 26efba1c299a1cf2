// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's executor: the boot thread, which moves from node to node,
 * cross-calls, and background threads.
 */
#define pr_fmt(fmt) "memmap_init: " fmt

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/memmap_init.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/topology.h>
#include <linux/workqueue.h>
#include "../deps.h"
#include "kernel.h"

#define CREATE_TRACE_POINTS
#include <trace/events/memmap_init.h>

LIST_HEAD(memmap_reports);
DEFINE_SPINLOCK(memmap_reports_lock);
DEFINE_PER_CPU(unsigned long, memmap_nr_chunks);

/* For serial, which ends before kmalloc() works. */
static struct memmap_report memmap_first_report;

/* Reports that are kept, for hot-added memory is drained again and again */
#define MOST_REPORTS 64

bool memmap_told_to_stop;

/* Memory was hot-added that no drain was begun for. */
static bool memmap_added;

/* The drain of the strategy has ended. */
static bool memmap_drained;

/*
 * Not local_clock(): until sched_clock_init_late() it stands still from some
 * milliseconds after the last tick on, and a CPU that was idle has none.
 */
static u64 kernel_now(struct memmap_boot *boot)
{
	return sched_clock();
}

/* Is so little free that what is pristine will be pulled before long? */
static bool memory_is_short(struct memmap_boot *boot)
{
	unsigned int nr = memmap_boot_nr_sets(boot), i;

	for (i = 0; i < nr; i++) {
		const struct memmap_extents *set = boot->sets[i];

		/* Pristine pages count as free, but for those in batches. */
		if (READ_ONCE(set->nr_pages) &&
		    zone_page_state(set->zone, NR_FREE_PAGES) >
			    high_wmark_pages(set->zone))
			return false;
	}
	return true;
}

static void kernel_relax(struct memmap_boot *boot)
{
	cond_resched();
	if (boot->drain.after_boot && memory_is_short(boot))
		/* Pairs with READ_ONCE() in memmap_drain_begin(). */
		WRITE_ONCE(boot->drain.stop, true);
}

static unsigned int kernel_distance(struct memmap_boot *boot, int nid,
				    int to_nid)
{
	return node_distance(nid, to_nid) * MEMMAP_DISTANCE_LOCAL /
	       LOCAL_DISTANCE;
}

static void kernel_claimed(struct memmap_drain *drain,
			   const struct memmap_worker *worker)
{
	this_cpu_inc(memmap_nr_chunks);
	trace_memmap_init_chunk(worker->nid, zone_to_nid(worker->set->zone),
				worker->start_pfn, worker->end_pfn);
}

static void added_work_fn(struct work_struct *work)
{
	/*
	 * kernel_done() comes here again when a drain goes on now. This barrier
	 * pairs with the one there: either it sees that memory was added, or its
	 * end is seen here.
	 */
	smp_mb();
	if (!READ_ONCE(memmap_drained) || !READ_ONCE(memmap_added) ||
	    READ_ONCE(memmap_told_to_stop))
		return;
	WRITE_ONCE(memmap_added, false);
	WRITE_ONCE(memmap_drained, false);
	memmap_boot_added(&memmap_boot);
}
static DECLARE_DELAYED_WORK(added_work, added_work_fn);

/**
 * memmap_drain_added - do with hot-added memory what the strategy does
 *
 * It is done when no more has come for MEMMAP_SETTLE_MS.
 *
 * Context: any.
 */
void memmap_drain_added(void)
{
	if (!memmap_boot.param.strategy->late)
		return;
	/* Pairs with READ_ONCE() in added_work_fn() and kernel_done(). */
	WRITE_ONCE(memmap_added, true);
	memmap_boot_more(&memmap_boot);
	mod_delayed_work(system_wq, &added_work,
			 msecs_to_jiffies(MEMMAP_SETTLE_MS));
}

/* Add a report; of many, the oldest one goes. */
static void report_add(struct memmap_report *report)
{
	struct memmap_report *oldest = NULL;
	static unsigned int nr_reports;
	unsigned long flags;

	spin_lock_irqsave(&memmap_reports_lock, flags);
	list_add_tail(&report->list, &memmap_reports);
	if (++nr_reports > MOST_REPORTS) {
		oldest = list_first_entry(&memmap_reports, struct memmap_report,
					  list);
		list_del(&oldest->list);
		nr_reports--;
	}
	spin_unlock_irqrestore(&memmap_reports_lock, flags);
	if (oldest != &memmap_first_report)
		kfree(oldest);
}

static void kernel_done(struct memmap_drain *drain)
{
	const char *name = drain->boot->param.strategy->name;
	/* Clocks of two CPUs may differ: a negative time is none. */
	u64 us = div_u64(max_t(s64, 0, drain->end_ns - drain->start_ns),
			 NSEC_PER_USEC);
	unsigned long nr_pages = atomic_long_read(&drain->nr_pages);
	/*
	 * More workers than CPUs may have been active: a thread for a node
	 * without CPUs runs on the CPU of another worker.
	 */
	unsigned int cpus = min_t(unsigned int, atomic_read(&drain->nr_active),
				  num_online_cpus());
	struct memmap_report *report = &memmap_first_report;
	char where[16] = "all";

	if (drain->nid != NUMA_NO_NODE)
		snprintf(where, sizeof(where), "node %d", drain->nid);
	pr_info("%s: %s: %lu pages in %llu us, %u CPUs\n", name, where,
		nr_pages, us, cpus);
	trace_memmap_init_drain(drain->nid, nr_pages, us, cpus);

	if (slab_is_available())
		report = kmalloc(sizeof(*report), GFP_KERNEL);
	if (report) {
		report->nid = drain->nid;
		report->nr_pages = nr_pages;
		report->us = us;
		report->cpus = cpus;
		report_add(report);
	}
	memmap_update_zones();

	/* From now on @drain may be begun anew. Pairs with added_work_fn(). */
	smp_store_mb(memmap_drained, true);
	if (READ_ONCE(memmap_added))
		memmap_drain_added();
}

/*
 * Each claim needs a free entry in the table. If there is no memory for a
 * larger table, workers claim whole extents instead of chunks.
 */
static void kernel_reserve(struct memmap_boot *boot)
{
	unsigned int i;

	if (!slab_is_available())
		return;
	for (i = 0; i < boot->nr_sets; i++)
		memmap_extents_reserve(boot->sets[i], num_online_cpus() + 2);
}

static void kernel_run(struct memmap_drain *drain, int nid)
{
	struct memmap_worker worker;
	cpumask_var_t saved;
	bool moved = false;

	/* For a node without CPUs the boot thread stays where it is. */
	if (nid != NUMA_NO_NODE && !cpumask_empty(cpumask_of_node(nid)) &&
	    alloc_cpumask_var(&saved, GFP_KERNEL)) {
		cpumask_copy(saved, current->cpus_ptr);
		moved = !set_cpus_allowed_ptr(current, cpumask_of_node(nid));
		if (!moved)
			free_cpumask_var(saved);
	}

	kernel_reserve(drain->boot);
	memmap_worker_init(&worker, drain, raw_smp_processor_id(),
			   nid == NUMA_NO_NODE ? numa_node_id() : nid);
	memmap_drain_run(drain, &worker);
	memmap_drain_finish(drain, &worker);

	if (moved) {
		set_cpus_allowed_ptr(current, saved);
		free_cpumask_var(saved);
	}
}

/**
 * struct memmap_call - a CPU that a cross-call has reached
 * @work: a quantum of it, in a bottom half of this CPU
 * @drain: the drain
 * @worker: its part in it; it keeps its chunk from one quantum to the next
 */
struct memmap_call {
	struct work_struct work;
	struct memmap_drain *drain;
	struct memmap_worker worker;
};

static DEFINE_PER_CPU(struct memmap_call, memmap_call);
static struct cpumask memmap_call_mask __initdata;
static atomic_t memmap_nr_calls __initdata;
static DECLARE_COMPLETION(memmap_calls_done);

/*
 * No CPU waits for another: each queues its own work again. Between two quanta
 * its other bottom halves run, and threads when softirqs have had their time.
 */
static void __init call_quantum(struct work_struct *work)
{
	struct memmap_call *call = container_of(work, struct memmap_call, work);

	if (memmap_drain_run(call->drain, &call->worker))
		queue_work_on(smp_processor_id(), system_bh_wq, work);
	else if (atomic_dec_and_test(&memmap_nr_calls))
		complete(&memmap_calls_done);
}

static void __init call_init(struct memmap_drain *drain, int cpu, int nid)
{
	struct memmap_call *call = per_cpu_ptr(&memmap_call, cpu);

	INIT_WORK(&call->work, call_quantum);
	call->drain = drain;
	memmap_worker_init(&call->worker, drain, cpu, nid);
	cpumask_set_cpu(cpu, &memmap_call_mask);
	atomic_inc(&memmap_nr_calls);
}

static void __init kernel_cross_call(struct memmap_drain *drain)
{
	int cpu, nid;

	kernel_reserve(drain->boot);
	cpus_read_lock();
	for_each_online_node(nid) {
		unsigned int nr = 0;

		for_each_cpu_and(cpu, cpumask_of_node(nid), cpu_online_mask) {
			if (drain->threads && nr++ >= drain->threads)
				break;
			call_init(drain, cpu, nid);
		}
	}
	/* All have joined: the last one to finish is the last of all. */
	for_each_cpu(cpu, &memmap_call_mask)
		queue_work_on(cpu, system_bh_wq,
			      &per_cpu_ptr(&memmap_call, cpu)->work);
	wait_for_completion(&memmap_calls_done);
	cpus_read_unlock();

	for_each_cpu(cpu, &memmap_call_mask)
		memmap_drain_finish(drain,
				    &per_cpu_ptr(&memmap_call, cpu)->worker);
}

/**
 * struct memmap_thread - a thread that drains in the background
 * @next: another one of its node, which it has to create
 * @drain: what it drains
 * @worker: its part in it
 */
struct memmap_thread {
	struct memmap_thread *next;
	struct memmap_drain *drain;
	struct memmap_worker worker;
};

static int memmap_thread_fn(void *arg);

/* Return: false if it cannot be had. Its memory stays pristine and can be pulled. */
static bool thread_create(struct memmap_thread *thread,
			  const struct cpumask *mask)
{
	struct memmap_worker *worker = &thread->worker;
	struct task_struct *task;

	task = kthread_create_on_node(memmap_thread_fn, thread, worker->nid,
				      "memmap_init%d/%u", worker->nid,
				      worker->cpu);
	if (IS_ERR(task)) {
		memmap_drain_finish(thread->drain, worker);
		kfree(thread);
		return false;
	}
	if (mask)
		set_cpus_allowed_ptr(task, mask);
	wake_up_process(task);
	return true;
}

static int memmap_thread_fn(void *arg)
{
	struct memmap_thread *thread = arg, *next;

	/* Nobody wakes those who wait for the end of boot. */
	while (thread->drain->after_boot && system_state < SYSTEM_RUNNING)
		schedule_timeout_idle(HZ / 50);
	while ((next = thread->next)) {
		thread->next = next->next;
		next->next = NULL;
		thread_create(next, current->cpus_ptr);
	}
	/* Every other thread is more urgent: boot is not interrupted for it. */
	sched_setscheduler_nocheck(current, SCHED_IDLE,
				   &(struct sched_param){});
	memmap_drain_run(thread->drain, &thread->worker);
	memmap_drain_finish(thread->drain, &thread->worker);
	kfree(thread);
	return 0;
}

/* Put a thread into a list of those that are to be created. */
static void thread_add(struct memmap_thread **list, struct memmap_drain *drain,
		       int nid, unsigned int cpu)
{
	struct memmap_thread *thread = kmalloc(sizeof(*thread), GFP_KERNEL);

	if (!thread)
		return;
	thread->next = *list;
	thread->drain = drain;
	memmap_worker_init(&thread->worker, drain, cpu, nid);
	*list = thread;
}

/*
 * Boot waits for one thread of each node, which creates the others: to create
 * one takes as long as to write some thousand struct pages.
 */
static void kernel_spawn(struct memmap_drain *drain, int nid)
{
	static struct cpumask mask; /* one drain begins at a time */
	unsigned int most = memmap_drain_threads(drain, nid), nr = 0;
	struct memmap_thread *list = NULL;
	int cpu;

	kernel_reserve(drain->boot);
	/* User space runs meanwhile, so isolated CPUs are left alone. */
	cpumask_and(&mask, cpumask_of_node(nid),
		    housekeeping_cpumask(HK_TYPE_KTHREAD));
	for_each_cpu_and(cpu, &mask, cpu_online_mask) {
		if (nr++ >= most)
			break;
		thread_add(&list, drain, nid, cpu);
	}
	/* A node without CPUs: one thread, on any CPU. */
	if (!nr)
		thread_add(&list, drain, nid, 0);
	while (list) {
		struct memmap_thread *rest = list->next;

		if (thread_create(list, nr ? &mask : NULL))
			break;
		list = rest;
	}
}

/*
 * __refconst: cross_call is __init, and only memmap_boot_late() calls it, which
 * runs before init text is freed.
 */
const struct memmap_exec memmap_kernel_exec __refconst = {
	.name = "kernel",
	.now = kernel_now,
	.busy = memmap_page_busy,
	.init = memmap_page_init,
	.free = memmap_page_link,
	.run = kernel_run,
	.cross_call = kernel_cross_call,
	.spawn = kernel_spawn,
	.relax = kernel_relax,
	.distance = kernel_distance,
	.claimed = kernel_claimed,
	.done = kernel_done,
};
