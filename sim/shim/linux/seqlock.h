/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SEQLOCK_H
#define SIM_LINUX_SEQLOCK_H

#include <linux/compiler.h>
#include <linux/spinlock.h>

typedef struct {
	unsigned int sequence;
} seqcount_t;

typedef struct {
	seqcount_t seqcount;
} seqcount_spinlock_t;

#define seqcount_spinlock_init(s, lock) \
	((void)(lock), (s)->seqcount.sequence = 0)

static inline void raw_write_seqcount_begin(seqcount_spinlock_t *s)
{
	WRITE_ONCE(s->seqcount.sequence, s->seqcount.sequence + 1);
	smp_wmb(); /* pairs with the acquire in read_seqcount_begin() */
}

static inline void raw_write_seqcount_end(seqcount_spinlock_t *s)
{
	/* Pairs with smp_rmb() in read_seqcount_retry() */
	__atomic_store_n(&s->seqcount.sequence, s->seqcount.sequence + 1,
			 __ATOMIC_RELEASE);
}

static inline unsigned int read_seqcount_begin(const seqcount_spinlock_t *s)
{
	unsigned int seq;

	while ((seq = __atomic_load_n(&s->seqcount.sequence, __ATOMIC_ACQUIRE)) &
	       1)
		sched_yield();
	return seq;
}

/* Does not wait: with an odd count the retry is sure to fail. */
#define raw_seqcount_begin(s) \
	(__atomic_load_n(&(s)->sequence, __ATOMIC_ACQUIRE) & ~1U)

static inline bool read_seqcount_retry(const seqcount_spinlock_t *s,
				       unsigned int seq)
{
	smp_rmb(); /* pairs with smp_wmb() in raw_write_seqcount_begin() */
	return READ_ONCE(s->seqcount.sequence) != seq;
}

#endif /* SIM_LINUX_SEQLOCK_H */
