/* SPDX-License-Identifier: MIT */
/*
 * The screen on a terminal: a pseudo-terminal whose other end is here.
 *
 * The screen runs in a process group of its own below a session leader, as
 * from a shell, which tells us when it stops and how it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "canned.h"
#include "tui/tui.h"

enum { OUTPUT_MAX = 1 << 20, PATIENCE_MS = 60000, EXIT_REFUSED = 9 };

static struct session {
	int master;
	int events[2];		/* from the leader: an int for each */
	pid_t leader, screen;
	struct termios before;
	char out[OUTPUT_MAX];	/* all that was drawn */
	size_t n, seen;
} s;

/* --- the screen's side ---------------------------------------------------- */

/* A feed that has one sample, and is silent after that. */
static struct {
	struct feed feed;
	int pipe[2];
	int given;
} silent;

static int silent_fd(const struct feed *feed)
{
	(void)feed;
	return silent.pipe[0];
}

static struct news *silent_next(struct feed *feed)
{
	(void)feed;
	return silent.given++ ? NULL : canned_sample(0, SAMPLE_LIVE);
}

static void silent_ask(struct feed *feed, const struct feed_ask *ask)
{
	(void)feed;
	(void)ask;
}

static const struct feed_ops silent_ops = {
	.fd = silent_fd, .next = silent_next, .ask = silent_ask,
};

static void be_the_screen(void)
{
	struct tui_options opt = { .pid = CANNED_PID, .interval_ms = 1000 };
	struct rlimit no_core = { 0, 0 };
	struct err err;
	int sig = 0;

	setrlimit(RLIMIT_CORE, &no_core);
	silent.feed.ops = &silent_ops;
	if (pipe(silent.pipe) != 0 || !tui_run(&silent.feed, &opt, &sig, &err))
		_exit(EXIT_REFUSED);
	if (sig) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	_exit(0);
}

static void be_the_leader(const char *slave)
{
	pid_t pid;
	int fd, status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(s.master);
	setsid();
	fd = open(slave, O_RDWR);
	ioctl(fd, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		signal(SIGHUP, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		be_the_screen();
	}
	if (write(s.events[1], &pid, sizeof(pid)) < 0)
		_exit(1);
	while (waitpid(pid, &status, WUNTRACED) == pid) {
		if (write(s.events[1], &status, sizeof(status)) < 0 ||
		    !WIFSTOPPED(status))
			_exit(0);
	}
}

/* --- our side ------------------------------------------------------------- */

static void resize(int rows, int cols)
{
	struct winsize size = { (unsigned short)rows, (unsigned short)cols,
				0, 0 };

	assert_int_equal(ioctl(s.master, TIOCSWINSZ, &size), 0);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Take in what was drawn; false: the other end is closed. */
static bool take(int timeout_ms)
{
	struct pollfd fd = { .fd = s.master, .events = POLLIN };
	ssize_t n;

	if (poll(&fd, 1, timeout_ms) <= 0)
		return true;
	n = read(s.master, s.out + s.n, OUTPUT_MAX - 1 - s.n);
	if (n <= 0)
		return false;
	s.n += (size_t)n;
	s.out[s.n] = '\0';
	return true;
}

/* What happened to the screen; it may have to draw before that. */
static int event(void)
{
	int64_t end = now_ms() + PATIENCE_MS;
	struct pollfd fd = { .fd = s.events[0], .events = POLLIN };
	int value;

	while (poll(&fd, 1, 0) == 0) {
		assert_true(now_ms() < end);
		if (!take(20))
			poll(&fd, 1, 20);
	}
	assert_int_equal(read(s.events[0], &value, sizeof(value)),
			 sizeof(value));
	return value;
}

/* Wait until @text is drawn, after all that was waited for before. */
static void expect(const char *text)
{
	int64_t end = now_ms() + PATIENCE_MS;
	const char *at;

	while (!(at = strstr(s.out + s.seen, text)) && now_ms() < end)
		take(100);
	if (!at)
		fail_msg("'%s' is not drawn", text);
	s.seen = (size_t)(at - s.out) + strlen(text);
}

static void start(void)
{
	memset(&s, 0, sizeof(s));
	s.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(s.master >= 0);
	assert_int_equal(grantpt(s.master), 0);
	assert_int_equal(unlockpt(s.master), 0);
	assert_int_equal(pipe(s.events), 0);
	resize(24, 80);
	s.leader = fork();
	assert_true(s.leader >= 0);
	if (s.leader == 0)
		be_the_leader(ptsname(s.master));
	close(s.events[1]);
	s.screen = event();
	assert_int_equal(tcgetattr(s.master, &s.before), 0);
}

static void type(const char *keys)
{
	assert_int_equal(write(s.master, keys, strlen(keys)),
			 (ssize_t)strlen(keys));
}

/* Where it was drawn last, or 0. */
static size_t last(const char *text)
{
	size_t found = 0;

	for (const char *at = s.out; (at = strstr(at, text)); at++)
		found = (size_t)(at - s.out) + 1;
	return found;
}

/* The terminal has to be as before, and the alternate screen to be left. */
static void assert_restored(void)
{
	struct termios after;

	for (int i = 0; i < 20 && take(20); i++)
		;
	assert_int_equal(tcgetattr(s.master, &after), 0);
	assert_int_equal(after.c_lflag & (ICANON | ECHO | ISIG),
			 ICANON | ECHO | ISIG);
	assert_int_equal(after.c_oflag & OPOST, OPOST);
	assert_true(last("\033[?1049h") > 0);
	assert_true(last("\033[?1049l") > last("\033[?1049h"));
	assert_true(last("1000l") > last("1000h"));
}

static int finish(void)
{
	int status = event();

	assert_restored();
	close(s.master);
	close(s.events[0]);
	assert_int_equal(waitpid(s.leader, NULL, 0), s.leader);
	return status;
}

static void q_leaves_the_terminal_as_it_was(void **state)
{
	int status;

	(void)state;
	start();
	expect("__main__.Session");
	type("q");
	status = finish();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void signals_that_end_us_restore_it(void **state)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
		int status;

		start();
		expect("F10");
		kill(s.screen, sigs[i]);
		status = finish();
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), sigs[i]);
	}
}

static void a_crash_restores_it_and_is_a_crash(void **state)
{
	static const int sigs[] = { SIGSEGV, SIGABRT, SIGBUS, SIGILL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
		int status;

		start();
		expect("F10");
		kill(s.screen, sigs[i]);
		status = finish();
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), sigs[i]);
	}
}

static void control_c_is_a_signal(void **state)
{
	int status;

	(void)state;
	start();
	expect("F10");
	type("\003");
	status = finish();
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void control_z_stops_it_and_it_comes_back(void **state)
{
	struct termios stopped;
	int status;

	(void)state;
	start();
	expect("F10");
	type("\032");
	status = event();
	assert_true(WIFSTOPPED(status));
	assert_int_equal(tcgetattr(s.master, &stopped), 0);
	assert_int_equal(stopped.c_lflag & (ICANON | ECHO), ICANON | ECHO);
	kill(s.screen, SIGCONT);
	expect("__main__.Session");
	type("3");
	expect("THRESHOLD");
	type("q");
	status = finish();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A screen that waited for its feed would never answer. */
static void keys_are_answered_while_the_feed_is_silent(void **state)
{
	(void)state;
	start();
	expect("F10");
	for (int i = 0; i < 10; i++) {
		type("3");
		expect("THRESHOLD");
		type("1");
		expect("COUNT");
	}
	type("q");
	finish();
}

static void it_follows_the_size_of_the_terminal(void **state)
{
	(void)state;
	start();
	expect("F10");
	resize(5, 30);
	expect("needs 40x8");
	resize(8, 40);
	expect("dict");
	for (int i = 0; i < 100; i++) {
		resize(1 + i % 60, 1 + i * 7 % 200);
		take(0);
	}
	resize(40, 120);
	expect("F10");
	type("4");
	expect("resident (RSS)");
	type("q");
	finish();
}

static void a_terminal_that_goes_away_ends_it(void **state)
{
	int status;

	(void)state;
	start();
	expect("F10");
	close(s.master);
	status = event();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGHUP);
	close(s.events[0]);
	assert_int_equal(waitpid(s.leader, NULL, 0), s.leader);
}

static void colours_are_used_unless_NO_COLOR_says_so(void **state)
{
	(void)state;
	start();
	expect("F10");
	assert_non_null(strstr(s.out, "\033[38;5;"));
	type("q");
	finish();
	setenv("NO_COLOR", "1", 1);
	start();
	expect("F10");
	assert_null(strstr(s.out, "\033[38;5;"));
	assert_null(strstr(s.out, "\033[3" "2m"));
	type("q");
	finish();
	unsetenv("NO_COLOR");
}

static void nothing_foreign_controls_the_terminal(void **state)
{
	(void)state;
	start();
	expect("red");
	type("2l");
	expect("STACK OF");
	type("q");
	finish();
	assert_null(strstr(s.out, "\033[31mred"));
	assert_null(strstr(s.out, "\033]0;"));
	assert_null(strstr(s.out, "\a"));
}

static void without_a_terminal_it_says_so(void **state)
{
	struct tui_options opt = { .pid = 1 };
	int null = open("/dev/null", O_RDWR), before = dup(0), sig;
	struct err err;

	(void)state;
	dup2(null, 0);
	assert_false(tui_run(&silent.feed, &opt, &sig, &err));
	assert_int_equal(err.code, ERR_OS);
	dup2(before, 0);
	close(null);
	close(before);
}

static void an_unknown_terminal_is_refused(void **state)
{
	int status;

	(void)state;
	setenv("TERM", "no-such-terminal", 1);
	start();
	status = event();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_REFUSED);
	setenv("TERM", "xterm-256color", 1);
	close(s.master);
	close(s.events[0]);
	assert_int_equal(waitpid(s.leader, NULL, 0), s.leader);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(q_leaves_the_terminal_as_it_was),
		cmocka_unit_test(signals_that_end_us_restore_it),
		cmocka_unit_test(a_crash_restores_it_and_is_a_crash),
		cmocka_unit_test(control_c_is_a_signal),
		cmocka_unit_test(control_z_stops_it_and_it_comes_back),
		cmocka_unit_test(keys_are_answered_while_the_feed_is_silent),
		cmocka_unit_test(it_follows_the_size_of_the_terminal),
		cmocka_unit_test(a_terminal_that_goes_away_ends_it),
		cmocka_unit_test(colours_are_used_unless_NO_COLOR_says_so),
		cmocka_unit_test(nothing_foreign_controls_the_terminal),
		cmocka_unit_test(without_a_terminal_it_says_so),
		cmocka_unit_test(an_unknown_terminal_is_refused),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TERM", "xterm-256color", 1);
	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
