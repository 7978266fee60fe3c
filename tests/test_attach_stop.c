/* SPDX-License-Identifier: MIT */
/*
 * Stopping real children, cooperative and difficult ones.  Whatever happens,
 * afterwards they run on, untraced.
 */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>

#include <cmocka.h>

#include "attach/process.h"
#include "attach/stop.h"
#include "base/vec.h"
#include "test_attach_child.h"

static struct err err;
static struct process proc;
static struct stop stop;
static struct shared *sh;
static pid_t child;

static void begin(void (*body)(struct child_ready, struct shared *))
{
	sh = shared_new();
	child = child_start(body, sh);
	assert_true(process_open(&proc, child, &err));
}

static void end(void)
{
	process_close(&proc);
	child_end(child);
	shared_free(sh);
}

/* Somebody who holds the child until told to let go. */
static struct {
	pthread_t thread;
	const struct process *of;
	sem_t stands, go_on;
	bool holds, fine;
} holder;

static bool hold(void *arg, const struct stop *how, struct err *ret_err)
{
	(void)arg;
	(void)how;
	(void)ret_err;
	holder.holds = true;
	sem_post(&holder.stands);
	sem_wait(&holder.go_on);
	return true;
}

static void *be_holder(void *arg)
{
	(void)arg;
	holder.fine = stop_while(holder.of, &stop, hold, NULL, &err);
	if (!holder.holds)
		sem_post(&holder.stands);
	return NULL;
}

static bool try_to_stop(const struct process *of)
{
	sem_init(&holder.stands, 0, 0);
	sem_init(&holder.go_on, 0, 0);
	holder.of = of;
	holder.holds = false;
	assert_int_equal(pthread_create(&holder.thread, NULL, be_holder, NULL),
			 0);
	sem_wait(&holder.stands);
	if (!holder.holds)
		pthread_join(holder.thread, NULL);
	return holder.holds;
}

static bool let_go(void)
{
	sem_post(&holder.go_on);
	pthread_join(holder.thread, NULL);
	return holder.fine;
}

static void stop_child(void)
{
	if (!try_to_stop(&proc))
		fail_msg("%s", err.text);
}

/* All its threads are in one of @states, and traced or not; some may end. */
static void expect_threads(const char *states, bool traced)
{
	struct pid_list tids = {0};

	assert_true(process_threads(&proc, &tids, &err));
	for (size_t i = 0; i < tids.n; i++) {
		assert_true(child_reaches(child, tids.v[i], states));
		if (strchr("ZX", child_state(child, tids.v[i])))
			continue;
		if (traced)
			assert_true(child_tracer(child, tids.v[i]) > 0);
		else
			assert_true(child_tracer(child, tids.v[i]) <= 0);
	}
	vec_free(&tids);
}

static void release_child(void)
{
	if (!let_go())
		fail_msg("%s", err.text);
	assert_true(stop.pause_ms > 0);
}

static void a_sleeping_child_stops_and_sleeps_on(void **state)
{
	(void)state;
	begin(just_wait);
	stop_child();
	assert_int_equal(stop.n_stopped, 1);
	assert_int_equal(stop.n_unstopped, 0);
	assert_string_equal(stop.reason, "");
	expect_threads("t", true);
	release_child();
	expect_threads("S", false);
	end();
}

static void a_busy_child_stands_still_and_then_runs(void **state)
{
	uint64_t seen;

	(void)state;
	begin(just_count);
	for (int i = 0; i < 50; i++) {
		stop_child();
		seen = sh->counter;
		for (int j = 0; j < 5; j++)
			brief_nap();
		assert_int_equal(sh->counter, seen);
		release_child();
		assert_true(changes(&sh->counter, seen));
	}
	expect_threads("R", false);
	end();
}

/* -- Threads that breed --------------------------------------------------- */

static void *die_young(void *arg)
{
	struct shared *mine = arg;

	__atomic_fetch_add(&mine->counter, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void *breed(void *arg)
{
	pthread_t thread;

	for (;;) {
		if (pthread_create(&thread, NULL, die_young, arg) == 0)
			pthread_detach(thread);
		sched_yield();
	}
	return NULL;
}

static void breeding(struct child_ready ready, struct shared *mine)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, breed, mine);
	child_is_ready(ready);
	breed(mine);
}

static void no_thread_escapes_by_being_born(void **state)
{
	uint64_t seen;

	(void)state;
	begin(breeding);
	for (int i = 0; i < 50; i++) {
		stop_child();
		assert_int_equal(stop.n_unstopped, 0);
		seen = sh->counter;
		expect_threads("tZX", true);
		brief_nap();
		assert_int_equal(sh->counter, seen);
		release_child();
		assert_true(changes(&sh->counter, seen));
	}
	end();
}

static void *sleep_in_thread(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void many_threads(struct child_ready ready, struct shared *mine)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	for (int i = 0; i < 299; i++) {
		if (pthread_create(&thread, &attr, sleep_in_thread, NULL) == 0)
			mine->counter++;
	}
	child_is_ready(ready);
	sleep_in_thread(NULL);
}

static void hundreds_of_threads_stop(void **state)
{
	(void)state;
	begin(many_threads);
	stop_child();
	assert_int_equal(stop.n_stopped, sh->counter + 1);
	expect_threads("t", true);
	release_child();
	expect_threads("S", false);
	end();
}

/* -- Signals -------------------------------------------------------------- */

static void a_child_stopped_by_job_control_stays_so(void **state)
{
	(void)state;
	begin(just_count);
	kill(child, SIGSTOP);
	assert_true(child_reaches(child, child, "T"));
	for (int i = 0; i < 20; i++) {
		stop_child();
		assert_int_equal(stop.n_stopped, 1);
		release_child();
		expect_threads("T", false);
	}
	kill(child, SIGCONT);
	assert_true(changes(&sh->counter, sh->counter));
	end();
}

static volatile uint64_t *caught;

static void on_signal(int signal)
{
	(void)signal;
	++*caught;
}

static void catching(struct child_ready ready, struct shared *mine)
{
	caught = &mine->counter;
	signal(SIGUSR1, on_signal);
	child_is_ready(ready);
	for (;;)
		mine->stop++;
}

/* Sent right before, so that it races with our interrupt. */
static void no_signal_is_lost_and_none_comes_twice(void **state)
{
	(void)state;
	begin(catching);
	for (uint64_t i = 0; i < 500; i++) {
		kill(child, SIGUSR1);
		stop_child();
		if (i % 3 == 0)		/* pending already, or a new one */
			kill(child, SIGWINCH);
		release_child();
		assert_true(changes(&sh->counter, i));
		assert_int_equal(sh->counter, i + 1);
	}
	end();
}

static void a_stop_signal_during_the_stop_works_afterwards(void **state)
{
	(void)state;
	begin(just_count);
	stop_child();
	kill(child, SIGSTOP);
	release_child();
	expect_threads("T", false);
	end();
}

static void a_child_killed_during_the_stop_is_dead(void **state)
{
	(void)state;
	begin(breeding);
	stop_child();
	kill(child, SIGKILL);
	assert_false(let_go());
	assert_int_equal(err.code, ERR_GONE);
	assert_false(try_to_stop(&proc));
	assert_int_equal(err.code, ERR_GONE);
	end();
}

/* -- Children that cannot be stopped -------------------------------------- */

/* In vfork the parent sleeps, uninterruptible, until its child is done. */
static void in_vfork(struct child_ready ready, struct shared *mine)
{
	char byte;

	close(mine->pipe[1]);	/* else nobody is left to end its child */
	if (vfork() == 0) {
		child_is_ready(ready);
		_exit(read(mine->pipe[0], &byte, 1) == 1 ? 0 : 1);
	}
	for (;;)
		mine->counter++;
}

static bool do_nothing(void *arg, const struct stop *how, struct err *ret_err)
{
	(void)arg;
	(void)how;
	(void)ret_err;
	return true;
}

/* From this very thread, which lives on. */
static void a_parent_in_vfork_is_reported_in_time_and_let_go(void **state)
{
	bool in_time = false;

	(void)state;
	begin(in_vfork);
	assert_true(child_reaches(child, child, "D"));
	for (int i = 0; i < 3; i++) {
		if (!stop_while(&proc, &stop, do_nothing, NULL, &err))
			fail_msg("%s", err.text);
		/* A busy machine may keep us from running for as long. */
		in_time |= stop.stop_ms < STOP_LIMIT_MS;
		assert_int_equal(stop.n_stopped, 0);
		assert_int_equal(stop.n_unstopped, 1);
		assert_int_equal(stop.unstopped_tid, child);
		assert_non_null(strstr(stop.reason, "state D"));
		assert_int_equal(child_tracer(child, child), 0);
	}
	assert_true(in_time);
	assert_int_equal(child_state(child, child), 'D');
	assert_int_equal(write(sh->pipe[1], "x", 1), 1);
	assert_true(changes(&sh->counter, 0));
	expect_threads("R", false);
	end();
}

static void leave_main_thread(struct child_ready ready, struct shared *mine)
{
	pthread_t thread;

	pthread_create(&thread, NULL, breed, mine);
	child_is_ready(ready);
	syscall(SYS_exit, 0);
}

static void a_dead_main_thread_does_not_hold_us_up(void **state)
{
	uint64_t seen;

	(void)state;
	sh = shared_new();
	child = child_start(leave_main_thread, sh);
	assert_true(child_reaches(child, child, "Z"));
	assert_true(process_open(&proc, child, &err));
	for (int i = 0; i < 20; i++) {
		stop_child();
		assert_true(stop.n_stopped >= 1);
		assert_int_equal(stop.n_unstopped, 0);
		seen = sh->counter;
		brief_nap();
		assert_int_equal(sh->counter, seen);
		release_child();
		assert_true(changes(&sh->counter, seen));
	}
	end();
}

/* Each shell starts the next, in the same process. */
static void exec_for_ever(struct child_ready ready, struct shared *mine)
{
	static const char again[] = "exec sh -c \"$0\" \"$0\"";

	(void)mine;
	child_is_ready(ready);
	execl("/bin/sh", "sh", "-c", again, again, (char *)NULL);
}

static void an_exec_during_the_stop_is_gone_and_not_held(void **state)
{
	int gone = 0;

	(void)state;
	begin(exec_for_ever);
	for (int i = 0; i < 300; i++) {
		struct process now;

		assert_true(process_open(&now, child, &err));
		if (try_to_stop(&now)) {
			/* In the middle of it, in state D, it goes on. */
			bool stands = stop.n_stopped == 1;

			assert_true(stands || stop.n_unstopped == 1);
			assert_true(!stands || process_same(&now, &err));
			if (!let_go()) {
				assert_false(stands);
				assert_int_equal(err.code, ERR_GONE);
				gone++;
			}
		} else {
			assert_int_equal(err.code, ERR_GONE);
			gone++;
		}
		assert_true(child_tracer(child, child) <= 0);
		process_close(&now);
	}
	print_message("%d of 300 lost to exec\n", gone);
	assert_true(gone < 300);
	end();
}

/* -- Other tracers -------------------------------------------------------- */

static void a_child_already_traced_names_its_tracer(void **state)
{
	int ready[2];
	char byte, number[32];
	pid_t tracer;

	(void)state;
	begin(just_wait);
	assert_int_equal(pipe(ready), 0);
	tracer = fork();
	if (tracer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ptrace(PTRACE_SEIZE, child, 0L, 0L) != 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		end();
		skip();		/* ptrace of a sibling is not permitted */
	}
	close(ready[0]);
	assert_false(try_to_stop(&proc));
	assert_int_equal(err.code, ERR_PERM);
	snprintf(number, sizeof(number), "by process %d (test_attach_sto",
		 (int)tracer);
	assert_non_null(strstr(err.text, number));
	child_end(tracer);
	stop_child();
	release_child();
	end();
}

static bool parent_hears(pid_t pid)
{
	for (int i = 0; i < CHILD_NAPS; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		brief_nap();
	}
	return false;
}

/* A tracer that does not collect a death hides it from the parent. */
static void a_death_during_the_stop_reaches_the_parent(void **state)
{
	int ready[2];
	char byte;
	pid_t tracer;

	(void)state;
	begin(breeding);
	assert_int_equal(pipe(ready), 0);
	tracer = fork();
	if (tracer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!try_to_stop(&proc))
			_exit(1);
		kill(child, SIGKILL);
		let_go();
		child_is_ready((struct child_ready){ready[1]});
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		assert_true(parent_hears(child));
	close(ready[0]);
	child_end(tracer);
	end();
}

/* Whoever stops the tracee may crash: it must run on. */
static void if_we_die_the_child_runs_on(void **state)
{
	uint64_t seen;
	int status;
	pid_t dying;

	(void)state;
	begin(just_count);
	dying = fork();
	if (dying == 0) {
		if (!try_to_stop(&proc))
			_exit(err.code == ERR_PERM ? 77 : 1);
		kill(getpid(), SIGKILL);
	}
	waitpid(dying, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		end();
		skip();
	}
	assert_true(WIFSIGNALED(status));
	seen = sh->counter;
	assert_true(changes(&sh->counter, seen));
	expect_threads("R", false);
	end();
}

/* -- Whoever dies while signals are under way ----------------------------- */

enum { BYSTANDERS = 60, DEATHS = 200 };

static struct numbered {
	volatile uint64_t sent, handled, wrong;
	volatile bool enough;
} *numbered;

static void on_numbered(int signal, siginfo_t *info, void *context)
{
	(void)context;
	numbered->wrong += signal != SIGRTMIN + 1 ||
			   info->si_code != SI_QUEUE ||
			   (uint64_t)info->si_value.sival_int !=
				   numbered->handled;
	numbered->handled++;
}

/* The other threads make our stop so long that signals come in between. */
static void take_numbered(struct child_ready ready, struct shared *mine)
{
	struct sigaction action = { .sa_sigaction = on_numbered,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t set;

	(void)mine;
	sigaction(SIGRTMIN + 1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	for (int i = 0; i < BYSTANDERS; i++)
		pthread_create(&thread, &attr, sleep_in_thread, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	child_is_ready(ready);
	sleep_in_thread(NULL);
}

static void send_numbered(struct child_ready ready, struct shared *mine)
{
	(void)mine;
	child_is_ready(ready);
	while (!numbered->enough) {
		union sigval value = { .sival_int = (int)numbered->sent };

		if (sigqueue(child, SIGRTMIN + 1, value) == 0)
			numbered->sent++;
		else
			brief_nap();	/* the queue is full */
	}
}

static bool die(void *arg, const struct stop *how, struct err *ret_err)
{
	(void)arg;
	(void)how;
	(void)ret_err;
	kill(getpid(), SIGKILL);
	return false;
}

static void if_we_die_no_signal_is_lost_and_none_has_changed(void **state)
{
	pid_t sender;
	int status;

	(void)state;
	numbered = mmap(NULL, sizeof(*numbered), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(numbered != MAP_FAILED);
	begin(take_numbered);
	sender = child_start(send_numbered, sh);
	for (int i = 0; i < DEATHS; i++) {
		pid_t dying = fork();

		if (dying == 0) {
			(void)!stop_while(&proc, &stop, die, NULL, &err);
			_exit(err.code == ERR_PERM ? 77 : 1);
		}
		waitpid(dying, &status, 0);
		if (WIFEXITED(status))
			break;
	}
	numbered->enough = true;
	waitpid(sender, NULL, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		end();
		skip();
	}
	assert_true(WIFSIGNALED(status));
	for (int i = 0; i < CHILD_NAPS && numbered->handled < numbered->sent;
	     i++)
		brief_nap();
	assert_int_equal(numbered->handled, numbered->sent);
	assert_int_equal(numbered->wrong, 0);
	expect_threads("S", false);
	end();
	munmap(numbered, sizeof(*numbered));
}

/* SIGSTOP may be what the child reports, or have stopped it before. */
static void if_we_die_a_stopped_child_stays_so_until_sigcont(void **state)
{
	int status;

	(void)state;
	begin(just_count);
	for (int i = 0; i < 40; i++) {
		pid_t dying;

		kill(child, SIGSTOP);
		if (i % 2)
			assert_true(child_reaches(child, child, "T"));
		dying = fork();
		if (dying == 0) {
			(void)!stop_while(&proc, &stop, die, NULL, &err);
			_exit(err.code == ERR_PERM ? 77 : 1);
		}
		waitpid(dying, &status, 0);
		if (WIFEXITED(status))
			break;
		expect_threads("T", false);
		kill(child, SIGCONT);
		assert_true(changes(&sh->counter, sh->counter));
	}
	end();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFSIGNALED(status));
}

/* -- Job control ---------------------------------------------------------- */

static bool press_ctrl_z(void *arg, const struct stop *how,
			 struct err *ret_err)
{
	(void)arg;
	(void)how;
	(void)ret_err;
	kill(getpid(), SIGTSTP);
	return true;
}

static void while_we_are_stopped_the_child_is_not(void **state)
{
	int status;
	pid_t us;

	(void)state;
	begin(just_count);
	us = fork();
	if (us == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGTSTP, SIG_DFL);
		setpgid(0, 0);	/* an orphaned group would not stop */
		if (!stop_while(&proc, &stop, press_ctrl_z, NULL, &err))
			_exit(err.code == ERR_PERM ? 77 : 1);
		for (;;)
			pause();
	}
	waitpid(us, &status, WUNTRACED);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		end();
		skip();
	}
	assert_true(WIFSTOPPED(status));
	assert_true(changes(&sh->counter, sh->counter));
	expect_threads("R", false);
	child_end(us);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleeping_child_stops_and_sleeps_on),
		cmocka_unit_test(a_busy_child_stands_still_and_then_runs),
		cmocka_unit_test(no_thread_escapes_by_being_born),
		cmocka_unit_test(hundreds_of_threads_stop),
		cmocka_unit_test(a_child_stopped_by_job_control_stays_so),
		cmocka_unit_test(no_signal_is_lost_and_none_comes_twice),
		cmocka_unit_test(
			a_stop_signal_during_the_stop_works_afterwards),
		cmocka_unit_test(a_child_killed_during_the_stop_is_dead),
		cmocka_unit_test(
			a_parent_in_vfork_is_reported_in_time_and_let_go),
		cmocka_unit_test(a_dead_main_thread_does_not_hold_us_up),
		cmocka_unit_test(an_exec_during_the_stop_is_gone_and_not_held),
		cmocka_unit_test(a_child_already_traced_names_its_tracer),
		cmocka_unit_test(a_death_during_the_stop_reaches_the_parent),
		cmocka_unit_test(if_we_die_the_child_runs_on),
		cmocka_unit_test(
			if_we_die_no_signal_is_lost_and_none_has_changed),
		cmocka_unit_test(
			if_we_die_a_stopped_child_stays_so_until_sigcont),
		cmocka_unit_test(while_we_are_stopped_the_child_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
