// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text as what a user types: a kernel command line with memmap_init=, and
 * numbers with units. For libFuzzer, see doc/testing.md.
 */
#include <math.h>
#include <string.h>
#include <linux/memmap_init.h>
#include <linux/string.h>
#include "base/die.h"
#include "base/text.h"
#include "base/units.h"
#include "log/boot.h"
#include "tests/fuzzing.h"

#define BLOCK_BYTES ((unsigned long)MEMMAP_BLOCK_PAGES << PAGE_SHIFT)

static void check_param(const struct memmap_param *param)
{
	unsigned int i;

	for (i = 0; memmap_strategies[i] != param->strategy; i++)
		MUST(memmap_strategies[i]);
	MUST(param->chunk_bytes >= BLOCK_BYTES);
	MUST(param->chunk_bytes <= 1UL << 40);
	MUST(param->chunk_bytes % BLOCK_BYTES == 0);
	MUST(param->store <= MEMMAP_STORE_NT);
	MUST(param->quantum_ns && param->quantum_ns <= 1000000000);
	MUST(param->threads <= 65536);
}

/* Every bad token is warned of, and one that is left out changes nothing. */
static void parse_param(const char *value)
{
	struct memmap_param param, again;
	FILE *terminal = stderr;
	char *said = NULL, *at;
	unsigned int bad, lines = 0;
	size_t len;

	memset(&param, 0x5a, sizeof(param));
	stderr = open_memstream(&said, &len);
	bad = memmap_param_parse(&param, value);
	fclose(stderr);
	stderr = terminal;
	check_param(&param);
	for (at = said; (at = strstr(at, "memmap_init: ")); at++)
		lines += at == said || at[-1] == '\n';
	MUST(lines >= bad && (bad || !*said));
	free(said);
	if (bad)
		return;
	MUST(!memmap_param_parse(&again, value));
	MUST(again.strategy == param.strategy && again.store == param.store &&
	     again.chunk_bytes == param.chunk_bytes &&
	     again.quantum_ns == param.quantum_ns &&
	     again.threads == param.threads);
}

static void parse_line(const char *line)
{
	unsigned int nr;
	char *value = log_cmdline_last(line, "memmap_init", &nr);

	MUST(!!value == !!nr);
	MUST(!value || strlen(value) <= strlen(line));
	log_cmdline_switch(line, "memmap_init");
	if (value)
		parse_param(value);
	free(value);
}

static void parse_numbers(const char *text)
{
	char shown[UNITS_TEXT], *rest;
	unsigned long bytes, count;
	double number;

	if (parse_bytes(text, &bytes)) {
		/* What both take, the kernel reads as the same. */
		MUST(memparse(text, &rest) == bytes);
		MUST(!*rest || strspn(rest, "iIbB") == strlen(rest));
		format_bytes(shown, bytes);
		MUST(strlen(shown) < sizeof(shown));
	}
	if (parse_count(text, 1, 1000, &count))
		MUST(count >= 1 && count <= 1000);
	if (parse_number(text, &number)) {
		MUST(isfinite(number) && number >= 0);
		format_ns(shown, number);
		format_bytes(shown, number);
		MUST(strlen(shown) < sizeof(shown));
	}
}

static void show(const char *text)
{
	static const char *const words[] = { "machine", "memory", "quiet",
					     NULL };
	char *plain = text_plain(text), *utf8 = text_utf8(text), *again;

	again = text_utf8(utf8);
	MUST(!strcmp(utf8, again));
	free(again);
	again = text_plain(plain);
	MUST(!strcmp(plain, again));
	free(again);
	free(plain);
	free(utf8);
	if (strlen(text) < 64)
		text_nearest(text, words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xcalloc(size + 1, 1);

	memcpy(text, data, size);
	parse_numbers(text);
	parse_param(text);
	parse_line(text);
	show(text);
	free(text);
	return 0;
}
