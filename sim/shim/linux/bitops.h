/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_BITOPS_H
#define SIM_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG	 (8 * sizeof(long))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BIT_MASK(n)	 (1UL << ((n) % BITS_PER_LONG))
#define bit_load(n, p, order) \
	(!!(__atomic_load_n(&(p)[(n) / BITS_PER_LONG], order) & BIT_MASK(n)))

#define test_bit(n, p)	       bit_load(n, p, __ATOMIC_RELAXED)
#define test_bit_acquire(n, p) bit_load(n, p, __ATOMIC_ACQUIRE)

/*
 * Relaxed in Linux, where smp_mb__before_atomic() makes them more. Thread
 * sanitizer does not see fences, so here the barrier is in the operation.
 */
#define smp_mb__before_atomic() ((void)0)
#define set_bit(n, p)                                                    \
	((void)__atomic_fetch_or(&(p)[(n) / BITS_PER_LONG], BIT_MASK(n), \
				 __ATOMIC_RELEASE))
#define clear_bit(n, p)                                                    \
	((void)__atomic_fetch_and(&(p)[(n) / BITS_PER_LONG], ~BIT_MASK(n), \
				  __ATOMIC_RELAXED))

#endif /* SIM_LINUX_BITOPS_H */
