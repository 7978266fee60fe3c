/* SPDX-License-Identifier: MIT */
/*
 * The loop: wait for keys, news, signals or the clock; take in all there is;
 * draw.  Nothing in it waits for the tracee.
 */
#include "tui/tui.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/term.h"
#include "tui/ui.h"

enum {
	TICK_MS = 500,		/* ages and clocks grow */
	NEWS_AT_ONCE = 64,	/* then keys have their turn */
};

enum { FD_KEYS, FD_SIGNALS, FD_FEED, FD_N };

struct screen {
	struct ui ui;
	struct grid grid;
	int signal;		/* that ends us, or 0 */
	int body_rows;		/* when the lists were made */
	bool changed;		/* ... and whether they have to be again */
};

static bool is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool fit(struct screen *s, struct err *err)
{
	int rows, cols;

	term_size(&rows, &cols);
	if (s->grid.cell && rows == s->grid.rows && cols == s->grid.cols)
		return true;
	grid_fini(&s->grid);
	s->ui.rows = rows;
	s->ui.cols = cols;
	s->changed = true;
	return grid_init(&s->grid, rows, cols, s->ui.ascii, err);
}

static bool draw(struct screen *s, struct err *err)
{
	if (!fit(s, err))
		return false;
	s->ui.model.now_ns = clock_now_ns();
	if (s->changed || layout_of(&s->ui).body.rows != s->body_rows) {
		ui_update(&s->ui);
		s->body_rows = layout_of(&s->ui).body.rows;
		s->changed = false;
	}
	ui_draw(&s->ui, &s->grid);
	term_draw(&s->grid);
	return true;
}

/* Before we stop, the tracee has to run: nobody else would wake it. */
static void suspend(struct screen *s)
{
	struct feed *feed = s->ui.feed;

	if (feed->ops->hold)
		feed->ops->hold(feed);
	term_suspend();
	if (feed->ops->release)
		feed->ops->release(feed);
}

static void take_signals(struct screen *s)
{
	bool resized = false;
	int sig;

	while ((sig = term_next_signal()) != 0) {
		switch (sig) {
		case SIGWINCH:
		case SIGCONT:
			resized = true;
			break;
		case SIGTSTP:
			suspend(s);
			break;
		default:
			s->signal = sig;
		}
	}
	if (resized)
		term_resized();
}

static void take_keys(struct screen *s)
{
	enum term_input kind;
	struct mouse mouse;
	int code;

	while ((kind = term_read(&code, &mouse)) != TERM_NOTHING) {
		/* What the next key is about are the rows of now. */
		if (s->changed)
			ui_update(&s->ui);
		if (kind == TERM_MOUSE)
			keys_mouse(&s->ui, &mouse);
		else if (code == INPUT_REDRAW)
			term_resized();
		else
			keys_press(&s->ui, code);
		s->changed = true;
		if (s->ui.quit)
			return;
	}
}

static bool take_news(struct screen *s, struct err *err)
{
	for (int i = 0; i < NEWS_AT_ONCE; i++) {
		struct news *news = feed_next(s->ui.feed);

		if (!news)
			return true;
		s->changed = true;
		if (!ui_news(&s->ui, news, err))
			return false;
	}
	return true;
}

static bool turn(struct screen *s, struct pollfd *fds, struct err *err)
{
	if (poll(fds, FD_N, TICK_MS) < 0 && errno != EINTR)
		return err_sys(err, errno, "cannot wait for keys");
	s->ui.model.now_ns = clock_now_ns();
	take_signals(s);
	/* The terminal went away without a SIGHUP. */
	if (fds[FD_KEYS].revents & (POLLHUP | POLLERR | POLLNVAL))
		s->signal = s->signal ? s->signal : SIGHUP;
	if (s->signal)
		return true;
	take_keys(s);
	if (s->ui.quit)
		return true;
	return take_news(s, err) && draw(s, err);
}

static bool run(struct screen *s, struct err *err)
{
	struct pollfd fds[FD_N] = {
		[FD_KEYS] = { .fd = STDIN_FILENO, .events = POLLIN },
		[FD_SIGNALS] = { .fd = term_signal_fd(), .events = POLLIN },
		[FD_FEED] = { .fd = feed_fd(s->ui.feed), .events = POLLIN },
	};

	if (!draw(s, err))
		return false;
	while (!s->ui.quit && !s->signal) {
		if (!turn(s, fds, err))
			return false;
	}
	return true;
}

bool tui_run(struct feed *feed, const struct tui_options *opt, int *ret_signal,
	     struct err *err)
{
	struct term_options term = { opt->no_color, opt->no_mouse };
	struct screen s = { 0 };
	bool ok;

	*ret_signal = 0;
	if (!term_open(&term, err))
		return false;
	ui_init(&s.ui, feed, opt);
	s.ui.ascii = opt->ascii || !is_utf8();
	s.changed = true;
	ok = run(&s, err);
	term_close();
	*ret_signal = s.signal;
	grid_fini(&s.grid);
	ui_fini(&s.ui);
	return ok;
}
