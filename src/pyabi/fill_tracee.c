/* SPDX-License-Identifier: MIT */
/*
 * What a result says of the target and its Python, whatever was looked at.
 */
#include "pyabi/fill_tracee.h"

#include <string.h>

#include "attach/facts.h"

static bool copy_text(char **to, const char *from, struct err *err)
{
	*to = strdup(from);
	return *to ? true : err_nomem(err);
}

bool fill_target(struct dump *dump, struct target *target,
		 struct err *err)
{
	struct process_info info;
	bool ok = true;

	dump->pid = target->pid;
	dump->source = target->ops->source;
	if (!target_info(target, &info, err))
		return false;
	for (size_t i = 0; ok && i < info.argc; i++) {
		char **slot = vec_add(&dump->command, err);

		ok = slot && copy_text(slot, info.argv[i], err);
	}
	if (ok && info.exe)
		ok = copy_text(&dump->executable, info.exe, err);
	dump->started = info.started;
	process_info_fini(&info);
	return ok;
}

static void take_told(void *arg, enum target_lack lack, const char *text)
{
	struct dump *dump = arg;

	if (lack)
		dump->complete = 0;
	dump_warn(dump, "%s", text);
}

void fill_told(struct dump *dump, struct target *target)
{
	target_tell(target, take_told, dump);
}

bool fill_python(struct dump *dump, const struct runtime *rt,
		 const char *allocator, struct err *err)
{
	static const enum dump_abi_source sources[] = {
		[ABI_SELF] = DUMP_ABI_SELF,
		[ABI_FILE] = DUMP_ABI_FILE,
		[ABI_GIVEN] = DUMP_ABI_GIVEN,
	};
	char *arch;

	if (!copy_text(&dump->version, rt->version_text, err) ||
	    !copy_text(&dump->abi, rt->abi.name, err))
		return false;
	arch = strrchr(dump->abi, '-');
	if (arch && strcmp(arch + 1, abi_arch_words[rt->abi.arch]) == 0)
		*arch = '\0';
	dump->abi_source = sources[rt->source];
	dump->free_threaded = rt->free_threaded;
	dump->debug = rt->debug;
	dump->allocator = allocator;
	dump->interpreters = (int)rt->interps.n;
	if (rt->newest_checked)
		dump_warn(dump, "CPython %s is newer than any release that was "
			  "checked (%u.%u.%u is): its layout was tried on this "
			  "process, and fits", rt->version_text,
			  rt->newest_checked >> 24,
			  rt->newest_checked >> 16 & 0xff,
			  rt->newest_checked >> 8 & 0xff);
	if (*rt->disagreement)
		dump_warn(dump, "layout file and interpreter disagree, the "
			  "interpreter wins: %s", rt->disagreement);
	return true;
}

/* Rounded: 0.57 s are 569.999... ms to a double. */
static int64_t whole_ms(double s)
{
	return s < 0 ? DUMP_UNKNOWN : (int64_t)(s * 1e3 + 0.5);
}

bool fill_memory(struct dump *dump, struct target *target,
		 bool with_pss, struct err *err)
{
	struct dump_memory *to = &dump->memory;
	struct process_memory m;

	if (!target_memory(target, with_pss, &m, err))
		return false;
	to->rss = m.rss;
	to->peak_rss = m.peak_rss;
	to->vms = m.vms;
	to->pss = m.pss;
	to->uss = m.uss;
	to->shared = m.shared;
	to->file = m.file;
	to->swap = m.swap;
	to->page_tables = m.page_tables;
	to->minor_faults = m.minor_faults;
	to->major_faults = m.major_faults;
	to->voluntary_switches = m.voluntary_switches;
	to->involuntary_switches = m.involuntary_switches;
	to->user_ms = whole_ms(m.user_s);
	to->system_ms = whole_ms(m.system_s);
	return true;
}
