// SPDX-License-Identifier: GPL-2.0-only
/* What the sub-commands share: their input, their output, their manners. */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/units.h"
#include "cli/cmd.h"
#include "machine/machine.h"

/**
 * usage_error - bad input: say what and how to mend it, end with status 2
 * @format: names the place, the bad value and the remedy
 */
void usage_error(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "memmap: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

/**
 * cmd_parse_cmdline - find memmap_init= on a kernel command line
 * @strategy: the result
 * @text: the command line, other parameters welcome
 *
 * The kernel would go on after a bad token; a measurement of what was not
 * asked for helps nobody, so this ends the process after the same warning.
 */
void cmd_parse_cmdline(struct cmd_strategy *strategy, const char *text)
{
	static const char key[] = "memmap_init=";
	const char *p = text;
	char *value;

	while ((p = strstr(p, key)) && p > text && p[-1] != ' ')
		p++;
	if (!p)
		usage_error(
			"--cmdline '%s': no memmap_init= in it; want memmap_init=STRATEGY[,chunk=SIZE][,store=auto|cached|nt][,quantum=TIME][,threads=N]",
			text);
	p += strlen(key);
	value = strndup(p, strcspn(p, " "));
	if (!value)
		abort();
	if (memmap_param_parse(&strategy->param, value))
		usage_error(
			"--cmdline '%s': see the warning above; 'memmap time --help' lists what is known",
			text);
	free(value);
	strategy->text = text;
}

/**
 * cmd_fail - bad input: say what and how to mend it, end with status 2
 * @error: what is wrong
 */
void cmd_fail(const struct error *error)
{
	fflush(stdout);
	fprintf(stderr, "memmap: ");
	error_print(error, stderr);
	exit(EXIT_USAGE);
}

/**
 * cmd_topology - the machine of --machine and --mem
 * @machine: NULL for this host
 * @mem: NULL for what the machine has
 *
 * Return: the topology; bad input ends the process.
 */
struct topology *cmd_topology(const char *machine, const char *mem)
{
	struct error error = { 0 };
	struct topology *topology = machine_topology(machine, mem, &error);

	if (!topology)
		cmd_fail(&error);
	return topology;
}

/**
 * cmd_machine - the machine of --machine and --mem, with its costs
 * @machine: the result
 * @spec: NULL for this host
 * @mem: NULL for what the machine has
 *
 * Bad input ends the process.
 */
void cmd_machine(struct machine *machine, const char *spec, const char *mem)
{
	struct error error = { 0 };

	if (machine_load(machine, spec, mem, &error))
		cmd_fail(&error);
}

/**
 * cmd_parse_count - read a small positive number
 * @option: for the message
 * @text: the text
 * @max: largest value
 *
 * Return: the number; bad input ends the process.
 */
unsigned int cmd_parse_count(const char *option, const char *text,
			     unsigned int max)
{
	unsigned long value;

	if (!parse_count(text, 1, max, &value))
		usage_error("%s '%s': want a number from 1 to %u", option, text,
			    max);
	return value;
}

/**
 * cmd_output_check - can it be written? Asked before the work, not after it
 * @option: for the message
 * @path: a file; what is there is left as it is
 *
 * Return: @path.
 */
const char *cmd_output_check(const char *option, const char *path)
{
	bool there = !access(path, F_OK);
	FILE *out = fopen(path, "a");

	if (!out)
		usage_error("%s %s: %s", option, path, strerror(errno));
	fclose(out);
	if (!there)
		unlink(path);
	return path;
}

static volatile bool interrupted;

static void on_interrupt(int sig)
{
	interrupted = true;
	/* Who presses it twice means it. */
	signal(sig, SIG_DFL);
}

/**
 * cmd_catch_interrupt - let a long run end with what it has
 *
 * Return: where it is said that the user wants that.
 */
const volatile bool *cmd_catch_interrupt(void)
{
	signal(SIGINT, on_interrupt);
	return &interrupted;
}

/**
 * cmd_output - open --output
 * @path: NULL for standard output
 *
 * Return: the stream; a failure ends the process.
 */
FILE *cmd_output(const char *path)
{
	FILE *out = path ? fopen(path, "w") : stdout;

	if (!out)
		usage_error("--output %s: %s", path, strerror(errno));
	return out;
}

/**
 * cmd_output_close - nothing may be lost on a full disk
 * @out: from cmd_output()
 * @path: as given there
 */
void cmd_output_close(FILE *out, const char *path)
{
	if (fflush(out) || ferror(out) || (path && fclose(out))) {
		fprintf(stderr, "memmap: %s: %s\n",
			path ? path : "standard output", strerror(errno));
		exit(EXIT_FAILURE);
	}
}

/**
 * cmd_free_bytes - memory that this process may touch without harm
 *
 * Return: in bytes: what Linux calls available.
 */
unsigned long cmd_free_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

/**
 * cmd_progress - tell a waiting person how far we are
 * @what: is being done
 * @done: steps done
 * @total: of how many
 *
 * Only on a terminal, and only once a second has passed.
 */
void cmd_progress(const char *what, unsigned int done, unsigned int total)
{
	static u64 start_ns;
	static bool shown;

	if (!isatty(STDERR_FILENO))
		return;
	if (!start_ns)
		start_ns = clock_ns();
	if (done == total) {
		if (shown)
			fprintf(stderr, "\r\033[K");
	} else if (shown || clock_ns() - start_ns > 1000000000) {
		shown = true;
		fprintf(stderr, "\r\033[K%s: %u of %u, %s", "memmap", done + 1,
			total, what);
	}
	fflush(stderr);
}
