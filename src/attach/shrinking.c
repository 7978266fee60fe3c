/* SPDX-License-Identifier: MIT */
#include "attach/shrinking.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/addr.h"

/* mmap() is a bare system call in glibc and musl: it may be done here.  What is
 * no matter of a file's end (a broken page, a bad alignment) kills as ever. */
static void replace_page(int signum, siginfo_t *info, void *context)
{
	char *page = info->si_addr;
	int sys = errno;

	(void)context;
	page -= (uintptr_t)page % ADDR_PAGE;
	if (info->si_code != BUS_ADRERR ||
	    mmap(page, ADDR_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED, -1, 0) == MAP_FAILED)
		signal(signum, SIG_DFL);
	errno = sys;
}

bool shrinking_survive(struct err *err)
{
	struct sigaction act = {
		.sa_sigaction = replace_page, .sa_flags = SA_SIGINFO,
	};

	sigemptyset(&act.sa_mask);
	return sigaction(SIGBUS, &act, NULL) == 0 ||
	       err_sys(err, errno, "cannot handle SIGBUS");
}
