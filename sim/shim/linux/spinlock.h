/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_SPINLOCK_H
#define SIM_LINUX_SPINLOCK_H

#include <sched.h>
#include <linux/types.h>

typedef struct {
	u8 locked;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

/* There may be more threads than CPUs: the one that holds it must get to run. */
static inline void spin_lock(spinlock_t *lock)
{
	unsigned int spins = 0;

	while (__atomic_test_and_set(&lock->locked, __ATOMIC_ACQUIRE))
		if (++spins % 128 == 0)
			sched_yield();
}

#define SINGLE_DEPTH_NESTING		    1
#define spin_lock_nested(lock, depth)	    spin_lock(lock)
#define spin_unlock(lock)		    __atomic_clear(&(lock)->locked, __ATOMIC_RELEASE)
#define spin_lock_irqsave(lock, flags)	    ((void)((flags) = 0), spin_lock(lock))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags), spin_unlock(lock))
#define lockdep_assert_held(lock)	    ((void)(lock))

#endif /* SIM_LINUX_SPINLOCK_H */
