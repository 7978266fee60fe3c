/* SPDX-License-Identifier: MIT */
/*
 * The command line of a core.
 *
 * No note has all of it, but the stack has, where the kernel put it when the
 * program began, in ascending order:
 *
 *	argc, argv[0] ... NULL, envp[0] ... NULL, the auxiliary vector, a few
 *	bytes that AT_RANDOM points at, the strings of argv, those of envp
 *
 * The vector is in a note as well: so it is found again below AT_RANDOM, and
 * from there we go down, past envp, to the first word that is as large as
 * the number of words since the NULL behind argv.
 *
 * Facts: Linux fs/binfmt_elf.c, create_elf_tables(); fs/proc/base.c,
 *        get_mm_cmdline(): a title that was written over the arguments, and
 *        has no NUL at their end, goes on to the first there is.
 */
#include <stdlib.h>
#include <string.h>

#include "attach/corefile.h"
#include "base/bounds.h"

enum {
	NEAR = 8192,		/* bytes of padding and platform at most */
	WORDS = 512,		/* read at a time */
	MOST_WORDS = MAX_CMDLINE,
	ALIKE = 4,		/* entries that prove the vector */
};

/* Words of the stack, read downwards. */
struct down {
	struct mem *mem;
	raddr at;		/* of the word that was read last */
	raddr low;		/* of word[0] */
	uint64_t word[WORDS];
	size_t left;		/* MOST_WORDS in all */
};

static bool down_next(struct down *d, uint64_t *ret)
{
	struct err ignored;

	if (!d->left-- || d->at < sizeof(d->word))
		return false;
	d->at -= 8;
	if (d->at < d->low) {
		d->low = d->at + 8 - sizeof(d->word);
		if (!mem_read(d->mem, d->low, d->word, sizeof(d->word),
			      &ignored))
			return false;
	}
	*ret = d->word[(d->at - d->low) / 8];
	return true;
}

/* Where the auxiliary vector lies; 0: not found. */
static raddr find_vector(struct corefile *core)
{
	const size_t len = ALIKE * sizeof(Elf64_auxv_t);
	raddr end = addr_down(corefile_auxv(core, AT_RANDOM), 8);
	uint8_t near[NEAR];
	struct err ignored;

	if (core->auxv.n < ALIKE || end < NEAR ||
	    !mem_read(&core->mem, end - NEAR, near, NEAR, &ignored))
		return 0;
	for (size_t at = NEAR - len; at > 0; at -= 8) {
		if (memcmp(near + at, core->auxv.v, len) == 0)
			return end - NEAR + at;
	}
	return 0;
}

/* Where the strings of argv begin and end. */
static bool find_strings(struct corefile *core, raddr vector, raddr *ret_start,
			 raddr *ret_end)
{
	struct down d = { .mem = &core->mem, .at = vector, .low = vector,
			  .left = MOST_WORDS };
	uint64_t word, n = 0, first = 0;

	if (!vector || !down_next(&d, &word) || word != 0)
		return false;
	while (down_next(&d, &word) && word != 0)
		*ret_end = word;	/* envp[0], at last */
	while (down_next(&d, &word) && word != n) {
		first = word;
		n++;
	}
	*ret_start = first;
	return n > 0 && word == n && *ret_end > first &&
	       *ret_end - first <= MAX_CMDLINE;
}

static char *read_strings(struct corefile *core, raddr start, raddr end,
			  size_t *ret_len)
{
	size_t len = end - start;
	char *text = malloc(len + ADDR_PAGE + 1);
	struct err ignored;
	int64_t more;

	if (!text)
		return NULL;
	if (!mem_read(&core->mem, start, text, len, &ignored)) {
		free(text);
		return NULL;
	}
	if (text[len - 1]) {
		more = mem_read_some(&core->mem, end, text + len, ADDR_PAGE,
				     &ignored);
		text[len + (more > 0 ? (size_t)more : 0)] = '\0';
		len = strlen(text) + 1;
	}
	*ret_len = len;
	return text;
}

/* Blanks between, where there were NULs, and one behind. */
static char *command_of_note(const struct corefile *core, size_t *ret_len)
{
	char *text = strdup(core->args);

	if (!text)
		return NULL;
	*ret_len = strlen(text);
	while (*ret_len && text[*ret_len - 1] == ' ')
		--*ret_len;
	for (size_t i = 0; i < *ret_len; i++)
		text[i] = text[i] == ' ' ? '\0' : text[i];
	text[(*ret_len)++] = '\0';
	return text;
}

char *corefile_command(struct corefile *core, size_t *ret_len)
{
	raddr start = 0, end = 0;
	char *text = NULL;

	if (find_strings(core, find_vector(core), &start, &end))
		text = read_strings(core, start, end, ret_len);
	if (!text && *core->args)
		text = command_of_note(core, ret_len);
	return text;
}
