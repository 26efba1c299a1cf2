// SPDX-License-Identifier: GPL-2.0-only
/* The files of dynamic NUMA: read, written, and turned into numbers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnuma.h"

static char *read_path(const char *path)
{
	size_t size = 65536, len = 0;
	int fd = open(path, O_RDONLY);
	char *text;
	ssize_t got;

	if (fd < 0)
		return NULL;
	text = malloc(size);
	while (text && (got = read(fd, text + len, size - len - 1)) > 0) {
		len += got;
		if (size - len < 4096)
			text = realloc(text, size *= 2);
	}
	close(fd);
	if (text)
		text[len] = '\0';
	return text;
}

char *dnuma_read(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), DNUMA_DIR "/%s", name);
	return read_path(path);
}

static int write_name(const char *name, const char *text, size_t len)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), DNUMA_DIR "/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		err = -errno;
	close(fd);
	return err;
}

/* "4G", as the kernel writes sizes. */
static unsigned long read_bytes(const char *text, char **end)
{
	static const char units[] = "KMGTP";
	unsigned long value = strtoul(text, end, 0);
	const char *unit = **end ? strchr(units, **end) : NULL;

	if (unit) {
		value <<= 10 * (unit - units + 1);
		++*end;
	}
	return value;
}

void dnuma_layout_read(struct dnuma_layout *layout, const char *lines)
{
	char *text = strdup(lines), *at, *line, *rest;

	layout->nr = 0;
	layout->range = NULL;
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct dnuma_range *r;

		layout->range = realloc(layout->range,
					(layout->nr + 1) * sizeof(*r));
		r = &layout->range[layout->nr++];
		r->start = read_bytes(line, &at);
		r->end = read_bytes(at + 1, &at);
		r->node = strtol(at, NULL, 10);
	}
	free(text);
}

int dnuma_layout_get(struct dnuma_layout *layout)
{
	char *text = dnuma_read("layout");

	layout->nr = 0;
	layout->range = NULL;
	if (!text)
		return -1;
	dnuma_layout_read(layout, text);
	free(text);
	return 0;
}

void dnuma_layout_free(struct dnuma_layout *layout)
{
	free(layout->range);
	layout->range = NULL;
	layout->nr = 0;
}

char *dnuma_stripe(const struct dnuma_layout *layout, unsigned long bytes,
		   const int *node, int nr_nodes)
{
	char *text;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < layout->nr; i++) {
		const struct dnuma_range *r = &layout->range[i];
		unsigned long at, end;

		for (at = r->start; at < r->end; at = end) {
			end = (at / bytes + 1) * bytes;
			if (end > r->end)
				end = r->end;
			fprintf(out, "%lu-%lu %d\n", at, end,
				node[at / bytes % nr_nodes]);
		}
	}
	fclose(out);
	return text;
}

char *dnuma_text(const struct dnuma_layout *layout)
{
	char *text;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < layout->nr; i++)
		fprintf(out, "%lu-%lu %d\n", layout->range[i].start,
			layout->range[i].end, layout->range[i].node);
	fclose(out);
	return text;
}

int dnuma_stage(const char *text, size_t len)
{
	return write_name("layout", text, len);
}

int dnuma_commit(const char *options)
{
	return write_name("commit", options, strlen(options));
}

int dnuma_apply(char *text, const char *options)
{
	int err = dnuma_stage(text, strlen(text));

	free(text);
	return err ? err : dnuma_commit(options);
}

const char *dnuma_left_read(const char *line, struct dnuma_range *range)
{
	char *at;

	if (*line < '0' || *line > '9')
		return NULL;
	range->start = read_bytes(line, &at);
	if (*at != '-')
		return NULL;
	range->end = read_bytes(at + 1, &at);
	range->node = strtol(at, &at, 10);
	if (strncmp(at, "->", 2))
		return NULL;
	strtol(at + 2, &at, 10);
	return *at == ' ' ? at + 1 : NULL;
}

long dnuma_left_kib(const char *report, int nid)
{
	const char *line;
	long kib = 0;

	for (line = report; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		struct dnuma_range r;

		if (dnuma_left_read(line, &r) && (nid < 0 || r.node == nid))
			kib += (r.end - r.start) / 1024;
	}
	return kib;
}

static long number_behind(const char *text, const char *name)
{
	const char *at = text ? strstr(text, name) : NULL;

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

void dnuma_node_get(int nid, struct dnuma_node *node)
{
	char path[80], *text, *report = dnuma_read("report");

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo",
		 nid);
	text = read_path(path);
	node->total = number_behind(text, "MemTotal:");
	node->free = number_behind(text, "MemFree:");
	node->left = dnuma_left_kib(report, nid);
	free(text);
	free(report);
}

void dnuma_table(FILE *out, const char *title)
{
	struct dnuma_node node;
	int nid;

	fprintf(out, "%-24s %12s %12s %12s\n", title, "size KiB", "free KiB",
		"left KiB");
	for (nid = 0; nid < DNUMA_MAX_NODES; nid++) {
		dnuma_node_get(nid, &node);
		if (node.total >= 0)
			fprintf(out, "node %-19d %12ld %12ld %12ld\n", nid,
				node.total, node.free, node.left);
	}
}
