// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does an emulator keep EFLAGS over cmpxchg16b? The instruction changes ZF
 * alone. An emulator that computes flags only when they are asked for has to do
 * so before its helper changes ZF; QEMU 7.2 does not, and takes the last operand
 * of cmp for flags. Every pushf then saves bits that no CPU has: with TF among
 * them, the next popf traps.
 */
#include <stdint.h>
#include <stdio.h>

#define ROUNDS 1000
/* Bits 22 to 63 read as 0 (Intel SDM, volume 1, 3.4.3). */
#define NEVER_SET (~0ULL << 22)

static uint64_t pair[2] __attribute__((aligned(16)));

/* Flags after a comparison with an operand that does not look like flags. */
static uint64_t flags_after(void)
{
	uint64_t operand = 0xdeadbeef5a5a0000ULL, flags;

	/* popf and the jump leave the emulator with flags that are computed. */
	asm volatile("pushfq; popfq; jmp 1f\n"
		     "1: cmpq %[operand], %[other]\n"
		     "lock cmpxchg16b %[pair]\n"
		     "pushfq; popq %[flags]"
		     : [flags] "=&r"(flags), [pair] "+m"(pair)
		     : [operand] "r"(operand), [other] "r"(operand + 5),
		       "a"(0ULL), "d"(0ULL), "b"(0ULL), "c"(0ULL)
		     : "cc", "memory");
	return flags;
}

int main(void)
{
	unsigned int bad = 0, i;
	uint64_t flags = 0;

	for (i = 0; i < ROUNDS; i++) {
		flags = flags_after();
		bad += !!(flags & NEVER_SET);
	}
	printf("RFLAGS 0x%lx, with bits that no CPU sets in %u of %d\n", flags,
	       bad, ROUNDS);
	return bad != 0;
}
