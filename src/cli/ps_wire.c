/* SPDX-License-Identifier: MIT */
#include "cli/ps_wire.h"

#include <stdlib.h>
#include <string.h>

enum { NO_TEXT = UINT32_MAX };

static void put_text(int fd, const char *text)
{
	uint32_t len = text ? (uint32_t)strlen(text) : NO_TEXT;

	errand_write(fd, &len, sizeof(len));
	if (text)
		errand_write(fd, text, len);
}

void ps_wire_put(int fd, const struct ps_row *row)
{
	const bool any = row;
	size_t argc = 0;

	errand_write(fd, &any, sizeof(any));
	if (!any)
		return;
	while (row->argv[argc])
		argc++;
	errand_write(fd, row, sizeof(*row));
	errand_write(fd, &argc, sizeof(argc));
	for (size_t i = 0; i < argc; i++)
		put_text(fd, row->argv[i]);
	put_text(fd, row->command);
	put_text(fd, row->exe);
	put_text(fd, row->script);
}

/* Reading, and how it went so far. */
struct wire {
	struct errand *e;
	enum errand_read how;
	struct err *err;
	bool failed;
};

static bool wire_read(struct wire *wire, void *buf, size_t len)
{
	if (!wire->failed)
		wire->how = errand_read(wire->e, buf, len);
	wire->failed |= wire->how != ERRAND_CAME;
	return !wire->failed;
}

static void *wire_room(struct wire *wire, size_t n, size_t size)
{
	void *room = wire->failed ? NULL : calloc(n, size);

	if (!room && !wire->failed) {
		err_nomem(wire->err);
		wire->failed = true;
	}
	return room;
}

static char *wire_text(struct wire *wire)
{
	char *text;
	uint32_t len;

	if (!wire_read(wire, &len, sizeof(len)) || len == NO_TEXT)
		return NULL;
	text = wire_room(wire, (size_t)len + 1, 1);
	if (text)
		(void)!wire_read(wire, text, len);
	return text;
}

bool ps_wire_take(struct errand *e, struct ps_row *ret, bool *ret_any,
		  enum errand_read *ret_how, struct err *err)
{
	struct wire wire = { .e = e, .how = ERRAND_CAME, .err = err };
	size_t argc = 0;

	*ret_any = false;
	if (wire_read(&wire, ret_any, sizeof(*ret_any)) && *ret_any &&
	    wire_read(&wire, ret, sizeof(*ret))) {
		/* Those are the child's. */
		ret->argv = NULL;
		ret->command = ret->exe = ret->script = NULL;
		(void)!wire_read(&wire, &argc, sizeof(argc));
		ret->argv = wire_room(&wire, argc + 1, sizeof(*ret->argv));
		for (size_t i = 0; i < argc && !wire.failed; i++)
			ret->argv[i] = wire_text(&wire);
		ret->command = wire_text(&wire);
		ret->exe = wire_text(&wire);
		ret->script = wire_text(&wire);
		if (wire.failed)
			ps_row_fini(ret);
	}
	*ret_how = wire.how;
	return !wire.failed;
}
