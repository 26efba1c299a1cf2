/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_COMPILER_H
#define SIM_LINUX_COMPILER_H

/* Races that the kernel's memory model allows are relaxed atomics here. */
#define READ_ONCE(x)	     __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), (value), __ATOMIC_RELAXED)

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define __rcu
#define noinline    __attribute__((noinline))
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, value) \
	__atomic_store_n((p), (value), __ATOMIC_RELEASE)

#endif /* SIM_LINUX_COMPILER_H */
