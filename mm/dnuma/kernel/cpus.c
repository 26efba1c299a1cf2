// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs change their node. Much is built from the node of a CPU when it comes
 * online: scheduling domains, zonelists of its node, lists of slabs, links. So a
 * CPU is taken off, gets its other node, and comes back.
 */
#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/dnuma.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/node.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>
#include <linux/topology.h>
#include "kernel.h"

/**
 * arch_set_cpu_node - a CPU is on another node from now on
 * @cpu: the CPU; present and offline
 * @nid: the node; online
 *
 * Context: device_hotplug_lock held.
 * Return: 0, or -EOPNOTSUPP where firmware alone may say it.
 */
int __weak arch_set_cpu_node(unsigned int cpu, int nid)
{
	return -EOPNOTSUPP;
}

/* With device_hotplug_lock held. */
static int cpu_move(unsigned int cpu, int nid)
{
	struct device *dev = get_cpu_device(cpu);
	bool online = cpu_online(cpu);
	int old = cpu_to_node(cpu), err;

	if (!dev)
		return -ENODEV;
	if (!node_online(nid)) {
		err = try_online_node(nid);
		if (err < 0)
			return err;
	}
	if (online) {
		err = device_offline(dev);
		if (err)
			return err < 0 ? err : -EBUSY;
	}
	err = arch_set_cpu_node(cpu, nid);
	if (!err) {
		unregister_cpu_under_node(cpu, old);
		register_cpu_under_node(cpu, nid);
	}
	if (online && device_online(dev))
		return -EIO;
	return err;
}

/**
 * dnuma_cpu_move - a CPU goes to another node
 * @cpu: the CPU
 * @nid: the node; may have no memory, and no CPU yet
 *
 * It is offline meanwhile, if it was online. An x86 boot CPU cannot be.
 *
 * Context: process context, sleeps.
 * Return: 0; -ENODEV: there is no such CPU or node; -EOPNOTSUPP; -EPERM or
 * -EBUSY: it cannot be taken off; -EIO: it does not come back.
 */
int dnuma_cpu_move(unsigned int cpu, unsigned int nid)
{
	int err = 0;

	if (cpu >= nr_cpu_ids || !cpu_present(cpu) || nid >= nr_node_ids ||
	    !node_possible(nid))
		return -ENODEV;
	lock_device_hotplug();
	if (cpu_to_node(cpu) != nid)
		err = cpu_move(cpu, nid);
	unlock_device_hotplug();
	return err;
}

/**
 * dnuma_cpus_show - print the node of each CPU
 * @m: to there
 * @unused: unused
 *
 * Context: process context, may sleep.
 * Return: 0.
 */
int dnuma_cpus_show(struct seq_file *m, void *unused)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		seq_printf(m, "%u %d\n", cpu, cpu_to_node(cpu));
	return 0;
}
