/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the table of extents share, those of parts B and C. */
#include <linux/rcupdate.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/mmzone.h>

static pthread_mutex_t defer_lock = PTHREAD_MUTEX_INITIALIZER;
static void *replaced[4096];
static unsigned int nr_replaced;
static int done;

void sim_printk(const char *fmt, ...)
{
}

static void expect(bool good, const char *what)
{
	if (!good) {
		printf("%s\n", what);
		fflush(stdout);
		_exit(1);
	}
}

void sim_rcu_defer(struct rcu_head *head, void *pointer)
{
	/* Readers may have it still. */
	pthread_mutex_lock(&defer_lock);
	if (nr_replaced == sizeof(replaced) / sizeof(replaced[0]))
		abort();
	replaced[nr_replaced++] = pointer;
	pthread_mutex_unlock(&defer_lock);
}

static unsigned long pfn_of(unsigned long block)
{
	return block * MAX_ORDER_NR_PAGES;
}
