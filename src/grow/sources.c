/* SPDX-License-Identifier: MIT */
#include "grow/sources.h"

#include <stdlib.h>
#include <string.h>

#include "attach/textfile.h"

enum {
	MAX_FILE = 4 << 20,		/* bytes of one */
	MAX_FILES = 256,
	MAX_LINE = 200,			/* bytes that are told of a line */
};

/* Line @number of @text without its indent; 0: there is none. */
static size_t source_line(const char *text, int32_t number, char *ret)
{
	size_t len;

	for (; number > 1 && text; number--) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	if (!text || number < 1)
		return 0;
	text += strspn(text, " \t\f");
	len = strcspn(text, "\r\n");
	if (len > MAX_LINE)
		len = MAX_LINE;
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	memcpy(ret, text, len);
	ret[len] = '\0';
	return len;
}

/* "app.models" is app/models.py or app/models/__init__.py, below any folder. */
static bool ends_with(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return n && n <= len && strcmp(path + len - n, end) == 0 &&
	       (n == len || *end == '/' || path[len - n - 1] == '/');
}

static bool is_called(const char *path, const char *what)
{
	static const char *const tails[] = { ".py", "/__init__.py" };
	char name[4096];

	if (ends_with(path, what))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		size_t len = strlen(what);

		if (len + strlen(tails[i]) >= sizeof(name))
			continue;
		for (size_t k = 0; k < len; k++)
			name[k] = what[k] == '.' ? '/' : what[k];
		strcpy(name + len, tails[i]);
		if (ends_with(path, name))
			return true;
	}
	return false;
}

struct sources {
	struct growth *g;
	struct target *target;
	const char *annotate;
	struct addrmap by_file;		/* of texts, by number of its name + 1 */
	VEC(char *) texts;		/* NULL: not to be had */
};

static bool source_of(struct sources *s, uint32_t file, const char **ret,
		      struct err *err)
{
	uint32_t n = addrmap_get(&s->by_file, (raddr)file + 1);
	const char *name;
	char **slot;

	*ret = NULL;
	if (n == ADDRMAP_NONE && s->texts.n >= MAX_FILES)
		return true;
	if (n == ADDRMAP_NONE) {
		n = (uint32_t)s->texts.n;
		slot = vec_add(&s->texts, err);
		if (!slot || !addrmap_put(&s->by_file, (raddr)file + 1, n,
					  err))
			return false;
		/* "<string>" is none. */
		name = growth_said(s->g, file);
		*slot = *name == '<' ? NULL :
			textfile_read(s->target, name, MAX_FILE);
	}
	*ret = s->texts.v[n];
	return true;
}

/* The innermost frame of a stack. */
static bool source_take(struct sources *s, uint32_t stack, struct err *err)
{
	const struct growth_frame *frame;
	const uint32_t *frames;
	char line[MAX_LINE + 1];
	const char *text;
	uint32_t told;
	size_t n;

	frames = growth_frames(s->g, stack, &n);
	if (!n || addrmap_get(&s->g->sources, (raddr)frames[0] + 1) !=
			  ADDRMAP_NONE)
		return true;
	frame = growth_frame(s->g, frames[0]);
	if (!source_of(s, frame->file, &text, err))
		return false;
	if (!text || !source_line(text, frame->line, line))
		return true;
	told = growth_text(s->g, line, err);
	return told != STRSET_NONE &&
	       addrmap_put(&s->g->sources, (raddr)frames[0] + 1, told, err);
}

/* The texts of files that are called as was asked for change hands. */
static bool source_keep(struct sources *s, struct err *err)
{
	for (size_t i = 0; i < s->by_file.mask + 1 && s->by_file.slot; i++) {
		const struct addrmap_slot *at = &s->by_file.slot[i];
		struct growth_file *file;
		char **text;

		if (!at->key)
			continue;
		text = &s->texts.v[at->value];
		if (!*text || !is_called(growth_said(s->g, (uint32_t)
						     (at->key - 1)),
					 s->annotate))
			continue;
		file = vec_add(&s->g->files, err);
		if (!file)
			return false;
		*file = (struct growth_file){ (uint32_t)(at->key - 1), *text };
		*text = NULL;
	}
	return true;
}

bool sources_read(struct growth *g, struct target *target,
		  const char *annotate, struct err *err)
{
	struct sources s = { .g = g, .target = target, .annotate = annotate };
	bool ok = true;

	for (size_t i = 0; ok && i < g->stacks.n; i++)
		ok = source_take(&s, (uint32_t)i, err);
	ok = ok && (!annotate || source_keep(&s, err));
	for (size_t i = 0; i < s.texts.n; i++)
		free(s.texts.v[i]);
	vec_free(&s.texts);
	addrmap_fini(&s.by_file);
	return ok;
}
