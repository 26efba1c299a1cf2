/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_ATOMIC_H
#define SIM_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Value-returning operations are full barriers in Linux, so here as well. */
#define atomic_read(v)	 READ_ONCE((v)->counter)
#define atomic_set(v, i) WRITE_ONCE((v)->counter, (i))
#define atomic_inc(v) \
	((void)__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_RELAXED))
#define atomic_dec(v) \
	((void)__atomic_sub_fetch(&(v)->counter, 1, __ATOMIC_RELAXED))
#define atomic_inc_return(v) \
	__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST)
#define atomic_dec_and_test(v) \
	(!__atomic_sub_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST))
#define atomic_long_read(v)   READ_ONCE((v)->counter)
#define atomic_long_set(v, i) WRITE_ONCE((v)->counter, (i))
#define atomic_long_add(i, v) \
	((void)__atomic_add_fetch(&(v)->counter, (i), __ATOMIC_RELAXED))
#define try_cmpxchg_relaxed(p, old, new)                                  \
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_RELAXED, \
				    __ATOMIC_RELAXED)

#endif /* SIM_LINUX_ATOMIC_H */
