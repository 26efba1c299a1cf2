// SPDX-License-Identifier: GPL-2.0-only
/*
 * dnuma-test as a job of the guest: what it prints are the guest's lines.
 *
 * guest.args=A:B:C  its arguments, as in guest.args=--nodes=0,2:--stripe=32
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

int dnuma_test_main(int argc, char **argv);

#define MAX_ARGS 16
#define OUTPUT	 "/tmp/dnuma-test"

static void run(char *args)
{
	char *argv[MAX_ARGS + 2] = { "dnuma-test" }, *word, *rest;
	int argc = 1, fd = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	for (word = strtok_r(args, ":", &rest); word && argc <= MAX_ARGS;
	     word = strtok_r(NULL, ":", &rest))
		argv[argc++] = word;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	exit(dnuma_test_main(argc, argv));
}

void job_dnuma_test(void)
{
	char *args = strdup(param("args", "")), *text, *line, *rest;
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		run(args);
	waitpid(pid, &status, 0);
	text = read_file(OUTPUT);
	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		say("%s", line);
	report(!status, "dnuma-test", "status %d", status);
	free(text);
	free(args);
}
