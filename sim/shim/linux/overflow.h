/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_OVERFLOW_H
#define SIM_LINUX_OVERFLOW_H

#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#define struct_size_t(type, member, n) \
	(sizeof(type) + (n) * sizeof(((type *)0)->member[0]))

#endif /* SIM_LINUX_OVERFLOW_H */
