// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <linux/kernel.h>
#include "base/clock.h"
#include "base/output.h"
#include "cli/interrupt.h"

/*
 * timeout(1) sends a signal to its child, then to the whole group, so the child
 * gets two. A person is slower than this.
 */
#define AGAIN_NS 300000000

static volatile sig_atomic_t caught, signal_nr;
static uint64_t first_ns;

static void write_text(const char *text)
{
	ssize_t nr = write(STDERR_FILENO, text, strlen(text));

	(void)nr;
}

static void on_signal(int sig)
{
	bool again = signal_nr;

	if (again && clock_ns() - first_ns < AGAIN_NS)
		return;
	if (!again)
		first_ns = clock_ns();
	signal_nr = sig;
	if (caught && !again)
		return;
	output_abandon();
	write_text(again ? "memmap: interrupted again\n" :
			   "memmap: interrupted, before there was a result\n");
	_exit(128 + sig);
}

/**
 * interrupt_init - from here on a signal ends the process with a message
 */
void interrupt_init(void)
{
	/* A person, another process, a closed terminal, a limit of CPU time. */
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGXCPU };
	/* No SA_RESTART: what waits for input is not to wait on. */
	struct sigaction action = { .sa_handler = on_signal }, old;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		/* nohup(1), or a shell that runs this in the background. */
		if (!sigaction(signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	/* A reader who has left is a failed write, not the end. */
	signal(SIGPIPE, SIG_IGN);
}

/**
 * interrupt_catch - from here on there is something to print
 */
void interrupt_catch(void)
{
	caught = true;
}

/**
 * interrupted - is it time to print what there is?
 */
bool interrupted(void)
{
	return signal_nr;
}

/**
 * interrupt_status - what the process ends with
 * @status: if it was not interrupted
 */
int interrupt_status(int status)
{
	return signal_nr ? 128 + signal_nr : status;
}
