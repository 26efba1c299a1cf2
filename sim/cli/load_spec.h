/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_CLI_LOAD_SPEC_H
#define SIM_CLI_LOAD_SPEC_H

/*
 * Loads as a user names them: NAME, KEY=VALUE,..., or a name and what differs
 * from it.
 */
#include "model/load.h"

/* Those that have a name: the name, what it stands for, what it is. */
#define LOADS(LOAD)                                               \
	LOAD("none", "touch=0%", "nothing: boot alone counts")    \
	LOAD("tenth", "touch=10%", "by all CPUs at once")         \
	LOAD("all", "touch=100%", "by all CPUs at once")          \
	LOAD("function", "touch=128M,cpus=1", "one in a microVM") \
	LOAD("database", "touch=25%,cpus=4,at=boot+1s", "a VM that starts one")

#define LOAD_LINE(name, text, what) "  " name ": " text ", " what "\n"

/* What a load is, for --help. */
#define LOAD_HELP                                                       \
	"A load is who touches memory for the first time once boot "    \
	"goes on, as NAME, as KEY=VALUE with commas between, or as "    \
	"both, such as tenth,cpus=8:\n\n"                               \
	"  touch=SIZE, touch=N%   how much, such as 512M or 10%\n"      \
	"  cpus=N, cpus=all       CPUs, spread over all nodes\n"        \
	"  at=boot, at=boot+TIME  when, such as boot+1s\n"              \
	"  clear=yes, clear=no    they clear what they take, or not\n"  \
	"  sleep=N%               they sleep so much of their time\n"   \
	"\n"                                                            \
	"Each CPU touches as much. Loads with a name, where a machine " \
	"may have fewer CPUs:\n\n" LOADS(LOAD_LINE)

/**
 * struct load_spec - what a user has said
 * @text: as given
 * @touch_bytes: touch=SIZE; 0: a share was given
 * @named: the CPUs are those of a named load, and fewer do
 * @load: the rest; 0 CPUs are all
 */
struct load_spec {
	const char *text;
	unsigned long touch_bytes;
	bool named;
	struct load load;
};

void load_spec_parse(struct load_spec *spec, const char *text);
struct load load_spec_on(const struct load_spec *spec, const char *name,
			 double bytes, unsigned int cpus);
char *load_words(const struct load *load, double bytes);

#endif /* SIM_CLI_LOAD_SPEC_H */
