// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a log says of the kernel itself: its version, its architecture, its
 * command line, what it runs under, what disturbs its timings.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/die.h"
#include "log/facts.h"

const char SAYING_GOES_ON[] = "";

/* printk() cuts a message at 1024 bytes, its prefix counted. */
#define CUT_AT	  920
#define CUT_BELOW 1030

static const char *const arch_names[LOG_NR_ARCHS] = {
	[LOG_ARCH_NOT_SAID] = "an architecture that it does not name",
	[LOG_X86] = "x86",
	[LOG_ARM64] = "arm64",
	[LOG_ARM] = "arm",
	[LOG_POWER] = "POWER",
	[LOG_S390] = "s390",
	[LOG_RISCV] = "RISC-V",
	[LOG_LOONGARCH] = "LoongArch",
};

/**
 * log_arch_name - as people write it
 * @arch: the architecture
 */
const char *log_arch_name(enum log_arch arch)
{
	return arch_names[arch];
}

/* In the version line: compilers and distributions have it in their names. */
static const struct {
	const char *text;
	enum log_arch arch;
} version_hints[] = {
	{ "x86_64", LOG_X86 },	    { "amd64", LOG_X86 },
	{ "i686", LOG_X86 },	    { "aarch64", LOG_ARM64 },
	{ "arm64", LOG_ARM64 },	    { "s390", LOG_S390 },
	{ "powerpc64", LOG_POWER }, { "ppc64", LOG_POWER },
	{ "riscv64", LOG_RISCV },   { "loongarch64", LOG_LOONGARCH },
	{ "arm-linux", LOG_ARM },   { "armv7", LOG_ARM },
};

/* Elsewhere: where a message begins, what only one architecture says. */
static const struct {
	const char *text;
	enum log_arch arch;
} hints[] = {
	{ "Command line:", LOG_X86 },
	{ "BIOS-e820: ", LOG_X86 },
	{ "x86/", LOG_X86 },
	{ "x86: ", LOG_X86 },
	{ "smpboot: ", LOG_X86 },
	{ ".... node ", LOG_X86 },
	{ "tsc: ", LOG_X86 },
	{ "MTRR ", LOG_X86 },
	{ "Booting Linux on physical", LOG_ARM64 },
	{ "psci: ", LOG_ARM64 },
	{ "setup: Linux is running ", LOG_S390 },
	{ "Linux is running ", LOG_S390 },
	{ "numa: Node ", LOG_POWER },
	{ "radix-mmu: ", LOG_POWER },
	{ "hash-mmu: ", LOG_POWER },
	{ "Using PowerNV ", LOG_POWER },
	{ "Using pSeries ", LOG_POWER },
	{ "riscv: ", LOG_RISCV },
	{ "SBI specification ", LOG_RISCV },
	{ "SBI implementation ", LOG_RISCV },
	{ "Loongson", LOG_LOONGARCH },
};

/**
 * options_hint - does a message give the architecture away?
 * @facts: of the boot
 * @text: the message
 */
void options_hint(struct facts *facts, const char *text)
{
	unsigned int i;

	if (facts->boot.arch)
		return;
	for (i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (!strncmp(text, hints[i].text, strlen(hints[i].text)))
			facts->boot.arch = hints[i].arch;
	if (!facts->boot.arch && strstr(text, " -> APIC 0x"))
		facts->boot.arch = LOG_X86;
}

/**
 * version_goes_on - the architecture may stand in the rest of the version's line
 * @facts: of the boot
 * @text: that rest
 */
void version_goes_on(struct facts *facts, const char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(version_hints) / sizeof(*version_hints); i++)
		if (!facts->boot.arch && strstr(text, version_hints[i].text))
			facts->boot.arch = version_hints[i].arch;
}

static const char *take_version(struct facts *f, const char *text,
				const struct log_values *v)
{
	const char *release = text + strlen("Linux version ");
	struct log_values patch;

	if (f->boot.release.line)
		return v->end;
	release += strspn(release, " ");
	facts_text(f, &f->boot.release, release, strcspn(release, " "));
	f->boot.version[0] = v->number[0];
	f->boot.version[1] = v->number[1];
	if (log_match(v->end, ".%u", &patch) == LOG_YES)
		f->boot.version[2] = patch.number[0];
	version_goes_on(f, text);
	f->version_open = true;
	f->any = true;
	return v->end;
}

/* The longer one counts: x86 prints it twice, and one may be cut. */
static void keep_cmdline(struct facts *f)
{
	struct log_boot *boot = &f->boot;
	size_t len = f->cmdline.len;

	if (!f->cmdline_line)
		return;
	if (!boot->cmdline.text || len > strlen(boot->cmdline.text)) {
		free(boot->cmdline.text);
		boot->cmdline.text = xstrdup(f->cmdline.at);
		boot->cmdline.line = f->cmdline_line;
	}
	f->cmdline_line = 0;
}

static const char *take_cmdline(struct facts *f, const char *text,
				const struct log_values *v)
{
	const char *from = v->end + strspn(v->end, " ");
	size_t len = f->cmdline.len;

	f->only_cmdline = true;
	f->cmdline_open = true;
	/* Since 6.19 a long one stands on several lines. */
	if (f->cmdline_line && len > 2 &&
	    !strcmp(f->cmdline.at + len - 2, " \\")) {
		f->cmdline.len -= 2;
		cmdline_add(f, from, f->line, false, false);
		return v->end;
	}
	keep_cmdline(f);
	log_buffer_clear(&f->cmdline);
	log_buffer_add(&f->cmdline, from, strlen(from));
	f->cmdline_line = f->cmdline_end = f->line;
	return v->end;
}

/**
 * cmdline_add - the command line goes on
 * @facts: of the boot
 * @text: its next piece
 * @line: where that stands
 * @tight: no blank belongs between the two
 * @guess: it is taken for a piece
 */
void cmdline_add(struct facts *facts, const char *text, unsigned int line,
		 bool tight, bool guess)
{
	size_t len = facts->cmdline.len;

	/* A value is broken at a comma, where no blank was. */
	if (!tight && len && facts->cmdline.at[len - 1] != ',')
		log_buffer_add(&facts->cmdline, " ", 1);
	log_buffer_add(&facts->cmdline, text, strlen(text));
	if (guess)
		facts->cmdline_end = line;
}

static const char *const flags[] = {
	"quiet",       "ro",	  "rw",	     "splash",	"nosplash",
	"nomodeset",   "debug",	  "nosmp",   "noapic",	"nokaslr",
	"rhgb",	       "selinux", "nopti",   "single",	"---",
	"--",	       "audit",	  "verbose", "noquiet", "noresume",
	"earlyprintk",
};

/* A key with '=' behind it, or one of those that have none. */
static bool is_option(const char *token, size_t len)
{
	size_t key = 0;
	unsigned int i;

	while (key < len && (isalnum((unsigned char)token[key]) ||
			     strchr("._-", token[key])))
		key++;
	if (key && key < len && token[key] == '=')
		return true;
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strlen(flags[i]) == len && !memcmp(token, flags[i], len))
			return true;
	return false;
}

/**
 * cmdline_goes_on - may a text be the rest of the command line?
 * @facts: of the boot
 * @text: a record with nothing before it, right behind the command line
 * @wrapped: there was no room for it there
 *
 * Return: it begins with an option, or goes on behind a comma, and holds
 * nothing that ends like a word of a message.
 */
bool cmdline_goes_on(const struct facts *facts, const char *text, bool wrapped)
{
	size_t room = facts->cmdline.len;
	const char *at = text;
	bool first = true;

	for (; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (first && !wrapped && !is_option(at, len) &&
		    !(room && facts->cmdline.at[room - 1] == ','))
			return false;
		if (len > 1 && strchr(":.!?", at[len - 1]))
			return false;
		first = false;
		at += len;
	}
	return !first;
}

static const char *take_hypervisor(struct facts *f, const char *text,
				   const struct log_values *v)
{
	const char *name = v->end + strspn(v->end, " ");

	/* It knows better than the board's name. */
	if (strncmp(name, "bare ", 5))
		facts_text(f, &f->boot.hypervisor, name,
			   strcspn(name, ",.;\n"));
	return v->end;
}

static const char *take_guest(struct facts *f, const char *text,
			      const struct log_values *v)
{
	const char *name = strstr(text, "KVM")	? "KVM" :
			   strstr(text, "z/VM") ? "z/VM" :
						  "a hypervisor";

	if (!*v->end)
		return SAYING_GOES_ON;
	if (!f->boot.hypervisor.line)
		facts_text(f, &f->boot.hypervisor, name, strlen(name));
	return v->end;
}

static const char *const virtual_boards[] = {
	"QEMU",
	"VMware",
	"Xen",
	"Amazon EC2",
	"innotek",
	"Bochs",
	"Parallels",
	"OpenStack",
	"Red Hat KVM",
	"Nutanix",
	"Google Google Compute",
	"Microsoft Corporation Virtual",
	"Alibaba Cloud",
	"DigitalOcean",
	"Hetzner vServer",
};

static const char *take_board(struct facts *f, const char *text,
			      const struct log_values *v)
{
	const char *name = v->end + strspn(v->end, " ");
	unsigned int i;

	for (i = 0; i < sizeof(virtual_boards) / sizeof(*virtual_boards); i++)
		if (!strncmp(name, virtual_boards[i],
			     strlen(virtual_boards[i])) &&
		    !f->boot.hypervisor.line && !strstr(name, ".metal"))
			facts_text(f, &f->boot.hypervisor, virtual_boards[i],
				   strlen(virtual_boards[i]));
	return v->end;
}

/* "parallel is not possible: KASAN poisons free memory; using deferred" */
static const char *take_fallback(struct facts *f, const char *text,
				 const struct log_values *v)
{
	const char *why = v->end + strspn(v->end, " ");
	const char *used = strstr(why, "; using ");

	if (!used)
		return SAYING_GOES_ON;
	facts_text(f, &f->boot.why, why, used - why);
	used += strlen("; using ");
	facts_text(f, &f->boot.used, used, strcspn(used, " ,;."));
	f->any = true;
	return used;
}

static void disturb(struct facts *f, unsigned int line, const char *what)
{
	struct log_text *text = &f->boot.disturbed;
	char *old = text->text;

	if (old && strstr(old, what))
		return;
	text->text = old ? xasprintf("%s; %s", old, what) : xstrdup(what);
	if (!text->line)
		text->line = line;
	free(old);
}

static const char *take_kasan(struct facts *f, const char *text,
			      const struct log_values *v)
{
	disturb(f, f->line, "KASAN poisons the memory that is freed");
	return v->end;
}

static const char *take_kmsan(struct facts *f, const char *text,
			      const struct log_values *v)
{
	disturb(f, f->line, "KMSAN keeps two pages of three for itself");
	return v->end;
}

static const char *take_heap_free(struct facts *f, const char *text,
				  const struct log_values *v)
{
	disturb(f, f->line, "init_on_free clears every page that is freed");
	return v->end;
}

/* Since 5.14. The list has what was given, in quotes. */
static const char *take_unknown(struct facts *f, const char *text,
				const struct log_values *v)
{
	if (strstr(v->end, "memmap_init=") || strstr(v->end, "memmap-init="))
		facts_say(f, &f->boot.option_unknown, 1);
	return v->end;
}

static const char *take_dropped(struct facts *f, const char *text,
				const struct log_values *v)
{
	facts_note(f, LOG_ABOUT_FILE, f->line,
		   "the kernel dropped %lu messages here; log_buf_len= gives it room",
		   v->number[0]);
	return v->end;
}

const struct saying option_sayings[] = {
	{ "Linux version %u.%u", take_version },
	{ "Command line:", take_cmdline },
	{ "Kernel command line:", take_cmdline },
	{ "Hypervisor detected:", take_hypervisor },
	{ "Booting paravirtualized kernel on", take_hypervisor },
	{ "Linux is running under KVM", take_guest },
	{ "Linux is running as a", take_guest },
	{ "smccc: KVM: hypervisor services detected", take_guest },
	{ "Using pSeries machine description", take_guest },
	{ "CPU MTRRs all blank - virtualized", take_guest },
	{ "DMI:", take_board },
	{ "memmap_init: %w is not possible:", take_fallback },
	{ "memmap_init: unknown strategy", take_fallback },
	{ "kasan: KernelAddressSanitizer initialized", take_kasan },
	{ "KernelAddressSanitizer initialized", take_kasan },
	{ "Starting KernelMemorySanitizer", take_kmsan },
	{ "heap free:on", take_heap_free },
	{ "** %u printk messages dropped", take_dropped },
	{ "Unknown kernel command line parameters", take_unknown },
	{ "Unknown command line parameters:", take_unknown },
	{},
};

/* What fills, clears or unmaps the pages that the drain frees. */
static const struct {
	const char *key;
	const char *what;
} switches[] = {
	{ "page_poison",
	  "page_poison on its command line fills every page that is freed" },
	{ "init_on_free", "init_on_free clears every page that is freed" },
	{ "debug_pagealloc", "debug_pagealloc unmaps every page that is freed" },
};

/**
 * options_settle - what follows from the command line
 * @facts: of a boot, all of it read
 */
void options_settle(struct facts *facts)
{
	struct log_boot *boot = &facts->boot;
	unsigned int i;
	size_t len;

	if (facts->cmdline_line && facts->cmdline_end != facts->cmdline_line)
		facts_note(facts, LOG_ABOUT_TIMINGS, facts->cmdline_line,
			   "the command line is put together of lines %u to %u",
			   facts->cmdline_line, facts->cmdline_end);
	keep_cmdline(facts);
	if (!boot->cmdline.text)
		return;
	len = strlen(boot->cmdline.text);
	if (len >= CUT_AT && len < CUT_BELOW)
		facts_note(facts, LOG_ABOUT_TIMINGS, boot->cmdline.line,
			   "the command line has %zu characters: what the kernel does not print of a line, beyond about 1000, is not read",
			   len);
	boot->option.text = log_cmdline_last(boot->cmdline.text, "memmap_init",
					     &boot->nr_options);
	if (boot->option.text)
		boot->option.line = boot->cmdline.line;
	for (i = 0; i < sizeof(switches) / sizeof(*switches); i++)
		if (log_cmdline_switch(boot->cmdline.text, switches[i].key))
			disturb(facts, boot->cmdline.line, switches[i].what);
}
