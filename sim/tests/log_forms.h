/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIM_TESTS_LOG_FORMS_H
#define SIM_TESTS_LOG_FORMS_H

/* Every form in which people save what a boot says. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"

struct form_message {
	unsigned int us;
	int priority;
	const char *text;
};

struct log_form {
	const char *name;
	/* A message: %T seconds, %m microseconds, ... see form_line(). */
	const char *line;
	/* What is done to the whole then. */
	void (*change)(char **text, size_t *len);
	const char *before;
	const char *after;
};

static void form_put_escaped(FILE *out, const char *text, char kind)
{
	for (; *text; text++) {
		if (kind == 'J' && (*text == '"' || *text == '\\'))
			fprintf(out, "\\%c", *text);
		else if (kind == 'Q' && *text == '"')
			fputs("\"\"", out);
		else if (kind == 'H' && *text == '<')
			fputs("&lt;", out);
		else if (kind == 'H' && *text == '>')
			fputs("&gt;", out);
		else if (kind == 'K' && (*text == '\\' || *text < ' '))
			fprintf(out, "\\x%02x", *text);
		else
			fputc(*text, out);
	}
}

/* %t the text, %j as JSON, %h as HTML, %q with quotes doubled, %k as in /dev/kmsg, %a bytes,
 * %b blanks run together, %s "    0.012345", %S 0.012345, %u us, %x us in hex,
 * %p level, %P level + 8, %l its name, %n number, %L length as 8 bytes */
static void form_line(FILE *out, const char *format,
		      const struct form_message *m, unsigned int nr)
{
	static const char *const levels[] = {
		"emerg", "alert",  "crit", "err",
		"warn",	 "notice", "info", "debug"
	};
	const char *p;
	unsigned int i;

	for (; *format; format++) {
		if (*format != '%') {
			fputc(*format, out);
			continue;
		}
		switch (*++format) {
		case 't':
			fputs(m->text, out);
			break;
		case 'j':
			form_put_escaped(out, m->text, 'J');
			break;
		case 'q':
			form_put_escaped(out, m->text, 'Q');
			break;
		case 'h':
			form_put_escaped(out, m->text, 'H');
			break;
		case 'k':
			form_put_escaped(out, m->text, 'K');
			break;
		case 'a':
			for (p = m->text; *p; p++)
				fprintf(out, "%s%u", p > m->text ? "," : "",
					*p);
			break;
		case 'b':
			p = m->text + strspn(m->text, " ");
			for (; *p; p++)
				if (*p != ' ' || p[1] != ' ')
					fputc(*p, out);
			break;
		case 's':
			fprintf(out, "%5u.%06u", m->us / 1000000,
				m->us % 1000000);
			break;
		case 'S':
			fprintf(out, "%u.%06u", m->us / 1000000,
				m->us % 1000000);
			break;
		case 'u':
			fprintf(out, "%u", m->us);
			break;
		case 'x':
			fprintf(out, "%x", m->us);
			break;
		case 'p':
			fprintf(out, "%d", m->priority);
			break;
		case 'P':
			fprintf(out, "%d", m->priority + 8);
			break;
		case 'l':
			fprintf(out, "%-6s", levels[m->priority]);
			break;
		case 'n':
			fprintf(out, "%u", nr + 1);
			break;
		case 'L':
			for (i = 0; i < 8; i++)
				fputc((uint64_t)strlen(m->text) >> 8 * i, out);
			break;
		default:
			fputc(*format, out);
		}
	}
}

/* Every line end is @end. */
static void form_ends(char **text, size_t *len, const char *end)
{
	char *to;
	size_t to_len, i;
	FILE *out = open_memstream(&to, &to_len);

	for (i = 0; i < *len; i++)
		if ((*text)[i] == '\n')
			fputs(end, out);
		else
			fputc((*text)[i], out);
	fclose(out);
	free(*text);
	*text = to;
	*len = to_len;
}

static void form_crlf(char **text, size_t *len)
{
	form_ends(text, len, "\r\n");
}

static void form_crcrlf(char **text, size_t *len)
{
	form_ends(text, len, "\r\r\n");
}

static void form_lfcr(char **text, size_t *len)
{
	form_ends(text, len, "\n\r");
}

static void form_cr(char **text, size_t *len)
{
	form_ends(text, len, "\r");
}

static void form_joined(char **text, size_t *len)
{
	form_ends(text, len, "");
}

static void form_blank_joined(char **text, size_t *len)
{
	form_ends(text, len, " ");
}

static void form_twice(char **text, size_t *len)
{
	char *to, *at, *end;
	size_t to_len;
	FILE *out = open_memstream(&to, &to_len);

	for (at = *text; at < *text + *len; at = end + 1) {
		end = strchr(at, '\n');
		fprintf(out, "%.*s\n%.*s\n", (int)(end - at), at,
			(int)(end - at), at);
	}
	fclose(out);
	free(*text);
	*text = to;
	*len = to_len;
}

/* As a mailer breaks lines: at the last blank before @width, else behind. */
static void form_wrap(char **text, size_t *len, int width, const char *quote,
		      bool flowed)
{
	char *to, *at, *end;
	size_t to_len;
	FILE *out = open_memstream(&to, &to_len);

	for (at = *text; at < *text + *len; at = end + 1) {
		end = strchr(at, '\n');
		while (end - at > width) {
			char *cut = at + width;

			while (cut > at && *cut != ' ')
				cut--;
			if (cut == at)
				cut = at + strcspn(at, " \n");
			if (cut >= end)
				break;
			fprintf(out, "%s%.*s%s\n", quote, (int)(cut - at), at,
				flowed ? " " : "");
			at = cut + 1;
		}
		fprintf(out, "%s%.*s\n", quote, (int)(end - at), at);
	}
	fclose(out);
	free(*text);
	*text = to;
	*len = to_len;
}

static void form_mail(char **text, size_t *len)
{
	form_wrap(text, len, 72, "", false);
}

static void form_mail_narrow(char **text, size_t *len)
{
	form_wrap(text, len, 52, "", false);
}

static void form_flowed(char **text, size_t *len)
{
	form_wrap(text, len, 72, "", true);
}

static void form_quoted(char **text, size_t *len)
{
	form_wrap(text, len, 72, "> ", false);
}

static void form_quoted_twice(char **text, size_t *len)
{
	form_wrap(text, len, 1000, "> > ", false);
}

static void form_quoted_tight(char **text, size_t *len)
{
	form_wrap(text, len, 1000, ">", false);
}

/* As a terminal of 80 columns does. */
static void form_terminal(char **text, size_t *len)
{
	char *to;
	size_t to_len, i, column = 0;
	FILE *out = open_memstream(&to, &to_len);

	for (i = 0; i < *len; i++) {
		if (column == 80 && (*text)[i] != '\n')
			fputc('\n', out);
		if (column == 80 || (*text)[i] == '\n')
			column = 0;
		column += (*text)[i] != '\n';
		fputc((*text)[i], out);
	}
	fclose(out);
	free(*text);
	*text = to;
	*len = to_len;
}

static void form_qp_ends(char **text, size_t *len, const char *hard)
{
	char *to;
	size_t to_len, i, column = 0;
	FILE *out = open_memstream(&to, &to_len);

	for (i = 0; i < *len; i++) {
		char c = (*text)[i];

		if (c == '\n') {
			column = 0;
			fputs(hard, out);
			continue;
		}
		if (column >= 72) {
			fputs("=\n", out);
			column = 0;
		}
		column += fprintf(out, c == '=' ? "=3D" : "%c", c);
	}
	fclose(out);
	free(*text);
	*text = to;
	*len = to_len;
}

static void form_qp(char **text, size_t *len)
{
	form_qp_ends(text, len, "\n");
}

/* Every line end encoded, and broken behind that. */
static void form_qp_lf(char **text, size_t *len)
{
	form_qp_ends(text, len, "=0A=\n");
}

static void form_qp_cr(char **text, size_t *len)
{
	form_qp_ends(text, len, "=0D\n");
}

static void form_qp_blank(char **text, size_t *len)
{
	form_mail(text, len);
	form_qp_ends(text, len, "=20\n");
}

static void form_double(char **text, size_t *len)
{
	form_ends(text, len, "\n\n");
}

static void form_utf16(char **text, size_t *len, bool little, bool mark)
{
	char *to;
	size_t to_len, i;
	FILE *out = open_memstream(&to, &to_len);

	if (mark)
		fputs(little ? "\xff\xfe" : "\xfe\xff", out);
	for (i = 0; i < *len; i++) {
		if (!little)
			fputc(0, out);
		fputc((*text)[i], out);
		if (little)
			fputc(0, out);
	}
	fclose(out);
	free(*text);
	*text = to;
	*len = to_len;
}

static void form_utf16le(char **text, size_t *len)
{
	form_utf16(text, len, true, true);
}

static void form_utf16be(char **text, size_t *len)
{
	form_utf16(text, len, false, true);
}

static void form_utf16_bare(char **text, size_t *len)
{
	form_utf16(text, len, true, false);
}

#define FIRMWARE                                                                 \
	"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01HBdsDxe: loading Boot0001\n" \
	"U-Boot SPL 2023.01 (Jan 01 2023 - 00:00:00)\nDRAM:  2 GiB\n"            \
	"GNU GRUB  version 2.06\n*Debian GNU/Linux\nLoading Linux 6.12.0 ...\n"  \
	"Booting `Debian GNU/Linux'\n\nKernel command line: loader=1\n"
#define LOGIN                                                \
	"\n\nWelcome to Debian GNU/Linux 12 (bookworm)!\n\n" \
	"[  OK  ] Started Getty on ttyS0.\n"                 \
	"\x1b[0;1;31m[FAILED]\x1b[0m Failed to start foo.\n" \
	"\nDebian GNU/Linux 12 host ttyS0\n\nhost login: root\nPassword:\n# \n"
#define JOURNAL                                              \
	"\"_BOOT_ID\":\"0123456789abcdef0123456789abcdef\"," \
	"\"__MONOTONIC_TIMESTAMP\":\"%u\",\"PRIORITY\":\"%p\",\"_TRANSPORT\":\"kernel\""

static const struct log_form log_forms[] = {
	{ "console", "[%s] %t\n" },
	{ "CRLF", "[%s] %t\n", form_crlf },
	{ "CRCRLF", "[%s] %t\n", form_crcrlf },
	{ "LFCR", "[%s] %t\n", form_lfcr },
	{ "CR", "[%s] %t\n", form_cr },
	{ "serial", "[%s] %t\n", form_crlf, FIRMWARE, LOGIN },
	{ "printed twice", "[%s] %t\n", form_twice },
	{ "colour", "\x1b[32m[%s] \x1b[0m\x1b[33m%t\x1b[0m\n" },
	{ "colour without ESC", "[32m[%s] [0m[1;33m%t[0m\n" },
	{ "colour, ESC shown", "^[[32m[%s] ^[[0m%t^[[0m\n" },
	{ "colour, ESC by rsyslog", "#033[32m[%s] #033[0m%t\n" },
	{ "window title", "\x1b]0;root@host\a[%s] %t\x1b[K\n" },
	{ "caller", "[%s][    T0] %t\n" },
	{ "caller and blank", "[%s] [   C12] %t\n" },
	{ "CPU in the time", "[%s@0] %t\n" },
	{ "Android", "[%s]  (0)[1:swapper/0]%t\n" },
	{ "dmesg -r", "<%p>[%s] %t\n" },
	{ "dmesg -r, caller", "<%p>[%s][    T0] %t\n" },
	{ "dmesg -x", "kern  :%l: [%s] %t\n" },
	{ "dmesg -T", "[Tue Jan  2 03:04:05 2024] %t\n" },
	{ "dmesg -x -T", "kern  :%l: [Tue Jan  2 03:04:05 2024] %t\n" },
	{ "dmesg -T, German", "[Di Jan  2 03:04:05 2024] %t\n" },
	{ "dmesg -T, Chinese", "[二 1月  2 03:04:05 2024] %t\n" },
	{ "dmesg -T, Arabic digits", "[الثلاثاء ٢ يناير ٠٣:٠٤:٠٥ ٢٠٢٤] %t\n" },
	{ "dmesg --time-format iso", "2024-01-02T03:04:05,123456+00:00 %t\n" },
	{ "dmesg -d", "[%s <    0.000012>] %t\n" },
	{ "dmesg --time-format delta", "[<    0.000012>] %t\n" },
	{ "dmesg -H", "[  +0.000012] %t\n", NULL,
	  "[Jan 2 03:04] a first line\n" },
	{ "dmesg -t", "%t\n" },
	{ "dmesg --json", "{\"pri\":%p,\"time\":%s,\"msg\":\"%j\"},", NULL,
	  "{\n   \"dmesg\": [\n      ", "{\"pri\":6,\"msg\":\"\"}\n   ]\n}\n" },
	{ "dmesg --json, pretty",
	  "{\n         \"pri\": %p,\n         \"time\":    %s,\n         \"msg\": \"%j\"\n      },",
	  NULL, "{\n   \"dmesg\": [\n      ",
	  "{\n\"pri\":6,\n\"msg\":\"\"\n}\n\n   ]\n}\n" },
	{ "dmesg --json, cut short", "{\"pri\":%p,\"time\":%s,\"msg\":\"%j\"},",
	  NULL, "{\"dmesg\": [", "{\"pri\":6,\"ti" },
	{ "kmsg", "%p,%n,%u,-;%k\n SUBSYSTEM=cpu\n DEVICE=+cpu:cpu0\n" },
	{ "kmsg, caller", "%p,%n,%u,-,caller=T1;%k\n" },
	{ "kmsg, joined", "%p,%n,%u,-;%k", NULL },
	{ "netconsole", "6.12.0,%p,%n,%u,-;%t\n" },
	{ "journalctl", "Jan 02 03:04:05 host kernel: %t\n", NULL,
	  "-- Logs begin at Tue 2024-01-02 03:04:05 UTC. --\n" },
	{ "short-precise", "Jan 02 03:04:05.123456 host kernel: %t\n" },
	{ "short-iso", "2024-01-02T03:04:05+0000 host kernel: %t\n" },
	{ "short-iso-precise",
	  "2024-01-02T03:04:05.123456+01:00 host kernel: %t\n" },
	{ "short-full", "Tue 2024-01-02 03:04:05 UTC host kernel: %t\n" },
	{ "short-monotonic", "[%s] host kernel: %t\n" },
	{ "short-monotonic without host", "[%s] kernel: %t\n" },
	{ "short-unix", "1704164645.123456 host kernel: %t\n" },
	{ "journalctl, German", "Jan 02 03:04:05 my-host.example kernel: %t\n" },
	{ "export",
	  "__CURSOR=s=1;i=%n\n__MONOTONIC_TIMESTAMP=%u\n_TRANSPORT=kernel\n_BOOT_ID=aa\nPRIORITY=%p\nMESSAGE=%t\n\n" },
	{ "export, binary",
	  "__CURSOR=s=1;i=%n\n__MONOTONIC_TIMESTAMP=%u\n_TRANSPORT=kernel\nMESSAGE\n%L%t\nPRIORITY=%p\n\n" },
	{ "verbose",
	  "Tue 2024-01-02 03:04:05.123456 UTC [s=1;i=%n;b=aa;m=%x;t=1;x=2]\n    _TRANSPORT=kernel\n    PRIORITY=%p\n    MESSAGE=%t\n    _BOOT_ID=aa\n" },
	{ "json", "{\"MESSAGE\":\"%j\"," JOURNAL "}\n" },
	{ "json, joined", "{\"MESSAGE\":\"%j\"," JOURNAL "}" },
	{ "json, bytes", "{" JOURNAL ",\"MESSAGE\":[%a]}\n" },
	{ "json, twice a field", "{" JOURNAL ",\"MESSAGE\":[\"%j\",\"\"]}\n" },
	{ "json-pretty", "{\n\t\"MESSAGE\" : \"%j\",\n\t" JOURNAL "\n}\n" },
	{ "json-seq", "\x1e{\"MESSAGE\":\"%j\"," JOURNAL "}\n" },
	{ "json-sse", "data: {\"MESSAGE\":\"%j\"," JOURNAL "}\n\n" },
	{ "json, a list", "{\"MESSAGE\":\"%j\"," JOURNAL "},\n", NULL, "[\n",
	  "{}]\n" },
	{ "json, by mail", "{\"MESSAGE\":\"%j\"," JOURNAL "}\n", form_mail },
	{ "json, other programs",
	  "{\"MESSAGE\":\"%j\"," JOURNAL
	  "}\n{\"MESSAGE\":\"node 5 deferred pages initialised in 1ms\",\"_TRANSPORT\":\"stdout\"}\n" },
	{ "docker",
	  "{\"log\":\"[%s] %j\\r\\n\",\"stream\":\"stdout\",\"time\":\"2024-01-02T03:04:05.1Z\"}\n" },
	{ "LAVA",
	  "- {\"dt\": \"2024-01-02T03:04:05.1\", \"lvl\": \"target\", \"msg\": \"[%s] %j\"}\n" },
	{ "cloud console", "[%s] %j\\r\\n", NULL,
	  "{\"InstanceId\": \"i-0\", \"Output\": \"", "\"}\n" },
	{ "syslog", "Jan  2 03:04:05 host kernel: [%s] %t\n" },
	{ "syslog, others too",
	  "Jan  2 03:04:05 host kernel: [%s] %t\nJan  2 03:04:05 host foo[12]: node 5 deferred pages initialised in 1ms\n" },
	{ "rsyslog", "2024-01-02T03:04:05.123456+00:00 host kernel: [%s] %t\n" },
	{ "rsyslog without time",
	  "2024-01-02T03:04:05.123456+00:00 k8s-node kernel: %t\n" },
	{ "syslog, level", "<%p>Jan  2 03:04:05 host kernel: [%s] %t\n" },
	{ "syslog, joined", "Jan  2 03:04:05 host kernel: %t", NULL },
	{ "RFC 5424",
	  "<%p>1 2024-01-02T03:04:05.003Z host kernel - - - [%s] %t\n" },
	{ "RFC 5424, data",
	  "<%p>1 2024-01-02T03:04:05Z host kernel - - [a@1 b=\"c]\"][d] \xef\xbb\xbf%t\n" },
	{ "busybox", "Jan  2 03:04:05 host kern.info kernel: [%s] %t\n" },
	{ "OpenWrt", "Tue Jan  2 03:04:05 2024 kern.info kernel: [%s] %t\n" },
	{ "netconsole, collected", "Jan  2 03:04:05 192.168.1.2 [%s] %t\n" },
	{ "ts", "Jan 02 03:04:05 [%s] %t\n" },
	{ "ts without time", "Jan 02 03:04:05 %t\n" },
	{ "tio", "[03:04:05.123] [%s] %t\n" },
	{ "picocom", "[2024-01-02 03:04:05] [%s] %t\n" },
	{ "grabserial", "[%S 0.000001] [%s] %t\n" },
	{ "CI", "2024-01-02T03:04:05.1234567Z [%s] %t\n" },
	{ "grep -n", "%n:[%s] %t\n" },
	{ "grep -H", "boot.log:%n:[%s] %t\n" },
	{ "compose", "vm-1  | [%s] %t\n" },
	{ "kubectl --prefix", "[pod/vm-1-abcde/console] [%s] %t\n" },
	{ "kubectl --timestamps", "2024-01-02T03:04:05.123456789Z [%s] %t\r\n" },
	{ "talosctl",
	  "192.168.1.2: kern:    info: [2024-01-02T03:04:05.1Z]: %t\n" },
	{ "Chrome OS", "2024-01-02T03:04:05.123456Z INFO kernel: [%s] %t\n" },
	{ "Tera Term", "[Tue Jan 02 03:04:05.123 2024] [%s] %t\r\n" },
	{ "Jenkins", "03:04:05  [%s] %t\n" },
	{ "less -N", "%n [%s] %t\n" },
	{ "grep -A", "%n-[%s] %t\n" },
	{ "cat -A", "[%s] %t^M$\n" },
	{ "less, CR shown", "[%s] %t^M\n" },
	{ "CSV", "\"Jan 2, 2024 @ 03:04:05.000\",\"node-1\",\"[%s] %q\"\n",
	  NULL, "\"@timestamp\",\"host\",\"message\"\n" },
	{ "CSV, text first", "\"[%s] %q\",\"node-1\"\n" },
	{ "web page", "[%S] %b\n" },
	{ "web page without times", "%b\n" },
	{ "web page, one line", "[%s] %b", form_blank_joined },
	{ "web page, blanks", "[%s]\xc2\xa0%t\n" },
	{ "HTML", "[%s] %h\n", NULL, "<pre>", "</pre>\n" },
	{ "HTML, <br>", "[%s] %h<br>", NULL, "<html><body><p>",
	  "</p></body></html>" },
	{ "HTML, spans",
	  "<span class=\"line\"><a href=\"#l%n\">[%s]</a> <b>%h</b></span>\n" },
	{ "joined", "[%s] %t", form_joined },
	{ "joined, levels", "<%p>[%s] %t", form_joined },
	{ "mail", "[%s] %t\n", form_mail },
	{ "mail, narrow", "[%s] %t\n", form_mail_narrow },
	{ "mail, flowed", "[%s] %t\n", form_flowed },
	{ "mail, quoted", "[%s] %t\n", form_quoted },
	{ "mail, quoted twice", "[%s] %t\n", form_quoted_twice },
	{ "mail, quoted tightly", "[%s] %t\n", form_quoted_tight },
	{ "mail, quoted-printable", "[%s] %t\n", form_qp },
	{ "mail, quoted-printable, \"=0A=\"", "[%s] %t\n", form_qp_lf },
	{ "mail, quoted-printable, \"=0D\"", "[%s] %t\n", form_qp_cr },
	{ "mail, quoted-printable, \"=20\"", "> > [%s] %t\n", form_qp_blank },
	{ "double-spaced", "[%s] %t\n", form_double },
	{ "Latin-1 blanks", "[\xa0\xa0 %S] %t\n" },
	{ "svlogd", "2015-10-01T18:25:37.33654 kern.info: [%s] %t\n" },
	{ "host without a time", "> > linux kernel: %t\n" },
	{ "grep of several files", "log_uv48_05121052:[%s] %t\n", form_mail },
	{ "indented", "\t[%s] %t\n" },
	{ "mail, quoted-printable, dmesg -t", "%t\n", form_qp },
	{ "mail, dmesg -t", "%t\n", form_mail },
	{ "mail of a syslog", "Jan  2 03:04:05 host kernel: [%s] %t\n",
	  form_mail },
	{ "terminal", "[%s] %t\n", form_terminal },
	{ "terminal, journalctl", "Jan 02 03:04:05 host kernel: %t\n",
	  form_terminal },
	{ "BOM", "[%s] %t\n", NULL, "\xef\xbb\xbf" },
	{ "UTF-16, little", "[%s] %t\n", form_utf16le },
	{ "UTF-16, big", "[%s] %t\n", form_utf16be },
	{ "UTF-16, no mark", "[%s] %t\n", form_utf16_bare },
	{}
};

/* A boot of @nr messages in that form; to be freed. */
static char *log_form_write(const struct log_form *form,
			    const struct form_message *boot, unsigned int nr,
			    size_t *len)
{
	char *text;
	unsigned int i;
	FILE *out = open_memstream(&text, len);

	fputs(form->before ? form->before : "", out);
	for (i = 0; i < nr; i++)
		form_line(out, form->line, &boot[i], i);
	fputs(form->after ? form->after : "", out);
	fclose(out);
	if (form->change)
		form->change(&text, len);
	return text;
}

#endif /* SIM_TESTS_LOG_FORMS_H */
