// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool under many threads: some fault, some are daemons, one takes memory
 * away and brings it back, one audits the counters meanwhile.
 *
 *	faults ----> queues ----> daemons, two a node
 *	   sections come and go     each page in one hand at a time
 *
 * In the end nothing is lost and nothing waits. Under thread sanitizer there is
 * no race either; and each lock or barrier that the pool has is left out in
 * turn, in a process of its own, which must be found. The core's sources are
 * included here, so that what they lock can be chosen.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#define UNDER_TSAN __has_feature(thread_sanitizer)
#else
#define UNDER_TSAN 0
#endif

/**
 * enum fault - what is left out
 * @NOTHING: all is there
 * @POOL_LOCK: the lock of the free entries
 * @QUEUE_LOCK: the lock of a queue
 * @ACQUIRE: the barrier between a section's bit and its bytes
 * @GRACE_PERIOD: bytes go while somebody may read them
 */
enum fault { NOTHING, POOL_LOCK, QUEUE_LOCK, ACQUIRE, GRACE_PERIOD };

static enum fault left_out;
static spinlock_t *pool_lock;

static bool is_left_out(const spinlock_t *lock)
{
	return left_out == (lock == pool_lock ? POOL_LOCK : QUEUE_LOCK);
}

static void chosen_lock(spinlock_t *lock)
{
	if (!is_left_out(lock))
		spin_lock(lock);
}

static void chosen_unlock(spinlock_t *lock)
{
	if (!is_left_out(lock))
		spin_unlock(lock);
}

static bool chosen_test_bit(unsigned long nr, const unsigned long *p)
{
	return left_out == ACQUIRE ? test_bit(nr, p) : test_bit_acquire(nr, p);
}

#define NR_NODES    3
#define NR_FAULTERS 4
#define NR_DAEMONS  (2 * NR_NODES)
#define NR_THREADS  (NR_FAULTERS + NR_DAEMONS + 2)

/*
 * A grace period: @reading of a thread is odd while it reads. Readers learn
 * nothing from who waits for them, so a missing barrier is not hidden.
 */
static unsigned int reading[NR_THREADS];
static __thread unsigned int me, depth;

static void read_lock(void)
{
	/* Pairs with the one in wait_for_readers(): one of the two sees it. */
	if (!depth++)
		__atomic_add_fetch(&reading[me], 1, __ATOMIC_SEQ_CST);
}

static void read_unlock(void)
{
	/* Pairs with the acquire in wait_for_readers(). */
	if (!--depth)
		__atomic_add_fetch(&reading[me], 1, __ATOMIC_RELEASE);
}

static void wait_for_readers(void)
{
	unsigned int i, seen;

	if (left_out == GRACE_PERIOD)
		return;
	/* Pairs with read_lock(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < NR_THREADS; i++) {
		seen = __atomic_load_n(&reading[i], __ATOMIC_ACQUIRE);
		while (seen % 2 &&
		       __atomic_load_n(&reading[i], __ATOMIC_ACQUIRE) == seen)
			sched_yield();
	}
}

#undef rcu_read_lock
#undef rcu_read_unlock
#undef spin_unlock
#undef test_bit_acquire
#define rcu_read_lock()		read_lock()
#define rcu_read_unlock()	read_unlock()
#define spin_lock(lock)		chosen_lock(lock)
#define spin_unlock(lock)	chosen_unlock(lock)
#define test_bit_acquire(nr, p) chosen_test_bit(nr, p)
/* clang-format off: the macros above come first. */
#include "../../mm/page_numa/history.c"
#include "../../mm/page_numa/pool.c"
/* clang-format on */

#define NR_SECTIONS   16UL
#define SECTION_SHIFT 8
#define NR_PAGES      (NR_SECTIONS << SECTION_SHIFT)
#define NR_FAULTS     100000
/* Few, so that the pool is often full. */
#define NR_ENTRIES 64

/**
 * struct machine - what the threads share
 * @history: of its pages
 * @pool: of these
 * @home: node of each page
 * @in_hand: daemons that have each page; never more than one
 * @online: held for reading by a daemon with a batch, for writing while memory
 *	goes
 * @nr_faulting: threads that still fault
 * @nr_new: pages that they have queued
 * @nr_full: pages for which there was no entry
 * @bad: what went wrong; NULL: nothing
 */
struct machine {
	struct page_numa_history history;
	struct page_numa_pool *pool;
	u8 home[NR_PAGES];
	int in_hand[NR_PAGES];
	pthread_rwlock_t online;
	int nr_faulting;
	atomic_long_t nr_new;
	atomic_long_t nr_full;
	const char *bad;
};

static struct machine m;

static void check(bool good, const char *what)
{
	if (!good)
		__atomic_store_n(&m.bad, what, __ATOMIC_RELAXED);
}

static bool going_on(void)
{
	/* Pairs with the release in fault(): all that it queued is seen. */
	return __atomic_load_n(&m.nr_faulting, __ATOMIC_ACQUIRE) > 0;
}

/* Most uses are by one node, so that pages come to rest, and others do not. */
static void *fault(void *arg)
{
	unsigned int seed = (uintptr_t)arg + 1;
	long nr_new = 0, nr_full = 0;
	unsigned int i;

	me = (uintptr_t)arg;
	for (i = 0; i < NR_FAULTS; i++) {
		unsigned long pfn = rand_r(&seed) % NR_PAGES, waiting;
		int user = rand_r(&seed) % 4 ? (int)pfn % NR_NODES :
					       rand_r(&seed) % NR_NODES;

		switch (page_numa_fault(m.pool, pfn, 0, READ_ONCE(m.home[pfn]),
					user, &waiting)) {
		case PAGE_NUMA_NEW:
			nr_new++;
			check(waiting && waiting <= NR_ENTRIES,
			      "more waits than there are entries");
			break;
		case PAGE_NUMA_FULL:
		case PAGE_NUMA_MOVE:
			nr_full++;
			break;
		default:
			break;
		}
	}
	atomic_long_add(nr_new, &m.nr_new);
	atomic_long_add(nr_full, &m.nr_full);
	/* Pairs with the acquire in going_on(). */
	__atomic_sub_fetch(&m.nr_faulting, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void move(struct page_numa_item *item, int nid)
{
	check(__atomic_add_fetch(&m.in_hand[item->pfn], 1, __ATOMIC_RELAXED) ==
		      1,
	      "two daemons have one page");
	if (item->end != PAGE_NUMA_STALE && item->pfn % 8) {
		item->end = PAGE_NUMA_MIGRATED;
		WRITE_ONCE(m.home[item->pfn], nid);
	}
	__atomic_sub_fetch(&m.in_hand[item->pfn], 1, __ATOMIC_RELAXED);
}

static void *run_daemon(void *arg)
{
	struct page_numa_batch *batch = malloc(sizeof(*batch));
	int nid = (uintptr_t)arg % NR_NODES;
	unsigned int i;
	bool last;

	me = (uintptr_t)arg;
	do {
		last = !going_on();
		pthread_rwlock_rdlock(&m.online);
		page_numa_take(m.pool, nid, 0, batch);
		for (i = 0; i < batch->nr; i++)
			move(&batch->item[i], nid);
		page_numa_done(m.pool, nid, batch);
		pthread_rwlock_unlock(&m.online);
		if (!batch->nr)
			sched_yield();
	} while (!last || batch->nr);
	free(batch);
	return NULL;
}

/* Not memset(), which thread sanitizer overlooks with the options of make check. */
static void zero(volatile u8 *byte, unsigned long nr)
{
	while (nr--)
		*byte++ = 0;
}

/* A section is removed, and comes back with a history of zeroes. */
static void *replug(void *arg)
{
	unsigned int seed = 1;

	me = (uintptr_t)arg;
	while (going_on()) {
		unsigned long start = (rand_r(&seed) % NR_SECTIONS)
				      << SECTION_SHIFT;
		unsigned long end = start + (1UL << SECTION_SHIFT);

		pthread_rwlock_wrlock(&m.online);
		check(page_numa_remove(&m.history, start), "not there");
		wait_for_readers();
		page_numa_forget(m.pool, start, end);
		pthread_rwlock_unlock(&m.online);
		zero(&m.history.byte[start], end - start);
		check(page_numa_add(&m.history, start), "not gone");
		usleep(200);
	}
	return NULL;
}

static void audit(void)
{
	struct page_numa_counts c;
	int nid;

	for (nid = 0; nid < NR_NODES; nid++) {
		page_numa_count(m.pool, nid, &c);
		check(c.queued == c.migrated + c.stale + c.dropped + c.waiting +
					  c.taken,
		      "counters do not add up");
	}
}

static void *run_audit(void *arg)
{
	while (going_on()) {
		audit();
		usleep(100);
	}
	return NULL;
}

static void check_end(void)
{
	struct page_numa_counts sum;
	unsigned long pfn;

	audit();
	page_numa_count_all(m.pool, &sum);
	check(!sum.waiting && !sum.taken, "pages wait for ever");
	check(sum.queued == (unsigned long)m.nr_new.counter, "queued");
	check(sum.full == (unsigned long)m.nr_full.counter, "full");
	check(sum.migrated && sum.full, "nothing was tried");
	check(m.pool->nr_free == NR_ENTRIES, "entries are lost");
	for (pfn = 0; pfn < NR_PAGES; pfn++)
		check(!(m.history.byte[pfn] & PAGE_NUMA_QUEUED),
		      "a page is taken for one that waits");
}

/* All threads once; what went wrong, NULL for nothing. */
static const char *run(void)
{
	pthread_t thread[NR_THREADS];
	pthread_rwlockattr_t attr;
	uintptr_t i;

	m.history.byte = calloc(NR_PAGES, 1);
	m.history.present = calloc(1, sizeof(long));
	m.history.nr_pages = NR_PAGES;
	m.history.section_shift = SECTION_SHIFT;
	for (i = 0; i < NR_PAGES; i += 1UL << SECTION_SHIFT)
		page_numa_add(&m.history, i);
	m.pool = page_numa_pool_alloc(&m.history, NR_ENTRIES, NR_NODES);
	m.pool->policy.fallback = false;
	pool_lock = &m.pool->lock;
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(
		&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&m.online, &attr);
	m.nr_faulting = NR_FAULTERS;
	for (i = 0; i < NR_THREADS; i++)
		pthread_create(&thread[i], NULL,
			       i < NR_FAULTERS		    ? fault :
			       i < NR_FAULTERS + NR_DAEMONS ? run_daemon :
			       i < NR_THREADS - 1	    ? replug :
							      run_audit,
			       (void *)i);
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(thread[i], NULL);
	check_end();
	page_numa_pool_free(m.pool);
	free(m.history.byte);
	free(m.history.present);
	return m.bad;
}

#if UNDER_TSAN
/* The first race ends the process, before what it breaks does worse. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "halt_on_error=1";
}
#endif

#define STATUS_RACE 66 /* thread sanitizer's */
#define STATUS_BAD  1

/* The status of a process in which @what is left out. */
static int status_without(enum fault what)
{
	const char *bad;
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child) {
		left_out = what;
		if (what != NOTHING && !freopen("/dev/null", "w", stderr))
			exit(EXIT_FAILURE);
		alarm(120);
		bad = run();
		if (bad)
			print_error("%s\n", bad);
		exit(bad ? STATUS_BAD : EXIT_SUCCESS);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + status;
}

static void nothing_lost(void **state)
{
	assert_int_equal(status_without(NOTHING), EXIT_SUCCESS);
}

static void each_lock_is_needed(void **state)
{
	enum fault what;

	if (!UNDER_TSAN)
		skip();
	for (what = POOL_LOCK; what <= GRACE_PERIOD; what++)
		if (status_without(what) != STATUS_RACE)
			fail_msg("control %d: nothing was found", what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_lost),
		cmocka_unit_test(each_lock_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
