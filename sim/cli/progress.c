// SPDX-License-Identifier: GPL-2.0-only
/* Long work: side by side where it can be, and a person sees how far it is. */
#include <errno.h>
#include <omp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/die.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

/**
 * progress - tell a waiting person how far we are
 * @what: is being done
 * @done: steps done
 * @total: of how many
 *
 * Only on a terminal, and only once a second has passed.
 */
void progress(const char *what, unsigned int done, unsigned int total)
{
	static uint64_t start_ns;
	static bool shown;

	if (!isatty(STDERR_FILENO))
		return;
	if (!start_ns)
		start_ns = clock_ns();
	if (done >= total) {
		if (shown)
			fprintf(stderr, "\r\033[K");
		shown = false;
	} else if (shown || clock_ns() - start_ns > 1000000000) {
		shown = true;
		fprintf(stderr, "\r\033[Kmemmap: %u of %u, %s", done + 1, total,
			what);
	}
	fflush(stderr);
}

/**
 * struct pool - some threads at the same list of steps
 * @next: the first step that nobody has begun
 * @nr: steps
 * @fn: does one
 * @arg: for it
 * @done: per step
 * @step: posted when one is done
 * @thread: the threads
 */
struct pool {
	unsigned int next;
	unsigned int nr;
	void (*fn)(void *arg, unsigned int i);
	void *arg;
	bool *done;
	sem_t step;
	pthread_t *thread;
};

static void *pool_thread(void *arg)
{
	struct pool *pool = arg;
	unsigned int i;

	while (!interrupted() &&
	       (i = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED)) <
		       pool->nr) {
		pool->fn(pool->arg, i);
		__atomic_store_n(&pool->done[i], true, __ATOMIC_RELEASE);
		sem_post(&pool->step);
	}
	return NULL;
}

/* Half a second, for the signal may have gone to another thread. */
static int wait_step(struct pool *pool)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 500000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return sem_timedwait(&pool->step, &until);
}

/**
 * parallel_for - steps that know nothing of each other, on all CPUs
 * @what: for progress()
 * @nr: steps
 * @fn: does step @i
 * @arg: for @fn; if interrupted, it must stay where it is
 * @done: the result, per step: it is complete
 *
 * Return: false if interrupted, which is said. Then some threads may still be at
 * a step that is not @done; they end with the process, which prints what it has
 * and ends.
 */
bool parallel_for(const char *what, unsigned int nr,
		  void (*fn)(void *arg, unsigned int i), void *arg, bool *done)
{
	/* Not on the stack: see @done. */
	static struct pool the_pool;
	struct pool *pool = &the_pool;
	unsigned int threads = omp_get_num_procs(), started = 0, steps = 0;

	if (threads > nr)
		threads = nr;
	*pool = (struct pool){ .nr = nr, .fn = fn, .arg = arg, .done = done };
	pool->thread = xcalloc(threads, sizeof(*pool->thread));
	sem_init(&pool->step, 0, 0);
	while (started < threads &&
	       !pthread_create(&pool->thread[started], NULL, pool_thread, pool))
		started++;
	if (!started)
		pool_thread(pool);
	while (steps < nr && !interrupted()) {
		progress(what, steps, nr);
		steps += !wait_step(pool);
	}
	progress(what, 1, 1);
	if (steps < nr) {
		fprintf(stderr,
			"memmap: interrupted; what was complete is printed\n");
		return false;
	}
	while (started--)
		pthread_join(pool->thread[started], NULL);
	sem_destroy(&pool->step);
	free(pool->thread);
	return true;
}
