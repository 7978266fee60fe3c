/* SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/compiler.h"

/**
 * The one error type.  It lives in the caller's frame, so reporting "out of
 * memory" needs none.  The first failure sets code and text; each floor above
 * may put one phrase in front.  Only main.c prints it.
 */
enum err_code {
	ERR_NONE,
	ERR_NOMEM,
	ERR_OS,		/* a system call failed: see sys */
	ERR_PERM,	/* not allowed to look */
	ERR_GONE,	/* the tracee exited while we looked */
	ERR_FAULT,	/* unreadable tracee memory: see addr */
	ERR_BADDATA,	/* readable, but not what it claims to be: see addr */
	ERR_LIMIT,	/* we stopped on purpose */
	ERR_LACK,	/* what a core left out and no file of ours has */
	ERR_VERSION,	/* no offsets for this interpreter */
	ERR_USAGE,	/* the command line makes no sense */
	ERR_N
};

struct err {
	enum err_code code;
	int sys;		/* errno, for ERR_OS and ERR_PERM */
	raddr addr;		/* for ERR_FAULT and ERR_BADDATA */
	char text[400];
};

/** Record a failure; returns false, so a failing path is one line. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** As err_set() with ERR_OS (ERR_PERM for EPERM and EACCES) and errno. */
bool err_sys(struct err *err, int sys, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** As err_set() with ERR_FAULT or ERR_BADDATA and an address. */
bool err_at(struct err *err, enum err_code code, raddr addr,
	    const char *fmt, ...) PRINTF_LIKE(4, 5);

/** Put "phrase: " in front of the text; returns false. */
bool err_context(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** Is noted, too, should nobody care for @err (nomem.h). */
bool err_nomem(struct err *err);

/** Bad luck with one object (unreadable, absurd), or the end of the run? */
static inline bool err_is_about_one_object(const struct err *err)
{
	return err->code == ERR_FAULT || err->code == ERR_BADDATA ||
	       err->code == ERR_LIMIT;
}

#endif
