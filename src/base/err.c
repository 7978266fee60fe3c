/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nomem.h"

static void fill(struct err *err, enum err_code code, int sys, raddr addr,
		 const char *fmt, va_list ap)
{
	err->code = code;
	err->sys = sys;
	err->addr = addr;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, 0, 0, fmt, ap);
	va_end(ap);
	return false;
}

bool err_sys(struct err *err, int sys, const char *fmt, ...)
{
	enum err_code code = ERR_OS;
	size_t len;
	va_list ap;

	if (sys == EPERM || sys == EACCES)
		code = ERR_PERM;
	else if (sys == ESRCH)
		code = ERR_GONE;
	va_start(ap, fmt);
	fill(err, code, sys, 0, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s",
		 strerror(sys));
	return false;
}

bool err_at(struct err *err, enum err_code code, raddr addr,
	    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, 0, addr, fmt, ap);
	va_end(ap);
	return false;
}

bool err_context(struct err *err, const char *fmt, ...)
{
	char phrase[sizeof(err->text)];
	char whole[2 * sizeof(err->text) + 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(phrase, sizeof(phrase), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "%s: %s", phrase, err->text);
	memcpy(err->text, whole, sizeof(err->text) - 1);
	err->text[sizeof(err->text) - 1] = '\0';
	return false;
}

bool err_nomem(struct err *err)
{
	nomem_note();
	return err_set(err, ERR_NOMEM, "out of memory");
}
