/* SPDX-License-Identifier: MIT */
#include "cli/attach_batch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "report/report_json.h"
#include "tui/tui.h"

enum { COLUMNS = 100 };

static const char *const event_names[] = {
	[EVENT_ATTACHED] = "attached",
	[EVENT_GONE] = "gone",
	[EVENT_EXEC] = "exec",
	[EVENT_STOPPED] = "stopped",
	[EVENT_RUNNING] = "running",
	[EVENT_WAITING] = "waiting",
	[EVENT_FAILED] = "failed",
	[EVENT_NOTE] = "note",
	[EVENT_NOMEM] = "failed",
};

struct batch {
	struct cli *cli;
	const struct batch_options *opt;
	struct tui_text *text;
	/** The last that has an account of the process as it is; or NULL. */
	struct tui_sample *accounted;
	int64_t n, n_failed;	/* looks */
	struct err failure;	/* of the last of them that failed */
	bool is_told;		/* and no look has succeeded since */
	bool lost;		/* not even news can be made */
	bool gone, over;
};

static void put_line(void *arg, const char *line)
{
	struct batch *b = arg;

	out_str(&b->cli->out, line);
	out_char(&b->cli->out, '\n');
}

static bool print_text(struct batch *b, struct err *err)
{
	struct tui_text_options opt = {
		.parts = TEXT_HEADER | TEXT_TYPES | TEXT_GC | TEXT_MEMORY,
		.columns = COLUMNS,
		.rows = b->opt->top,
		.ascii = b->opt->ascii,
	};

	if (b->n)
		out_char(&b->cli->out, '\n');
	return tui_text_print(b->text, &opt, put_line, b, err);
}

static void print_json(struct batch *b, const struct tui_sample *sample)
{
	struct report_sample row = {
		.number = b->n,
		.our_cpu_percent = sample->our_cpu_percent,
		.our_cpu_ms = sample->our_cpu_ms,
		.our_rss = sample->our_rss,
		.asked_interval_ms = sample->asked_interval_ms,
		.interval_ms = sample->interval_ms,
		.slowed = sample->slowed,
	};

	if (b->accounted) {
		row.account = &b->accounted->account;
		row.accounted = b->accounted->dump.time;
	}

	report_json_sample(&b->cli->out, &sample->dump, &row);
}

static void print_event(struct batch *b, const struct event *event)
{
	struct out *out = &b->cli->out;
	char when[64];
	struct tm tm;

	if (b->opt->json) {
		report_json_event(out, event_names[event->kind], event->pid,
				  &event->time, event->text);
		return;
	}
	if (event->kind == EVENT_ATTACHED && !b->gone)
		return;
	localtime_r(&event->time.tv_sec, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	out_printf(out, "%s%s process %d: %s", b->n ? "\n" : "", when,
		   event->pid, event_names[event->kind]);
	if (event->text) {
		out_const(out, ": ");
		out_visible(out, event->text, SIZE_MAX);
	}
	out_char(out, '\n');
}

static bool is_failure(const struct event *event)
{
	return event->kind == EVENT_FAILED || event->kind == EVENT_NOMEM;
}

/* The same failure is told once, until a look succeeds. */
static void print_failure(struct batch *b, const struct event *event)
{
	const char *text = event->text ? event->text : "out of memory";

	b->n_failed++;
	if (b->is_told && strcmp(b->failure.text, text) == 0)
		return;
	err_set(&b->failure, event->code, "%s", text);
	b->is_told = true;
	print_event(b, event);
}

/* Would more news come after this? */
static void note_end(struct batch *b, const struct event *event)
{
	switch (event->kind) {
	case EVENT_GONE:
		b->gone = true;
		b->over |= !b->opt->wait;
		break;
	case EVENT_EXEC:
		b->gone = true;
		break;
	case EVENT_NOMEM:
		b->lost = b->over = true;
		break;
	case EVENT_NOTE:
		b->over |= b->gone && !b->opt->wait;
		break;
	default:
		break;
	}
}

static void keep_account(struct batch *b, struct tui_sample *sample)
{
	tui_sample_unref(b->accounted);
	b->accounted = sample ? tui_sample_ref(sample) : NULL;
}

/* Takes @news over. */
static bool take(struct batch *b, struct news *news, struct err *err)
{
	bool print = news->kind == NEWS_SAMPLE &&
		     tui_sample_has_heap(news->sample);

	if (news->kind == NEWS_EVENT) {
		if (is_failure(&news->event))
			print_failure(b, &news->event);
		else
			print_event(b, &news->event);
		note_end(b, &news->event);
		if (b->gone)
			keep_account(b, NULL);
	} else if (news->kind == NEWS_SAMPLE &&
		   tui_sample_has_account(news->sample)) {
		keep_account(b, news->sample);
	}
	if (print && b->opt->json)
		print_json(b, news->sample);
	if (b->opt->json)
		news_free(news);
	else if (!tui_text_add(b->text, news, err) ||
		 (print && !print_text(b, err)))
		return false;
	b->n += print;
	b->is_told &= !print;
	b->over |= b->opt->count && b->n + b->n_failed >= b->opt->count;
	return true;
}

static bool take_all(struct batch *b, struct feed *feed, struct err *err)
{
	struct news *news;

	while (!b->over && (news = feed_next(feed))) {
		if (!take(b, news, err))
			return false;
	}
	/* Whoever reads it wants to see it now. */
	return out_flush(&b->cli->out, err);
}

/* Until there are news; who reads our output may go away meanwhile. */
static bool await(struct batch *b, struct feed *feed, struct err *err)
{
	struct pollfd fds[] = {
		{ .fd = feed_fd(feed), .events = POLLIN },
		{ .fd = b->cli->out.fd },
	};

	if (poll(fds, 2, -1) < 0 && errno != EINTR)
		return err_sys(err, errno, "cannot wait");
	return !(fds[1].revents & POLLERR) ||
	       err_sys(err, EPIPE, "cannot write");
}

/* Did those looks succeed that were asked for? */
static bool judge_looks(const struct batch *b, struct err *err)
{
	char text[100];

	if (b->lost)
		return err_nomem(err);
	/* It went away before there was anything to tell. */
	if (b->gone && !b->n)
		return err_set(err, ERR_GONE, "process %d has exited or "
			       "started another program", (int)b->cli->pid);
	if (!b->opt->count || !b->n_failed)
		return true;
	snprintf(text, sizeof(text), "%" PRId64 " of %" PRId64 " looks failed",
		 b->n_failed, b->n + b->n_failed);
	if (b->n) {
		b->cli->warn(text);
		return true;
	}
	*err = b->failure;
	return err_context(err, "%s", text);
}

bool attach_batch(struct cli *cli, struct feed *feed,
		  const struct batch_options *opt, struct err *err)
{
	struct batch b = { .cli = cli, .opt = opt };
	bool ok = true;

	b.text = tui_text_new(err);
	if (!b.text)
		return false;
	while (ok && !b.over)
		ok = await(&b, feed, err) && take_all(&b, feed, err);
	tui_text_free(b.text);
	keep_account(&b, NULL);
	return ok && judge_looks(&b, err);
}
