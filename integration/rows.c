/* SPDX-License-Identifier: MIT */
/*
 * Which rows need a second look?
 *
 *	rows TRUTH OBJECTS SEGMENTS SCALES
 *
 * Of a million objects all but a few are told alike by the target and by us:
 * those are dropped here and summed up, so that harness/compare.py, which says
 * what differs and how, gets what is left.  It alone judges: a line that is not
 * of just the expected form, marked in any way, or of a type, is left to it.
 *
 * Input:  what targets/truth.py writes, what `dump --objects --refs` prints;
 *         "FIRST END" of the segments of modules, ascending; and what to weigh
 *         by: see harness/weigh.py.
 * Output: "t " before each line of the truth that is left, "o " before one of
 *         ours; "= COUNT BYTES ALLOCATED STATIC-COUNT STATIC-BYTES TYPE" for
 *         each type of those that agreed; "? ADDRESS SIZE" of each long str,
 *         which may keep itself in UTF-8, too, in a block of its own; last, of
 *         all, "# OBJECTS UNSURE BUFFERS": in blocks of pools, by their sizes.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


enum {
	COLUMNS = 8,		/* of the truth */
	LARGE = 512,		/* more bytes than that are asked of malloc, */
	MALLOC_UNIT = 16,	/* ... which rounds to so many */
	TYPES = 1 << 16,	/* slots for names of types */
};

struct text {
	const char *p;
	size_t len;
};

struct line {
	uint64_t address;
	struct text text;
	bool left;
};

struct lines {
	struct line *v;
	size_t n, room;
};

/* By name: what agreed, and what is known of its weight. */
struct type {
	struct text name;
	bool is_weighed;
	uint64_t own;		/* of its size, in the object's own block */
	uint64_t sum[5];	/* in the order of the output */
};

static struct type types[TYPES];
static struct span {
	uint64_t first, end;
} *spans;
static size_t n_spans;
static uint64_t pool_unit, malloc_own;	/* that not 0: ask the chunks' heads */
static struct span heap;	/* malloc's main one: no pools there */
static struct {
	uint64_t objects, unsure, buffers;
} small;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static void *grown(void *p, size_t n, size_t size)
{
	p = realloc(p, n * size);
	if (!p)
		fail("realloc");
	return p;
}

static struct text file_text(const char *path)
{
	struct text text = { "", 0 };
	struct stat st;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		fail(path);
	text.len = (size_t)st.st_size;
	if (text.len)
		text.p = mmap(NULL, text.len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text.p == MAP_FAILED)
		fail(path);
	close(fd);
	return text;
}

/* Cut off the first part of @rest, up to @end or all of it. */
static struct text cut(struct text *rest, char end)
{
	const char *at = memchr(rest->p, end, rest->len);
	size_t len = at ? (size_t)(at - rest->p) : rest->len;
	struct text part = { rest->p, len };

	rest->p += len + (at != NULL);
	rest->len -= len + (at != NULL);
	return part;
}

static bool same(struct text a, struct text b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

static bool is(struct text a, const char *word)
{
	return a.len == strlen(word) && !memcmp(a.p, word, a.len);
}

static bool skip(struct text *rest, const char *word)
{
	size_t len = strlen(word);

	if (rest->len < len || memcmp(rest->p, word, len))
		return false;
	rest->p += len;
	rest->len -= len;
	return true;
}

/* A number to the base of 10 or 16, and nothing but that. */
static bool number(struct text text, unsigned base, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') :
				 c >= 'a' && c <= 'f' ?
					 (unsigned)(c - 'a' + 10) : 16;

		if (digit >= base)
			return false;
		*ret = *ret * base + digit;
	}
	return text.len > 0 && text.len < 20;
}

static struct type *type_named(struct text name)
{
	size_t i = 5381;

	for (size_t k = 0; k < name.len; k++)
		i = i * 33 + (unsigned char)name.p[k];
	for (size_t tries = 0; tries < TYPES; tries++) {
		struct type *t = &types[++i % TYPES];

		if (!t->name.p)
			t->name = name;
		if (same(t->name, name))
			return t;
	}
	fprintf(stderr, "rows: too many types\n");
	exit(2);
}

static void add_line(struct lines *lines, uint64_t address, struct text text)
{
	if (lines->n == lines->room) {
		lines->room = lines->room ? 2 * lines->room : 1 << 16;
		lines->v = grown(lines->v, lines->room, sizeof(*lines->v));
	}
	lines->v[lines->n++] = (struct line){ address, text, false };
}

static int by_address(const void *a, const void *b)
{
	const struct line *l = a, *r = b;

	return (l->address > r->address) - (l->address < r->address);
}

/* By address; who has two lines has both of them left. */
static void sort(struct lines *lines)
{
	qsort(lines->v, lines->n, sizeof(*lines->v), by_address);
	for (size_t i = 1; i < lines->n; i++) {
		if (lines->v[i].address == lines->v[i - 1].address)
			lines->v[i].left = lines->v[i - 1].left = true;
	}
}

static void put(char mark, struct text text)
{
	printf("%c %.*s\n", mark, (int)text.len, text.p);
}

static struct lines read_truth(const char *path)
{
	struct text rest = file_text(path);
	struct lines lines = { 0 };

	while (rest.len) {
		struct text line = cut(&rest, '\n'), after = line;
		uint64_t address;

		if (number(cut(&after, '\t'), 16, &address))
			add_line(&lines, address, line);
		else
			put('t', line);
	}
	sort(&lines);
	return lines;
}

static struct lines read_objects(const char *path)
{
	struct text rest = file_text(path);
	struct lines lines = { 0 };

	while (rest.len) {
		struct text line = cut(&rest, '\n'), after = line;
		uint64_t address;

		if (skip(&after, "{\"address\": \"0x") &&
		    number(cut(&after, '"'), 16, &address))
			add_line(&lines, address, line);
		else
			put('o', line);
	}
	sort(&lines);
	return lines;
}

static void read_spans(const char *path)
{
	struct text rest = file_text(path);

	while (rest.len) {
		struct text line = cut(&rest, '\n');
		struct span span;

		if (!number(cut(&line, ' '), 10, &span.first) ||
		    !number(line, 10, &span.end))
			fail("not a segment");
		spans = grown(spans, n_spans + 1, sizeof(*spans));
		spans[n_spans++] = span;
	}
}

/* First what pymalloc rounds to, or, where malloc gave all, malloc, what it
 * takes itself then, and where malloc's heap is; then "OWN TYPE". */
static void read_scales(const char *path)
{
	struct text rest = file_text(path), first = cut(&rest, '\n');

	if (!number(cut(&first, ' '), 10, &pool_unit) || !pool_unit ||
	    !number(cut(&first, ' '), 10, &malloc_own) ||
	    !number(cut(&first, ' '), 10, &heap.first) ||
	    !number(first, 10, &heap.end))
		fail("no unit, no heap");
	while (rest.len) {
		struct text line = cut(&rest, '\n');
		uint64_t own;
		struct type *t;

		if (!number(cut(&line, ' '), 10, &own))
			fail("not a scale");
		t = type_named(line);
		t->is_weighed = true;
		t->own = own;
	}
}

static bool is_static(uint64_t address)
{
	size_t low = 0, high = n_spans;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (spans[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n_spans && address >= spans[low].first;
}

static uint64_t rounded(uint64_t bytes)
{
	uint64_t unit = bytes <= LARGE ? pool_unit : MALLOC_UNIT;

	return (bytes + unit - 1) / unit * unit;
}

/* What one of @t that says @size should occupy. */
static uint64_t weight(const struct type *t, uint64_t size)
{
	if (!t->own || size <= t->own)
		return rounded(size);
	return rounded(t->own) + rounded(size - t->own);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *l = a, *r = b;

	return (*l > *r) - (*l < *r);
}

struct refs {
	uint64_t *v;
	size_t n, room;
};

/* Numbers between commas, each with @before and @after around it. */
static bool read_refs(struct text text, const char *before, const char *after,
		      struct refs *refs)
{
	refs->n = 0;
	while (text.len) {
		struct text one = cut(&text, ',');

		if (refs->n == refs->room) {
			refs->room = refs->room ? 2 * refs->room : 1024;
			refs->v = grown(refs->v, refs->room,
					sizeof(*refs->v));
		}
		if (!skip(&one, before) || one.len < strlen(after))
			return false;
		one.len -= strlen(after);
		if (!number(one, 16, &refs->v[refs->n++]))
			return false;
		skip(&text, " ");
	}
	return true;
}

static bool same_refs(struct text ours, struct text theirs)
{
	static struct refs a, b;

	if (!read_refs(ours, "\"0x", "\"", &a) ||
	    !read_refs(theirs, "", "", &b) || a.n != b.n)
		return false;
	if (a.n == 0 || !memcmp(a.v, b.v, a.n * sizeof(*a.v)))
		return true;
	qsort(a.v, a.n, sizeof(*a.v), by_value);
	qsort(b.v, b.n, sizeof(*b.v), by_value);
	return !memcmp(a.v, b.v, a.n * sizeof(*a.v));
}

/* One of ours. */
struct row {
	struct text type, generation, refs;
	uint64_t size, allocated;
	bool is_static, is_tracked;
	bool is_marked;		/* in any way */
};

static bool flag(struct text *rest, const char *key, bool *ret)
{
	struct text word;

	if (!skip(rest, key))
		return false;
	word = cut(rest, ',');
	*ret = is(word, "true");
	return *ret || is(word, "false") || is(word, "null");
}

static bool value(struct text *rest, const char *key, uint64_t *ret)
{
	return skip(rest, key) && number(cut(rest, ','), 10, ret);
}

/* False: not of the form that is expected, by its name or else. */
static bool read_row(struct text line, struct row *row)
{
	cut(&line, ',');
	if (!skip(&line, " \"type\": \""))
		return false;
	row->type = cut(&line, '"');
	if (memchr(row->type.p, '\\', row->type.len) ||
	    !value(&line, ", \"size\": ", &row->size) ||
	    !skip(&line, " \"bound\": "))
		return false;
	row->is_marked = !is(cut(&line, ','), "null");
	if (!value(&line, " \"allocated\": ", &row->allocated) ||
	    !flag(&line, " \"static\": ", &row->is_static) ||
	    !flag(&line, " \"tracked\": ", &row->is_tracked) ||
	    !skip(&line, " \"generation\": "))
		return false;
	row->generation = cut(&line, ',');
	row->is_marked |= !skip(&line, " \"refs\": [");
	row->refs = cut(&line, ']');
	row->is_marked |= !is(line, "}");
	return true;
}

static bool same_generation(struct text ours, struct text theirs)
{
	return is(theirs, "-") || is(theirs, "f") || same(ours, theirs);
}

/* Columns: id type base size generation tracked refs name. */
static bool agrees(const struct line *ours, const struct line *theirs)
{
	struct text rest = theirs->text, column[COLUMNS];
	const struct type *t;
	struct row row;
	uint64_t size;

	for (size_t i = 0; i < COLUMNS; i++)
		column[i] = cut(&rest, '\t');
	if (column[7].len || !read_row(ours->text, &row) || row.is_marked ||
	    !same(row.type, column[1]) || !number(column[3], 10, &size) ||
	    size != row.size || !same_generation(row.generation, column[4]) ||
	    !is(column[5], row.is_tracked ? "1" : "0") ||
	    is(column[6], "-") || !same_refs(row.refs, column[6]) ||
	    row.is_static != is_static(ours->address))
		return false;
	t = type_named(row.type);
	return row.is_static ? !row.allocated : !t->is_weighed ||
	       !same(column[1], column[2]) ||
	       (!malloc_own && row.allocated == weight(t, size));
}

static void sum(const struct line *ours)
{
	struct row row;
	uint64_t *sums;

	read_row(ours->text, &row);
	sums = type_named(row.type)->sum;
	sums[row.is_static ? 3 : 0]++;
	sums[row.is_static ? 4 : 1] += row.size;
	sums[2] += row.allocated;
}

/* A type is larger than blocks of pools are, whatever else its size counts. */
static bool is_type(const struct line *theirs)
{
	return theirs && memrchr(theirs->text.p, '\t', theirs->text.len) !=
			 theirs->text.p + theirs->text.len - 1;
}

/* Which blocks of pools one of ours takes, by what is known of its type.  What
 * malloc gave and took back in part stays where it is. */
static void count_blocks(const struct line *ours, const struct line *theirs)
{
	const struct type *t;
	struct row row;

	if (!read_row(ours->text, &row)) {
		small.unsure++;
		return;
	}
	t = type_named(row.type);
	if (row.is_static || (ours->address >= heap.first &&
			      ours->address < heap.end && row.size <= LARGE))
		return;
	if (!t->is_weighed) {
		small.objects += row.size <= LARGE;
		small.unsure += row.size > LARGE && !is_type(theirs);
	} else if (!t->own || row.size <= t->own) {
		small.objects += row.size <= LARGE;
		if (row.size > LARGE && is(row.type, "str"))
			printf("? %" PRIx64 " %" PRIu64 "\n", ours->address,
			       row.size);
	} else {
		small.objects++;
		small.buffers += row.size - t->own <= LARGE;
	}
}

static void compare(const struct lines *ours, const struct lines *theirs)
{
	size_t i = 0, k = 0;

	while (i < ours->n || k < theirs->n) {
		const struct line *a = i < ours->n ? &ours->v[i] : NULL;
		const struct line *b = k < theirs->n ? &theirs->v[k] : NULL;
		bool both = a && b && a->address == b->address;

		if (a && (!b || a->address <= b->address))
			count_blocks(a, both ? b : NULL);
		if (both && !a->left && !b->left && agrees(a, b)) {
			sum(a);
			i++, k++;
		} else if (!b || (a && a->address <= b->address)) {
			put('o', a->text);
			i++;
		} else {
			put('t', b->text);
			k++;
		}
	}
}

static void put_sums(void)
{
	for (size_t i = 0; i < TYPES; i++) {
		const uint64_t *s = types[i].sum;

		if (s[0] || s[3])
			printf("= %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			       " %" PRIu64 " %.*s\n", s[0], s[1], s[2], s[3],
			       s[4], (int)types[i].name.len, types[i].name.p);
	}
	printf("# %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", small.objects,
	       small.unsure, small.buffers);
}

int main(int argc, char **argv)
{
	struct lines ours, theirs;

	if (argc != 5) {
		fprintf(stderr, "rows TRUTH OBJECTS SEGMENTS SCALES\n");
		return 2;
	}
	read_scales(argv[4]);
	read_spans(argv[3]);
	theirs = read_truth(argv[1]);
	ours = read_objects(argv[2]);
	compare(&ours, &theirs);
	put_sums();
	return fflush(stdout) ? 1 : 0;
}
