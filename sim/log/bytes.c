// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log as a run of bytes: a file or standard input, as a whole, UTF-8.
 *
 * What is no text is refused before it fills the memory: packed files by their
 * first bytes, other binaries by what they consist of, devices that never end
 * by a size.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/die.h"
#include "log/internal.h"
#include "log/lines.h"

#define MIB	     (1UL << 20)
#define MOST_BYTES   (256 * MIB)
#define FIRST_LINE   (16 * MIB)
#define BLOCK	     (64UL << 10)
#define MOST_BAD_PCT 30

/**
 * log_buffer_add - append to a text
 * @buffer: the text
 * @text: what to append; need not end with a NUL
 * @len: bytes of it
 */
void log_buffer_add(struct log_buffer *buffer, const char *text, size_t len)
{
	if (buffer->len + len >= buffer->room) {
		buffer->room = 2 * (buffer->len + len) + 64;
		buffer->at = xrealloc(buffer->at, buffer->room, 1);
	}
	memcpy(buffer->at + buffer->len, text, len);
	buffer->len += len;
	buffer->at[buffer->len] = '\0';
}

/**
 * log_buffer_clear - make it an empty text
 * @buffer: the text; keeps its memory
 */
void log_buffer_clear(struct log_buffer *buffer)
{
	buffer->len = 0;
	log_buffer_add(buffer, "", 0);
}

/**
 * log_buffer_free - give the memory back
 * @buffer: is { 0 } again
 */
void log_buffer_free(struct log_buffer *buffer)
{
	free(buffer->at);
	*buffer = (struct log_buffer){ 0 };
}

/* Files that hold a log, but not as text; what makes a text of them. */
static const struct {
	const char *magic;
	unsigned int len;
	const char *what;
} packed[] = {
	{ "\x1f\x8b", 2, "packed by gzip; unpack it first: gzip -d" },
	{ "\xfd"
	  "7zXZ",
	  5, "packed by xz; unpack it first: xz -d" },
	{ "\x28\xb5\x2f\xfd", 4, "packed by zstd; unpack it first: zstd -d" },
	{ "BZh", 3, "packed by bzip2; unpack it first: bzip2 -d" },
	{ "\x04\x22\x4d\x18", 4, "packed by lz4; unpack it first: lz4 -d" },
	{ "PK\x03\x04", 4, "packed by zip; unpack it first: unzip" },
	{ "LPKSHHRH", 8,
	  "a file of journald; make a text of it: journalctl --file FILE -k -o short-monotonic" },
	{ "\x7f"
	  "ELF",
	  4, "a program or a core, not a log; want text such as dmesg prints" },
};

static int check_magic(const struct log_buffer *bytes, const char *name,
		       struct error *error)
{
	unsigned int i;

	for (i = 0; i < sizeof(packed) / sizeof(*packed); i++)
		if (bytes->len >= packed[i].len &&
		    !memcmp(bytes->at, packed[i].magic, packed[i].len))
			return error_set(error, name, 0, NULL, "%s",
					 packed[i].what);
	return 0;
}

/**
 * log_utf8_bytes - is a character of several bytes there?
 * @text: where
 * @len: bytes of it
 *
 * Return: how many it has; 0 if there is none.
 */
unsigned int log_utf8_bytes(const char *text, size_t len)
{
	const unsigned char *at = (const void *)text;
	unsigned int nr = *at >= 0xf0 && *at < 0xf5 ? 4 :
			  *at >= 0xe0		    ? 3 :
			  *at >= 0xc2		    ? 2 :
						      0;
	unsigned int i;

	if (!nr || *at >= 0xf5 || nr > len)
		return 0;
	for (i = 1; i < nr; i++)
		if (at[i] >> 6 != 2)
			return 0;
	return nr;
}

/*
 * Half-written lines, noise of a serial line and another encoding are no
 * reason to refuse a log, nor are the NULs that a crash leaves in a file.
 */
static bool is_binary(const char *text, size_t len)
{
	const unsigned char *at = (const void *)text, *end = at + len;
	size_t bad = 0, nr = 0;
	unsigned int step;

	for (; at < end; at += step, nr += step) {
		step = 1;
		if (!*at) {
			nr--;
		} else if (*at >= 0x80) {
			step = log_utf8_bytes((const char *)at, end - at);
			bad += !step;
			step += !step;
		} else if (*at < ' ' && !strchr("\t\n\r\f\v\b\a\x1b\x1e", *at)) {
			bad++;
		}
	}
	return bad > nr * MOST_BAD_PCT / 100;
}

static void add_utf8(struct log_buffer *out, uint32_t c)
{
	char text[4];
	unsigned int len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned int i;

	for (i = len - 1; i; i--, c >>= 6)
		text[i] = 0x80 | (c & 0x3f);
	text[0] = first[len] | c;
	log_buffer_add(out, text, len);
}

/* 1: low byte first, 2: high byte first, 0: no UTF-16. */
static int utf16_order(const struct log_buffer *bytes)
{
	const unsigned char *at = (const void *)bytes->at;
	size_t i, zeros[2] = { 0 };
	size_t nr = bytes->len < 64 ? bytes->len : 64;

	if (bytes->len < 4)
		return 0;
	if (at[0] == 0xff && at[1] == 0xfe)
		return 1;
	if (at[0] == 0xfe && at[1] == 0xff)
		return 2;
	/* Without a mark: every other byte of ASCII is 0. */
	for (i = 0; i < nr; i++)
		zeros[i & 1] += !at[i];
	return !zeros[0] && zeros[1] >= nr / 2 ? 1 :
	       !zeros[1] && zeros[0] >= nr / 2 ? 2 :
						 0;
}

static void from_utf16(struct log_buffer *bytes, int order)
{
	const unsigned char *at = (const void *)bytes->at;
	struct log_buffer out = { 0 };
	uint32_t c, high = 0;
	size_t i;

	for (i = 0; i + 1 < bytes->len; i += 2) {
		c = order == 1 ? at[i] | at[i + 1] << 8 :
				 at[i] << 8 | at[i + 1];
		if (c >> 10 == 0xd800 >> 10) {
			high = c;
			continue;
		}
		if (c >> 10 == 0xdc00 >> 10)
			c = high ? 0x10000 + ((high & 0x3ff) << 10) +
					    (c & 0x3ff) :
				   '?';
		high = 0;
		if (c)
			add_utf8(&out, c);
	}
	log_buffer_add(&out, "", 0);
	log_buffer_free(bytes);
	*bytes = out;
}

/**
 * log_bytes_check - is it text? And make it UTF-8
 * @bytes: a whole log
 * @name: for messages
 * @error: why it is none
 *
 * Return: 0, or -1 with @error set.
 */
int log_bytes_check(struct log_buffer *bytes, const char *name,
		    struct error *error)
{
	int order;

	if (check_magic(bytes, name, error))
		return -1;
	order = utf16_order(bytes);
	if (order)
		from_utf16(bytes, order);
	if (is_binary(bytes->at, bytes->len))
		return error_set(
			error, name, 0, NULL,
			"binary, not text; want a kernel log as dmesg or journalctl -k prints it");
	return 0;
}

/* What can be said before all of it is read: a device need not end. */
static int check_start(const struct log_buffer *bytes, size_t old,
		       const char *name, struct error *error)
{
	if (bytes->len > MOST_BYTES)
		return error_set(
			error, name, 0, NULL,
			"more than %lu MiB; want the part of it where the kernel boots (head -c 16M)",
			MOST_BYTES / MIB);
	if (bytes->len >= BLOCK && old < BLOCK) {
		if (check_magic(bytes, name, error))
			return -1;
		if (!utf16_order(bytes) && is_binary(bytes->at, BLOCK))
			return error_set(
				error, name, 0, NULL,
				"binary, not text; want a kernel log as dmesg or journalctl -k prints it");
	}
	if (bytes->len >= FIRST_LINE && old < FIRST_LINE &&
	    !memchr(bytes->at, '\n', FIRST_LINE) &&
	    !memchr(bytes->at, '\r', FIRST_LINE))
		return error_set(
			error, name, 0, NULL,
			"no line ends in its first %lu MiB; want a kernel log, which is text",
			FIRST_LINE / MIB);
	return 0;
}

/*
 * Standard input can be read once; a log on it may be wanted twice, as a
 * machine and for its timings.
 */
static struct log_buffer input;

/**
 * log_bytes_read - all of a file
 * @bytes: the result, to be freed
 * @path: the file; "-" is standard input
 * @error: why it cannot be read, or is no text
 *
 * Return: 0, or -1 with @error set.
 */
int log_bytes_read(struct log_buffer *bytes, const char *path,
		   struct error *error)
{
	bool from_input = !strcmp(path, "-");
	const char *name = from_input ? "standard input" : path;
	int fd = from_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *block = xcalloc(BLOCK, 1);
	ssize_t len;
	int err = 0;

	log_buffer_clear(bytes);
	if (from_input && input.at)
		log_buffer_add(bytes, input.at, input.len);
	if (fd < 0)
		err = error_set(error, name, 0, NULL, "%s", strerror(errno));
	while (!err && (len = read(fd, block, BLOCK))) {
		size_t old = bytes->len;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0) {
			err = error_set(error, name, 0, NULL, "%s",
					strerror(errno));
			break;
		}
		log_buffer_add(bytes, block, len);
		err = check_start(bytes, old, name, error);
	}
	free(block);
	if (!from_input && fd >= 0)
		close(fd);
	if (from_input && !err && !input.at)
		log_buffer_add(&input, bytes->at, bytes->len);
	return err ? err : log_bytes_check(bytes, name, error);
}

/**
 * log_read_text - the same, for other rooms
 * @path: the file; "-" is standard input
 * @len: out: bytes of it
 * @error: why it cannot be read, or is no text
 *
 * Return: UTF-8 with a 0 behind it, for free(); or NULL.
 */
char *log_read_text(const char *path, size_t *len, struct error *error)
{
	struct log_buffer bytes = { 0 };

	if (log_bytes_read(&bytes, path, error)) {
		log_buffer_free(&bytes);
		return NULL;
	}
	*len = bytes.len;
	return bytes.at;
}
