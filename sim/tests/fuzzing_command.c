// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole command, in a child for each input, for it ends the process where
 * an input is bad. What the child covers is copied back, so that libFuzzer sees
 * it; a sanitizer's report or a signal there is a finding here.
 *
 * The child works in a folder of its own. It measures nothing: bringing up real
 * memory ends it, and so does more virtual time than a moment's.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/die.h"
#include "host/host.h"
#include "model/settle.h"
#include "model/simulation.h"
#include "tests/fuzzing.h"

/* What a sanitizer ends with; no status of the command. */
#define REPORTED 77

/* Blocks and CPUs of all simulations together. */
#define MOST_WORK  300000
#define BLOCK_SIZE (4UL << 20)
/* No input writes more into a file. */
#define MOST_BYTES (64UL << 20)

/* Called by the sanitizers. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "exitcode=77";
}

const char *__ubsan_default_options(void)
{
	return "exitcode=77:print_stacktrace=1";
}

/* sim/cli/main.c, under another name; see the Makefile. */
int memmap_main(int argc, char **argv);

/* The linker wraps these for the fuzz targets. */
struct host *__wrap_host_create(const struct topology *topology,
				unsigned int threads, struct error *error);
int __real_simulation_run(const struct topology *topology,
			  const struct machine_costs *costs,
			  const struct memmap_param *param,
			  struct simulation_result *result,
			  const struct simulation_watch *watch, void *arg);
int __wrap_simulation_run(const struct topology *topology,
			  const struct machine_costs *costs,
			  const struct memmap_param *param,
			  struct simulation_result *result,
			  const struct simulation_watch *watch, void *arg);

void __real_settle_run(const struct topology *topology,
		       const struct machine_costs *costs,
		       const struct settle_load *load,
		       const struct settle_pool *pool,
		       struct settle_result *result);
void __wrap_settle_run(const struct topology *topology,
		       const struct machine_costs *costs,
		       const struct settle_load *load,
		       const struct settle_pool *pool,
		       struct settle_result *result);

/* What the compiler counts of the code that ran. */
extern uint8_t __start___sancov_cntrs[], __stop___sancov_cntrs[];

static uint8_t *covered;
static bool in_child;

static size_t nr_counters(void)
{
	return __stop___sancov_cntrs - __start___sancov_cntrs;
}

/* The last that a child does: handlers are called in reverse. */
static void leave(int status, void *arg)
{
	memcpy(covered, __start___sancov_cntrs, nr_counters());
	_exit(status);
}

/* More than is to be done here; all that was checked before is right. */
static void __attribute__((noreturn)) enough(void)
{
	printf("enough\n");
	fflush(stdout);
	leave(EXIT_SUCCESS, NULL);
	abort();
}

struct host *__wrap_host_create(const struct topology *topology,
				unsigned int threads, struct error *error)
{
	MUST(in_child);
	MUST(threads && topology_cpus(topology));
	enough();
}

int __wrap_simulation_run(const struct topology *topology,
			  const struct machine_costs *costs,
			  const struct memmap_param *param,
			  struct simulation_result *result,
			  const struct simulation_watch *watch, void *arg)
{
	static unsigned long work;
	unsigned long more = topology_bytes(topology) / BLOCK_SIZE +
			     topology_cpus(topology);

	if (in_child &&
	    __atomic_add_fetch(&work, more, __ATOMIC_RELAXED) > MOST_WORK)
		enough();
	return __real_simulation_run(topology, costs, param, result, watch,
				     arg);
}

void __wrap_settle_run(const struct topology *topology,
		       const struct machine_costs *costs,
		       const struct settle_load *load,
		       const struct settle_pool *pool,
		       struct settle_result *result)
{
	if (in_child && settle_processes(topology) * load->bytes > BLOCK_SIZE)
		enough();
	__real_settle_run(topology, costs, load, pool, result);
}

static void __attribute__((noreturn)) child(char **argv, int out, int err)
{
	const struct rlimit size = { MOST_BYTES, MOST_BYTES };
	int argc = 0, none = open("/dev/null", O_RDONLY);

	in_child = true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	__sanitizer_set_death_callback(NULL);
	setrlimit(RLIMIT_FSIZE, &size);
	if (chdir(fuzz_folder()) || dup2(none, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(REPORTED);
	on_exit(leave, NULL);
	while (argv[argc])
		argc++;
	exit(memmap_main(argc, argv));
}

static char *text_of(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = xcalloc(size + 1, 1);

	MUST(pread(fd, text, size, 0) == size);
	close(fd);
	return text;
}

/* A terminal only shows it; fields of CSV may hold tabs. */
static void check_plain(const char *text)
{
	for (; *text; text++)
		MUST(!iscntrl((unsigned char)*text) || *text == '\n' ||
		     *text == '\t');
}

static void check(const struct fuzz_result *result, int status)
{
	if (WIFSIGNALED(status) || WEXITSTATUS(status) == REPORTED) {
		fprintf(stderr, "%s%s", result->out, result->err);
		MUST(!"the command ends by itself");
	}
	MUST(result->status >= 0 && result->status <= 2);
	/* Who fails says why. */
	MUST(!result->status || *result->err);
	MUST(!strstr(result->err, "terminate") || result->status);
	check_plain(result->err);
	check_plain(result->out);
}

/**
 * fuzz_command - run the command as users do
 * @result: what it came to; fuzz_result_free() it
 * @argv: its arguments, the first one its own name; NULL behind the last
 */
void fuzz_command(struct fuzz_result *result, char **argv)
{
	int out = memfd_create("out", 0), err = memfd_create("err", 0), status;
	pid_t pid;

	if (!covered) {
		covered = mmap(NULL, nr_counters(), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		MUST(covered != MAP_FAILED);
		/* This host is the same everywhere, and soon read. */
		setenv("HWLOC_SYNTHETIC", "pack:2 [numa(memory=1GB)] pu:2", 1);
		setenv("OMP_NUM_THREADS", "1", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		fuzz_folder();
	}
	MUST(out >= 0 && err >= 0);
	memset(covered, 0, nr_counters());
	pid = fork();
	MUST(pid >= 0);
	if (!pid)
		child(argv, out, err);
	while (waitpid(pid, &status, 0) < 0)
		;
	memcpy(__start___sancov_cntrs, covered, nr_counters());
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->out = text_of(out);
	result->err = text_of(err);
	check(result, status);
}

/**
 * fuzz_result_free - the end of it
 * @result: of fuzz_command()
 */
void fuzz_result_free(struct fuzz_result *result)
{
	free(result->out);
	free(result->err);
}

/**
 * fuzz_empty_folder - remove what commands have left, but for some files
 * @keep: their names, NULL behind the last
 */
void fuzz_empty_folder(const char *const *keep)
{
	DIR *dir = opendir(fuzz_folder());
	struct dirent *entry;
	unsigned int i;

	MUST(dir);
	while ((entry = readdir(dir))) {
		for (i = 0; keep[i] && strcmp(keep[i], entry->d_name); i++)
			;
		if (!keep[i])
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
}
