/* SPDX-License-Identifier: MIT */
/*
 * Signals of which none may be lost.
 *
 * Numbered ones are counted and summed up as they are sent and as they arrive:
 * from another process to this one, and from one thread to another.  Chains go
 * on only if each link arrives: a timer, an alarm, the death of a child.
 *
 * spin_in_vfork() is another matter: a thread that is nearly always in state D.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FROM_PROCESS, FROM_THREAD, N_NUMBERED };
enum { BYSTANDERS = 12, BURST = 6 };

/* In memory that the sending process shares. */
struct tally {
	struct {
		uint64_t sent, handled;
		uint64_t sum_sent, sum_handled;
	} numbered[N_NUMBERED];
	uint64_t changed;	/* arrived with another siginfo */
	uint64_t timers, alarms, children;
	uint64_t vforks;
	uint64_t enough;	/* set it to end the sending */
	uint64_t ended;		/* who sent, and sends no more */
} *tally;

static timer_t timer;
static pthread_t receiver;

static void add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_SEQ_CST);
}

static int number(int which)
{
	return SIGRTMIN + 2 + which;
}

static void on_numbered(int signal, siginfo_t *info, void *context)
{
	int which = signal - number(0);

	(void)context;
	if (info->si_code != SI_QUEUE)
		add(&tally->changed, 1);
	add(&tally->numbered[which].sum_handled,
	    (uint64_t)info->si_value.sival_int);
	add(&tally->numbered[which].handled, 1);
}

static void arm_timer(void)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 2000 * 1000 };

	timer_settime(timer, 0, &soon, NULL);
}

static void on_timer(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_code != SI_TIMER)
		add(&tally->changed, 1);
	add(&tally->timers, 1);
	arm_timer();
}

static void on_alarm(int signal, siginfo_t *info, void *context)
{
	const struct itimerval soon = { .it_value.tv_usec = 2500 };

	(void)signal;
	(void)info;
	(void)context;
	add(&tally->alarms, 1);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void on_child(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		add(&tally->children, 1);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(signal, &action, NULL);
}

static void nap(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

/* The next of the numbers; false: the queue is full. */
static int send_number(int which, pid_t pid)
{
	uint64_t n = tally->numbered[which].sent & 0xffffff;
	union sigval value = { .sival_int = (int)n };
	int failed = pid ? sigqueue(pid, number(which), value) :
			   pthread_sigqueue(receiver, number(which), value);

	if (failed)
		return 0;
	add(&tally->numbered[which].sum_sent, n);
	add(&tally->numbered[which].sent, 1);
	return 1;
}

static void send_all(int which, pid_t pid)
{
	while (!__atomic_load_n(&tally->enough, __ATOMIC_SEQ_CST)) {
		for (int i = 0; i < BURST && send_number(which, pid); i++)
			;
		nap(1000);
	}
	add(&tally->ended, 1);
}

static void *send_to_thread(void *arg)
{
	(void)arg;
	send_all(FROM_THREAD, 0);
	return NULL;
}

static void *stand_by(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

/* Children one by one: each is born when the last is known to be dead. */
static void *breed(void *arg)
{
	(void)arg;
	for (uint64_t n = 0;; n++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0)
			n--;
		do {
			nap(2000);
		} while (__atomic_load_n(&tally->children, __ATOMIC_SEQ_CST) <=
			 n && pid > 0);
	}
	return NULL;
}

/* The process that sends knows no Python any more. */
static pid_t start_sender(void)
{
	const pid_t pid = getpid();
	pid_t sender = fork();

	if (sender == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		send_all(FROM_PROCESS, pid);
		_exit(0);
	}
	return sender;
}

static void make_tally(void)
{
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* What came of it is in the tally. */
struct tally *start_signals(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = number(N_NUMBERED) };
	pthread_t thread;

	make_tally();
	handle(number(FROM_PROCESS), on_numbered);
	handle(number(FROM_THREAD), on_numbered);
	handle(number(N_NUMBERED), on_timer);
	handle(SIGALRM, on_alarm);
	handle(SIGCHLD, on_child);
	/* It is no link of the chain of children: its death comes last. */
	start_sender();
	for (int i = 0; i < BYSTANDERS; i++)
		pthread_create(&receiver, NULL, stand_by, NULL);
	pthread_create(&thread, NULL, send_to_thread, NULL);
	pthread_create(&thread, NULL, breed, NULL);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	arm_timer();
	raise(SIGALRM);
	return tally;
}

static void *vfork_for_ever(void *arg)
{
	(void)arg;
	for (;;) {
		pid_t pid = vfork();

		if (pid == 0) {
			nap(200 * 1000);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		add(&tally->vforks, 1);
		nap(1000);
	}
	return NULL;
}

struct tally *spin_in_vfork(void)
{
	pthread_t thread;

	make_tally();
	pthread_create(&thread, NULL, vfork_for_ever, NULL);
	return tally;
}
