/* SPDX-License-Identifier: MIT */
/*
 * The process that is looked into, and what becomes of it: it may end, start
 * another program, be stopped; with --wait, another with the same command
 * comes.
 */
#include "cli/sampler_inner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach/facts.h"
#include "cli/ps_list.h"

enum {
	OTHER_COMMAND_MS = 1000,	/* between looks for one that is back */
	REOPEN_FIRST_MS = 100,		/* between tries after an exec */
	REOPEN_TRIES = 12,
	REOPEN_MOST_MS = 5000,
};

void sampler_forget_command(struct sampler *s)
{
	for (size_t i = 0; i < s->argc; i++)
		free(s->argv[i]);
	free(s->argv);
	s->argv = NULL;
	s->argc = 0;
}

static void remember_command(struct sampler *s)
{
	struct process_info info;
	struct err ignored;

	if (!target_info(s->mo.cap.tr.target, &info, &ignored))
		return;
	sampler_forget_command(s);
	s->argv = calloc(info.argc + 1, sizeof(*s->argv));
	while (s->argv && s->argc < info.argc) {
		s->argv[s->argc] = strdup(info.argv[s->argc]);
		if (!s->argv[s->argc])
			break;
		s->argc++;
	}
	process_info_fini(&info);
}

bool sampler_is_still(const struct sampler *s)
{
	return s->phase == LOOKING && !s->mo.cap.tr.target->runs;
}

static void watch_pid(struct sampler *s, pid_t pid)
{
	if (s->pid_fd >= 0)
		close(s->pid_fd);
	s->pid = pid;
	/* Linux 5.3; before that the next look tells.  The number of one that
	 * is no more may be another's. */
	s->pid_fd = sampler_is_still(s) ? -1 :
		    (int)syscall(SYS_pidfd_open, pid, 0);
}

static void tell_still(struct sampler *s)
{
	struct news *news = answer_event(EVENT_STOPPED, s->pid, "this is its "
					 "core file, which stays as it is");

	if (news)
		news->event.time = s->mo.cap.tr.target->when;
	newsqueue_put(&s->news, news);
}

bool sampler_attach(struct sampler *s, const struct target_spec *spec,
		    struct err *err)
{
	if (!monitor_open(&s->mo, spec, s->opt->offsets_path, &s->ending,
			  err)) {
		monitor_close(&s->mo);
		return false;
	}
	s->phase = LOOKING;
	watch_pid(s, s->mo.cap.tr.target->pid);
	remember_command(s);
	s->stopped = false;
	s->last_census = s->last_look = 0;
	s->last_costly = COSTLY_NAMES;
	holder_names_fini(&s->naming);
	sampler_tell(s, EVENT_ATTACHED, NULL);
	if (sampler_is_still(s))
		tell_still(s);
	return true;
}

static bool attach_pid(struct sampler *s, pid_t pid, struct err *err)
{
	return sampler_attach(s, &(struct target_spec){ .pid = pid }, err);
}

static void has_ended(struct sampler *s)
{
	sampler_tell(s, EVENT_GONE, NULL);
	if (s->pid_fd >= 0)
		close(s->pid_fd);
	s->pid_fd = -1;
	s->phase = s->opt->wait && s->argc ? WAITING : ENDED;
	s->next_try = clock_now_ns();
	if (s->phase == WAITING)
		sampler_tell(s, EVENT_WAITING, NULL);
}

void sampler_is_gone(struct sampler *s)
{
	char state = monitor_state(&s->mo);

	monitor_close(&s->mo);
	if (!state || procfs_is_dead(state)) {
		has_ended(s);
		return;
	}
	sampler_tell(s, EVENT_EXEC, NULL);
	s->phase = REOPENING;
	s->tries = 0;
	s->next_try = clock_now_ns() + REOPEN_FIRST_MS * SAMPLER_MS;
}

/* A Python that has just begun cannot be understood yet. */
void sampler_try_again(struct sampler *s)
{
	uint64_t wait = REOPEN_FIRST_MS * SAMPLER_MS << s->tries;
	struct err err = { 0 };

	if (attach_pid(s, s->pid, &err))
		return;
	if (err.code == ERR_GONE) {
		has_ended(s);
		return;
	}
	if (++s->tries >= REOPEN_TRIES) {
		sampler_tell(s, EVENT_NOTE, err.text);
		s->phase = s->opt->wait ? WAITING : ENDED;
		if (s->phase == WAITING)
			sampler_tell(s, EVENT_WAITING, NULL);
	}
	if (wait > REOPEN_MOST_MS * SAMPLER_MS)
		wait = REOPEN_MOST_MS * SAMPLER_MS;
	s->next_try = clock_now_ns() + wait;
}

void sampler_look_for_another(struct sampler *s)
{
	pid_t pid = ps_list_same_command(s->argv, s->argc, getpid());
	struct err ignored;

	/* Not yet: it may have begun a moment ago. */
	if (!pid || !attach_pid(s, pid, &ignored))
		s->next_try = clock_now_ns() + OTHER_COMMAND_MS * SAMPLER_MS;
}

void sampler_note_state(struct sampler *s)
{
	char state = monitor_state(&s->mo);
	bool stopped = state == 'T' || state == 't';

	if (stopped == s->stopped || sampler_is_still(s))
		return;
	s->stopped = stopped;
	sampler_tell(s, stopped ? EVENT_STOPPED : EVENT_RUNNING, NULL);
}
