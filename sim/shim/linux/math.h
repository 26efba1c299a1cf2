/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_LINUX_MATH_H
#define SIM_LINUX_MATH_H

#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define rounddown(x, a)	   ((x) / (a) * (a))
#define round_down(x, a)   rounddown(x, a)
#define round_up(x, a)	   rounddown((x) + (a)-1, a)

/* The largest number whose square is not larger than @x. */
static inline unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0, bit;

	for (bit = 1UL << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= x)
			root |= bit;
	return root;
}

#endif /* SIM_LINUX_MATH_H */
