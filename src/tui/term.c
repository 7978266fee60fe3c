/* SPDX-License-Identifier: MIT */
/*
 * The one door to curses, and to the signals that concern the terminal.
 *
 * What restores the terminal after a crash may not call curses, which is in
 * an unknown state then: the bytes that do it are put together beforehand, and
 * written with write(2).
 */
#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>

#include "base/compiler.h"
#include "tui/terminals.h"

enum { RESTORE_MAX = 256, FIRST_PAIR = 1, DOUBLE_CLICK_MS = 400,
       STACK_SIZE = 64 * 1024, ESC_DELAY_MS = 25 };

static struct {
	SCREEN *screen;
	enum theme theme;
	struct termios before;
	int signals[2];		/* a pipe from the handlers */
	struct timespec clicked;
	int click_y, click_x;
} term = { .signals = { -1, -1 } };

/* For the handlers: what they touch and nothing else. */
static volatile sig_atomic_t is_open, leaving;
static char restore[RESTORE_MAX];
static size_t restore_len;
static char crash_stack[STACK_SIZE];

static const int told[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP,
			    SIGCONT, SIGWINCH };
static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE,
			     SIGSYS, SIGTRAP };
static struct sigaction told_before[ARRAY_SIZE(told)],
	fatal_before[ARRAY_SIZE(fatal)];

/* --- signals ------------------------------------------------------------- */

static void restore_in_handler(void)
{
	ssize_t n;

	if (!is_open)
		return;
	is_open = 0;
	n = write(STDOUT_FILENO, restore, restore_len);
	(void)n;	/* nobody is left to tell */
	tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
}

static void on_fatal(int sig)
{
	restore_in_handler();
	/* SA_RESETHAND has put the default in place. */
	raise(sig);
}

static bool ends_us(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP ||
	       sig == SIGQUIT;
}

static void on_told(int sig)
{
	char byte = (char)sig;
	int saved = errno;
	ssize_t n;

	/* Asked once and still here: we hang. */
	if (ends_us(sig) && leaving++) {
		restore_in_handler();
		signal(sig, SIG_DFL);
		raise(sig);
	}
	n = write(term.signals[1], &byte, 1);
	(void)n;	/* full: many others wait to be seen */
	errno = saved;
}

static void handle(const int *sigs, size_t n, struct sigaction *before,
		   void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < n; i++) {
		sigaction(sigs[i], &action, before ? &before[i] : NULL);
	}
}

static void save_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		sigaction(told[i], NULL, &told_before[i]);
}

/* Who had it handled before does not die of it: a file that is mapped may become
 * shorter. */
static void leave_sigbus(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
		if (fatal[i] == SIGBUS && fatal_before[i].sa_flags & SA_SIGINFO)
			sigaction(SIGBUS, &fatal_before[i], NULL);
	}
}

static void take_signals(void)
{
	stack_t stack = { .ss_sp = crash_stack, .ss_size = STACK_SIZE };

	sigaltstack(&stack, NULL);
	leaving = 0;
	handle(told, ARRAY_SIZE(told), NULL, on_told, SA_RESTART);
	handle(fatal, ARRAY_SIZE(fatal), fatal_before, on_fatal,
	       SA_RESETHAND | SA_ONSTACK);
	leave_sigbus();
}

static void give_signals_back(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		sigaction(told[i], &told_before[i], NULL);
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &fatal_before[i], NULL);
}

int term_signal_fd(void)
{
	return term.signals[0];
}

int term_next_signal(void)
{
	unsigned char byte;

	return read(term.signals[0], &byte, 1) == 1 ? byte : 0;
}

/* --- opening ------------------------------------------------------------- */

/* Without the "$<5>" that tells tputs() to wait. */
static void add_restore(const char *s)
{
	while (s && *s && restore_len < RESTORE_MAX) {
		if (s[0] == '$' && s[1] == '<') {
			s += strcspn(s, ">");
			s += *s == '>';
		} else {
			restore[restore_len++] = *s++;
		}
	}
}

static const char *capability(const char *name)
{
	/* tigetstr() takes no const. */
	char *s = tigetstr((char *)(size_t)name);

	return s == (char *)-1 ? NULL : s;
}

static void prepare_restore(bool mouse)
{
	restore_len = 0;
	if (mouse)
		add_restore("\033[?1000l\033[?1006l");
	add_restore(capability("sgr0"));
	add_restore(capability("op"));
	add_restore(capability("cnorm"));
	add_restore(capability("rmkx"));
	add_restore(capability("rmcup"));
}

static enum theme choose_theme(bool no_color)
{
	const char *env = getenv("NO_COLOR");

	/* How many there are curses knows after start_color(). */
	if (no_color || (env && *env) || !has_colors() ||
	    start_color() != OK || COLOR_PAIRS <= EL_N)
		return THEME_MONO;
	return COLORS >= 256 ? THEME_256 : THEME_8;
}

static void start_colors(void)
{
	bool defaults;

	if (term.theme == THEME_MONO)
		return;
	defaults = use_default_colors() == OK;
	for (enum element e = 0; e < EL_N; e++) {
		const struct look *look = theme_look(term.theme, e);
		short fg = look->fg, bg = look->bg;

		if (!defaults && fg < 0)
			fg = COLOR_WHITE;
		if (!defaults && bg < 0)
			bg = COLOR_BLACK;
		init_pair((short)(FIRST_PAIR + e), fg, bg);
	}
}

static void start_screen(const struct term_options *opt)
{
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	curs_set(0);
	if (!opt->no_mouse) {
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED |
			  BUTTON5_PRESSED, NULL);
		/* Else curses waits for a click to become a double one. */
		mouseinterval(0);
	}
}

static bool open_pipe(struct err *err)
{
	if (pipe2(term.signals, O_NONBLOCK | O_CLOEXEC) == 0)
		return true;
	return err_sys(err, errno, "cannot make a pipe");
}

static void close_pipe(void)
{
	close(term.signals[0]);
	close(term.signals[1]);
	term.signals[0] = term.signals[1] = -1;
}

/* Where the host describes no terminals, what we brought along may. */
static SCREEN *open_screen(void)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);
	const char *name = getenv("TERM");

	for (const struct terminal_builtin *known = terminal_builtins;
	     !screen && name && known->name; known++) {
		if (strcmp(known->name, name) != 0)
			continue;
		setenv("TERMINFO", known->description, 1);
		screen = newterm(NULL, stdout, stdin);
		unsetenv("TERMINFO");
	}
	return screen;
}

bool term_open(const struct term_options *opt, struct err *err)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &term.before) < 0)
		return err_set(err, ERR_OS, "the screen needs a terminal");
	if (!open_pipe(err))
		return false;
	save_signals();
	set_escdelay(ESC_DELAY_MS);
	term.screen = open_screen();
	if (!term.screen) {
		const char *name = getenv("TERM");

		close_pipe();
		return err_set(err, ERR_OS, "cannot draw on a terminal of "
			       "type '%.40s'", name ? name : "");
	}
	prepare_restore(!opt->no_mouse);
	is_open = 1;
	take_signals();
	term.theme = choose_theme(opt->no_color);
	start_colors();
	start_screen(opt);
	return true;
}

void term_close(void)
{
	if (!term.screen)
		return;
	if (is_open)
		endwin();
	is_open = 0;
	give_signals_back();
	delscreen(term.screen);
	term.screen = NULL;
	close_pipe();
}

/* --- size ---------------------------------------------------------------- */

void term_resized(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
	    size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
}

void term_size(int *ret_rows, int *ret_cols)
{
	*ret_rows = LINES;
	*ret_cols = COLS;
}

void term_suspend(void)
{
	int sig = SIGTSTP;

	endwin();
	signal(sig, SIG_DFL);
	raise(sig);
	/* Here we are again. */
	handle(&sig, 1, NULL, on_told, SA_RESTART);
	reset_prog_mode();
	term_resized();
}

/* --- drawing ------------------------------------------------------------- */

static void set_look(enum element element)
{
	const struct look *look = theme_look(term.theme, element);
	attr_t attr = (look->bold ? A_BOLD : 0) | (look->dim ? A_DIM : 0) |
		      (look->reverse ? A_REVERSE : 0) |
		      (look->underline ? A_UNDERLINE : 0);

	attr_set(attr, term.theme == THEME_MONO ? 0 :
		 (short)(FIRST_PAIR + element), NULL);
}

static void draw_row(const struct grid *grid, int y)
{
	int element = -1;

	for (int x = 0; x < grid->cols; x++) {
		const struct cell *cell = grid_at(grid, y, x);

		if (cell->width == 0)
			continue;
		if (cell->element != element) {
			element = cell->element;
			set_look(cell->element);
		}
		mvaddstr(y, x, cell->text);
	}
}

/* ncurses ignores SIGTSTP while it writes, and a ^Z typed meanwhile is lost;
 * a blocked signal waits. */
void term_draw(const struct grid *grid)
{
	sigset_t stops, before;

	if (!is_open)
		return;
	for (int y = 0; y < grid->rows && y < LINES; y++)
		draw_row(grid, y);
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &stops, &before);
	refresh();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* --- input --------------------------------------------------------------- */

static int translate_key(wint_t key)
{
	static const struct {
		wint_t from;
		int to;
	} table[] = {
		{ KEY_UP, INPUT_UP }, { KEY_DOWN, INPUT_DOWN },
		{ KEY_LEFT, INPUT_LEFT }, { KEY_RIGHT, INPUT_RIGHT },
		{ KEY_PPAGE, INPUT_PGUP }, { KEY_NPAGE, INPUT_PGDN },
		{ KEY_HOME, INPUT_HOME }, { KEY_END, INPUT_END },
		{ KEY_BTAB, INPUT_BACKTAB }, { KEY_ENTER, INPUT_ENTER },
		{ KEY_BACKSPACE, INPUT_BACKSPACE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].from == key)
			return table[i].to;
	}
	if (key > KEY_F0 && key <= KEY_F0 + 12)
		return INPUT_F0 + (int)(key - KEY_F0);
	return 0;
}

static int translate_char(wint_t c)
{
	switch (c) {
	case '\r':
		return INPUT_ENTER;
	case 0x7f:
	case '\b':
		return INPUT_BACKSPACE;
	default:
		return c < INPUT_UP ? (int)c : 0;
	}
}

/* The same place, and soon after. */
static bool is_double(const MEVENT *event)
{
	struct timespec now;
	int64_t ms;
	bool same = event->y == term.click_y && event->x == term.click_x;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)(now.tv_sec - term.clicked.tv_sec) * 1000 +
	     (now.tv_nsec - term.clicked.tv_nsec) / 1000000;
	term.clicked = now;
	term.click_y = event->y;
	term.click_x = event->x;
	return same && ms < DOUBLE_CLICK_MS;
}

static bool read_mouse(struct mouse *ret)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return false;
	ret->y = event.y;
	ret->x = event.x;
	if (event.bstate & BUTTON4_PRESSED)
		ret->kind = MOUSE_WHEEL_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		ret->kind = MOUSE_WHEEL_DOWN;
	else if (event.bstate & BUTTON1_PRESSED)
		ret->kind = is_double(&event) ? MOUSE_DOUBLE : MOUSE_CLICK;
	else
		return false;
	return true;
}

enum term_input term_read(int *ret_code, struct mouse *ret_mouse)
{
	wint_t key;

	for (;;) {
		int kind = get_wch(&key);

		if (kind == ERR)
			return TERM_NOTHING;
		if (kind == KEY_CODE_YES && key == KEY_MOUSE) {
			if (read_mouse(ret_mouse))
				return TERM_MOUSE;
			continue;
		}
		*ret_code = kind == KEY_CODE_YES ? translate_key(key) :
						   translate_char(key);
		if (*ret_code)
			return TERM_KEY;
	}
}
