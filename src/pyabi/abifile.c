/* SPDX-License-Identifier: MIT */
/*
 * Parse the files of offsets/.
 *
 * The text may come from the command line, so nothing in it is believed: every
 * number has a bound, every key must be known, new and complete in the end.
 * The files list fields in the order of ABI_FIELDS; that order is tried first,
 * which makes reading a file a matter of comparing it (some 50 us).
 */
#include "pyabi/abifile.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/compiler.h"

#define ONE(...) + 1
enum {
	N_FIELDS = 0 ABI_FIELDS(ONE),
	N_SHAPES = 0 ABI_SHAPES(ONE),
	N_NUMBERS = 0 ABI_NUMBERS(ONE),
	N_HEAD = 5,
};

struct word {
	const char *s;
	size_t len;
};

struct parser {
	const char *at, *end;
	unsigned line;
	struct word key, value;	/* of this line */
	struct abi *abi;
	size_t next_field;
	bool head_only;
	bool saw_head[N_HEAD], saw_shape[N_SHAPES], saw_number[N_NUMBERS];
	bool saw_field[N_FIELDS];
};

/* For messages: a word, not too much of it, and nothing but ASCII. */
struct shown {
	char s[64];
};

static struct shown show(struct word w)
{
	struct shown ret;
	size_t n = w.len < sizeof(ret.s) - 1 ? w.len : sizeof(ret.s) - 1;

	for (size_t i = 0; i < n; i++)
		ret.s[i] = w.s[i] > ' ' && w.s[i] < 0x7f ? w.s[i] : '?';
	ret.s[n] = '\0';
	return ret;
}

static bool bad(const struct parser *p, struct err *err, const char *what,
		struct word w)
{
	return err_set(err, ERR_BADDATA, "line %u: %s: %s", p->line, what,
		       show(w).s);
}

static bool word_is(struct word w, const char *s)
{
	return strlen(s) == w.len && memcmp(s, w.s, w.len) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct word take_word(const char **at, const char *end)
{
	struct word w;

	while (*at < end && is_blank(**at))
		++*at;
	w.s = *at;
	while (*at < end && !is_blank(**at) && **at != '#')
		++*at;
	w.len = (size_t)(*at - w.s);
	return w;
}

/* The next line with something on it: its key and value.  Sets *ret_more. */
static bool next_line(struct parser *p, bool *ret_more, struct err *err)
{
	while (p->at < p->end) {
		const char *at = p->at;
		const char *eol = memchr(at, '\n', (size_t)(p->end - at));
		struct word rest;

		if (!eol)
			eol = p->end;
		p->at = eol < p->end ? eol + 1 : eol;
		p->line++;
		p->key = take_word(&at, eol);
		if (!p->key.len)
			continue;
		p->value = take_word(&at, eol);
		rest = take_word(&at, eol);
		if (!p->value.len)
			return bad(p, err, "no value", p->key);
		if (rest.len)
			return bad(p, err, "more than one value", rest);
		*ret_more = true;
		return true;
	}
	*ret_more = false;
	return true;
}

/* Decimal digits at *w, at most @max; what follows them is left in *w. */
static bool take_number(struct word *w, uint32_t max, uint32_t *ret)
{
	uint64_t n = 0;
	size_t i = 0;

	while (i < w->len && w->s[i] >= '0' && w->s[i] <= '9') {
		n = n * 10 + (uint64_t)(w->s[i++] - '0');
		if (n > max)
			return false;
	}
	w->s += i;
	w->len -= i;
	*ret = (uint32_t)n;
	return i > 0;
}

static bool take(struct word *w, const char *s)
{
	size_t len = strlen(s);

	if (w->len < len || memcmp(w->s, s, len) != 0)
		return false;
	w->s += len;
	w->len -= len;
	return true;
}

static bool take_version(struct word *w, uint32_t *ret)
{
	uint32_t major, minor, micro;

	if (!take_number(w, 255, &major) || !take(w, ".") ||
	    !take_number(w, 255, &minor) || !take(w, ".") ||
	    !take_number(w, 255, &micro))
		return false;
	*ret = ABI_VERSION(major, minor, micro);
	return true;
}

static bool set_name(struct parser *p, struct err *err)
{
	if (p->value.len >= sizeof(p->abi->name))
		return bad(p, err, "name too long", p->value);
	strlcpy(p->abi->name, show(p->value).s, sizeof(p->abi->name));
	return true;
}

/* "3.14.0..3.14.4": both ends are releases of one minor version. */
static bool set_python(struct parser *p, struct err *err)
{
	struct word w = p->value;
	struct abi *abi = p->abi;

	if (!take_version(&w, &abi->first) || !take(&w, "..") ||
	    !take_version(&w, &abi->last) || w.len ||
	    abi->last < abi->first ||
	    ((abi->first ^ abi->last) & ABI_MINOR_MASK))
		return bad(p, err, "not like 3.12.0..3.12.99", p->value);
	return true;
}

static bool choose(struct parser *p, const char *const *words, size_t n,
		   int *ret, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (word_is(p->value, words[i])) {
			*ret = (int)i;
			return true;
		}
	}
	return bad(p, err, "unknown value", p->value);
}

static bool set_build(struct parser *p, struct err *err)
{
	int i = 0;

	if (!choose(p, abi_build_words, BUILD_N, &i, err))
		return false;
	p->abi->build = (enum abi_build)i;
	return true;
}

static bool set_arch(struct parser *p, struct err *err)
{
	int i = 0;

	if (!choose(p, abi_arch_words, ARCH_N, &i, err))
		return false;
	p->abi->arch = (enum abi_arch)i;
	return true;
}

/* "3.12.1,3.12.3" */
static bool set_checked(struct parser *p, struct err *err)
{
	struct abi *abi = p->abi;
	struct word w = p->value;

	do {
		if (abi->n_checked >= ABI_MAX_CHECKED ||
		    !take_version(&w, &abi->checked[abi->n_checked++]))
			return bad(p, err, "not like 3.12.1,3.12.3", p->value);
	} while (take(&w, ","));
	return !w.len || bad(p, err, "not like 3.12.1,3.12.3", p->value);
}

static const struct head_key {
	const char *key;
	bool (*set)(struct parser *p, struct err *err);
	bool optional;
} head_keys[N_HEAD] = {
	{ "abi", set_name, false },
	{ "python", set_python, false },
	{ "build", set_build, false },
	{ "arch", set_arch, false },
	{ "checked", set_checked, true },
};

static bool is_of_head(const struct parser *p)
{
	for (size_t i = 0; i < N_HEAD; i++) {
		if (word_is(p->key, head_keys[i].key))
			return true;
	}
	return false;
}

/* Every key may come once. */
static bool once(const struct parser *p, bool *saw, struct err *err)
{
	if (*saw)
		return bad(p, err, "said twice", p->key);
	*saw = true;
	return true;
}

static bool set_shape(struct parser *p, const struct abi_shape *shape,
		      struct err *err)
{
	int i = 0;

	if (!choose(p, shape->words, shape->n_words, &i, err))
		return false;
	memcpy((char *)p->abi + shape->member, &i, sizeof(i));
	return true;
}

static bool set_number(struct parser *p, const struct abi_number *number,
		       struct err *err)
{
	struct word w = p->value;
	int64_t value = ABI_NO_NUMBER;
	uint32_t n;

	if (!word_is(w, "-")) {
		bool minus = take(&w, "-");

		if (!take_number(&w, ABI_MAX_OFFSET, &n) || w.len)
			return bad(p, err, "not a number", p->value);
		value = minus ? -(int64_t)n : (int64_t)n;
	}
	memcpy((char *)p->abi + number->member, &value, sizeof(value));
	return true;
}

/* A key without a dot: one of the head, a shape or a number. */
static bool set_plain(struct parser *p, struct err *err)
{
	for (size_t i = 0; i < N_HEAD; i++) {
		if (word_is(p->key, head_keys[i].key))
			return once(p, &p->saw_head[i], err) &&
			       head_keys[i].set(p, err);
	}
	for (size_t i = 0; i < N_SHAPES; i++) {
		if (word_is(p->key, abi_shapes[i].key))
			return once(p, &p->saw_shape[i], err) &&
			       set_shape(p, &abi_shapes[i], err);
	}
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (word_is(p->key, abi_numbers[i].key))
			return once(p, &p->saw_number[i], err) &&
			       set_number(p, &abi_numbers[i], err);
	}
	return bad(p, err, "unknown key", p->key);
}

static const struct abi_field *find_field(const struct parser *p)
{
	const struct abi_field *field = &abi_fields[p->next_field];

	if (p->next_field < N_FIELDS && field->key_len == p->key.len &&
	    memcmp(field->key, p->key.s, p->key.len) == 0)
		return field;
	return abi_field_find(p->key.s, p->key.len);
}

static bool set_field(struct parser *p, struct err *err)
{
	const struct abi_field *field = find_field(p);
	struct word w = p->value;
	uint32_t offset = ABI_ABSENT;

	if (!field)
		return bad(p, err, "unknown field", p->key);
	p->next_field = (size_t)(field - abi_fields) + 1;
	if (!once(p, &p->saw_field[field - abi_fields], err))
		return false;
	if (!word_is(w, "-") &&
	    (!take_number(&w, ABI_MAX_OFFSET, &offset) || w.len))
		return bad(p, err, "not an offset", p->value);
	abi_put(p->abi, field, offset);
	return true;
}

static bool missing(struct err *err, const char *key)
{
	return err_set(err, ERR_BADDATA, "missing: %s", key);
}

static bool head_complete(const struct parser *p, struct err *err)
{
	for (size_t i = 0; i < N_HEAD; i++) {
		if (!p->saw_head[i] && !head_keys[i].optional)
			return missing(err, head_keys[i].key);
	}
	return true;
}

static bool complete(const struct parser *p, struct err *err)
{
	for (size_t i = 0; i < N_SHAPES; i++) {
		if (!p->saw_shape[i])
			return missing(err, abi_shapes[i].key);
	}
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (!p->saw_number[i])
			return missing(err, abi_numbers[i].key);
	}
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!p->saw_field[i])
			return missing(err, abi_fields[i].key);
	}
	return true;
}

/* The head ends with the first key of any other kind. */
static bool parse(struct parser *p, struct err *err)
{
	bool more = false, in_head = true;

	while (next_line(p, &more, err)) {
		if (!more)
			return head_complete(p, err) &&
			       (p->head_only || complete(p, err));
		if (in_head && !is_of_head(p)) {
			if (!head_complete(p, err))
				return err_context(err, "line %u: the head "
						   "comes first", p->line);
			if (p->head_only)
				return true;
			in_head = false;
		}
		if (!(memchr(p->key.s, '.', p->key.len) ? set_field(p, err)
							: set_plain(p, err)))
			return false;
	}
	return false;
}

bool abifile_parse(const char *text, size_t len, struct abi *ret,
		   struct err *err)
{
	struct parser p = { .at = text, .end = text + len, .abi = ret };

	memset(ret, 0, sizeof(*ret));
	return parse(&p, err);
}

bool abifile_head(const char *text, size_t len, struct abi *ret,
		  struct err *err)
{
	struct parser p = { .at = text, .end = text + len, .abi = ret,
			    .head_only = true };

	memset(ret, 0, sizeof(*ret));
	return parse(&p, err);
}

/* As much as there is, up to @size bytes. */
static bool read_all(int fd, char *buf, size_t size, size_t *ret,
		     struct err *err)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read");
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret = len;
	return true;
}

static bool read_file(const char *path, struct abi *ret, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;
	size_t len = 0;

	if (fd < 0)
		return err_sys(err, errno, "cannot open");
	text = malloc(MAX_OFFSETS_FILE);
	if (!text)
		return err_nomem(err);
	if (!read_all(fd, text, MAX_OFFSETS_FILE, &len, err))
		return false;
	if (len == MAX_OFFSETS_FILE)
		return err_set(err, ERR_LIMIT, "longer than %d bytes",
			       MAX_OFFSETS_FILE - 1);
	return abifile_parse(text, len, ret, err);
}

bool abifile_read(const char *path, struct abi *ret, struct err *err)
{
	return read_file(path, ret, err) || err_context(err, "%s", path);
}

static void print_version(FILE *to, uint32_t version)
{
	fprintf(to, "%u.%u.%u", version >> 24, version >> 16 & 0xff,
		version >> 8 & 0xff);
}

void abifile_print(FILE *to, const struct abi *abi)
{
	fprintf(to, "%-39s %s\n%-39s ", "abi", abi->name, "python");
	print_version(to, abi->first);
	fputs("..", to);
	print_version(to, abi->last);
	fprintf(to, "\n%-39s %s\n%-39s %s\n", "build",
		abi_build_words[abi->build], "arch",
		abi_arch_words[abi->arch]);
	for (uint32_t i = 0; i < abi->n_checked; i++) {
		if (i == 0)
			fprintf(to, "%-39s ", "checked");
		print_version(to, abi->checked[i]);
		fputc(i + 1 < abi->n_checked ? ',' : '\n', to);
	}
	for (size_t i = 0; i < N_SHAPES; i++) {
		int word;

		memcpy(&word, (const char *)abi + abi_shapes[i].member,
		       sizeof(word));
		fprintf(to, "%-39s %s\n", abi_shapes[i].key,
			abi_shapes[i].words[word]);
	}
	for (size_t i = 0; i < N_NUMBERS; i++) {
		int64_t n;

		memcpy(&n, (const char *)abi + abi_numbers[i].member,
		       sizeof(n));
		if (n == ABI_NO_NUMBER)
			fprintf(to, "%-39s -\n", abi_numbers[i].key);
		else
			fprintf(to, "%-39s %" PRId64 "\n", abi_numbers[i].key,
				n);
	}
	for (size_t i = 0; i < N_FIELDS; i++) {
		uint32_t offset = abi_get(abi, &abi_fields[i]);

		if (abi_has(offset))
			fprintf(to, "%-39s %" PRIu32 "\n", abi_fields[i].key,
				offset);
		else
			fprintf(to, "%-39s -\n", abi_fields[i].key);
	}
}
